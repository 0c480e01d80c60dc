// byte_stream.hpp - an ordered, reliable stream of bytes, which a connection runs over.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/endpoint.hpp>
#include <sshoal/error.hpp>
#include <sshoal/executor.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace sshoal SSHOAL_API {

/// A stream as a connection needs it: the connection tries to move bytes, and waits until another try makes sense. The functions
/// below make streams of TCP and Unix sockets, pairs of pipes and memory; channel.hpp makes one of a channel. A program derives
/// from this class to run SSH over something else.
///
/// Executor: all members are called on the executor that the connection was given, never at the same time.
class byte_stream {
public:
    virtual ~byte_stream() = default;

    /// Takes bytes that have arrived, without waiting.
    /// Returns: the number of bytes moved, at least 1; or 0 and an error.
    /// Errors: asio::error::would_block (wait_readable() says when to try again), asio::error::eof, or the error that ended the
    /// stream.
    virtual std::size_t try_read(std::span<std::byte> into, error_code& ec) = 0;

    /// Writes as many bytes as the stream takes without waiting.
    /// Returns: the number of bytes moved, at least 1; or 0 and an error. Errors: asio::error::would_block, or the error that
    /// ended the stream.
    virtual std::size_t try_write(std::span<const std::byte> from, error_code& ec) = 0;

    /// Waits until try_read() may move bytes or report an error. The wait may end too early. One call at a time.
    /// Returns: no error in the ordinary case; operation_aborted after close().
    virtual awaitable<error_code> wait_readable() = 0;
    /// Waits until try_write() may move bytes or report an error. The rest is as above.
    virtual awaitable<error_code> wait_writable() = 0;

    /// Ends the outgoing direction, without waiting: the other end reads the end of the stream behind the last byte that was
    /// written. Reading goes on; later writes fail. May be called twice.
    /// Returns: operation_not_supported if the stream cannot end one direction alone; nothing has changed then. Streams that do
    /// not override this function return that.
    virtual error_code shutdown_send() noexcept;

    /// Ends both directions; pending waits return at once. Must not throw; may be called twice.
    virtual void close() noexcept = 0;
    /// Does what close() does, for a stream that has broken: the other end learns that the stream has not come to its end, as far
    /// as the stream can tell. TCP resets the connection, and bytes that are on their way may be lost. A channel makes the request
    /// "reset@sshoal", which other implementations ignore, and is closed. Streams that do not override this function are closed.
    virtual void reset() noexcept;

    /// Marks the packets that carry the stream's bytes with a class of traffic, the octet of RFC 2474 and RFC 3168 in an IP header, for
    /// the routers on the way. Returns: operation_not_supported, also from streams that do not override this function, if the stream is
    /// carried by nothing that has such a mark.
    virtual error_code set_traffic_class(int octet) noexcept;

    /// Returns: the strand that the stream is tied to, if it can be used on no other; a connection over the stream lives on that
    /// strand too. Empty: the stream can be used on any strand.
    virtual executor home() const { return {}; }

    /// The other end, and this end. Both stay the same after the stream has ended.
    virtual endpoint remote() const;
    virtual endpoint local() const;
    /// The same for logs: "192.0.2.1 port 40022", "unix:/run/x", "pipe".
    std::string remote_name() const { return remote().describe(); }
    std::string local_name() const { return local().describe(); }
};

/// Makes a stream of a pair of descriptors: the stream reads from `in` and writes to `out` (inetd style, ProxyCommand). Both may
/// be the same descriptor. The stream owns both, sets them to non-blocking and closes them at its end. shutdown_send() closes
/// `out`, or shuts a socket down.
/// Errors (thrown): errc::invalid_argument for a descriptor that cannot be waited for, such as that of a regular file; system
/// errors.
std::unique_ptr<byte_stream> make_descriptor_stream(const executor& ex, int in, int out);

/// Two connected ends in memory, each with room for `capacity` bytes on their way to it. Each end belongs to its own executor.
std::pair<std::unique_ptr<byte_stream>, std::unique_ptr<byte_stream>>
make_memory_streams(const executor& first, const executor& second, std::size_t capacity = 256 * 1024);

/// Connects to "192.0.2.1", "::1" or a name with the default options of dial.hpp.
/// Returns: a stream with TCP_NODELAY set. Errors (thrown): those of the resolver and of the attempts, with every address in
/// context().
/// Cancellation: terminal, partial, total - nothing is left behind. Executor: the calling coroutine's; the stream lives there.
/// Lifetime: arguments are copied.
awaitable<std::unique_ptr<byte_stream>> connect_tcp(std::string host, std::string port);
/// Connects to a Unix socket. Errors (thrown): system errors with the path; errc::invalid_argument for a path that is too long.
/// The rest is as above.
awaitable<std::unique_ptr<byte_stream>> connect_unix(std::string path);

} // namespace sshoal
