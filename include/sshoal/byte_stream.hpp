// byte_stream.hpp - what a connection runs over: any ordered, reliable stream of bytes.
#pragma once

#include <sshoal/error.hpp>
#include <sshoal/executor.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace sshoal {

/// A stream as a connection needs it: try, and wait until trying again makes sense. TCP and Unix sockets, pairs of pipes,
/// channels of another connection and memory are ready-made below and in channel.hpp; derive to run SSH over something else.
///
/// Executor: all members are called on the executor that the connection was given, never at the same time.
class byte_stream {
public:
    virtual ~byte_stream() = default;

    /// Takes what is there, without waiting.
    /// Returns: bytes moved, at least 1, or 0 with an error.
    /// Errors: asio::error::would_block (wait_readable() says when), asio::error::eof, or whatever ended the stream.
    virtual std::size_t try_read(std::span<std::byte> into, error_code& ec) = 0;

    /// Gives away what the stream takes at once.
    /// Returns: bytes moved, at least 1, or 0 with an error. Errors: asio::error::would_block, or whatever ended the stream.
    virtual std::size_t try_write(std::span<const std::byte> from, error_code& ec) = 0;

    /// Returns: when try_read() may move bytes or report an error; it may be too early. One call at a time.
    /// Errors: none in the ordinary case; operation_aborted after close().
    virtual awaitable<error_code> wait_readable() = 0;
    virtual awaitable<error_code> wait_writable() = 0;

    /// Ends both directions; waits come back at once. Must not throw, may be called twice.
    virtual void close() noexcept = 0;

    /// The strand that the stream is tied to, if it can be used on no other: a connection over it then lives there too.
    virtual executor home() const { return {}; }

    /// Who is at the other end, for logs: "192.0.2.1 port 40022", "unix:/run/x", "pipe".
    virtual std::string remote_name() const { return "stream"; }
    virtual std::string local_name() const { return "stream"; }
};

/// A pair of descriptors: what is read from `in` and written to `out` (inetd style, ProxyCommand). They may be the same. Both are
/// owned from now on, set to non-blocking and closed at the end. Errors: errc::invalid_argument for something that cannot be
/// waited for, such as a regular file.
outcome<std::unique_ptr<byte_stream>> make_descriptor_stream(const executor& ex, int in, int out);

/// Two connected ends in memory, each with room for `capacity` bytes on their way to it. Each end belongs to its own executor.
std::pair<std::unique_ptr<byte_stream>, std::unique_ptr<byte_stream>>
make_memory_streams(const executor& first, const executor& second, std::size_t capacity = 256 * 1024);

/// Connects to "192.0.2.1", "::1" or a name with the default options of dial.hpp.
/// Returns: a stream with TCP_NODELAY set. Errors: of the resolver and of each attempt, with every address in context().
/// Cancellation: terminal, partial, total - nothing is left behind. Executor: the calling coroutine's; the stream lives there.
/// Lifetime: arguments are copied.
awaitable<outcome<std::unique_ptr<byte_stream>>> connect_tcp(std::string host, std::string port);
/// Connects to a Unix socket. The rest is as above.
awaitable<outcome<std::unique_ptr<byte_stream>>> connect_unix(std::string path);

} // namespace sshoal
