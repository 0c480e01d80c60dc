// link.hpp - what an SFTP session, of either end, runs over: a channel or a stream, seen as reads and writes that wait or do not.
#pragma once

#include "sshoal/byte_stream.hpp"
#include "sshoal/channel.hpp"

namespace sshoal::sftp {

/// Executor: all members are called on get_executor(), one read and one write at a time.
/// Cancellation: a channel's operations honour it (terminal, partial, total; nothing is lost); those of a stream do where the
/// stream does, so whoever must get an operation to end calls close().
class link {
public:
    virtual ~link() = default;
    virtual executor get_executor() const = 0;

    /// Waits until there is something to read.
    /// Returns: bytes moved; 0 at end of file, and where ec says why not.
    virtual awaitable<std::size_t> read_some(std::span<std::byte> into, error_code& ec) = 0;
    /// Moves what is there, without waiting. 0: nothing is, or ever will be; read_some() knows.
    virtual std::size_t try_read(std::span<std::byte> into) = 0;
    /// Sends all of it. Returns: bytes taken; fewer only where ec says why.
    virtual awaitable<std::size_t> write(std::span<const std::byte> from, error_code& ec) = 0;
    /// Sends what can be sent without waiting. 0: nothing can, now or ever; write() knows.
    virtual std::size_t try_write(std::span<const std::byte> from) = 0;
    /// Ends both directions, without waiting: reads and writes that wait come back. May be called twice.
    virtual void close() noexcept = 0;
};

std::unique_ptr<link> make_link(channel c);
/// The stream's operations run on `ex`, or on its home() where it has one.
std::unique_ptr<link> make_link(std::unique_ptr<byte_stream> stream, const executor& ex);

} // namespace sshoal::sftp
