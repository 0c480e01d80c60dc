// stream_io.hpp - a channel or a stream, seen as reads and writes that wait or do not. Protocols above a channel (SFTP, SCP, the
// agent's) are written over this class.
#pragma once

#include "sshoal/byte_stream.hpp"
#include "sshoal/channel.hpp"

namespace sshoal::net {

/// Executor: all members are called on get_executor(), one read and one write at a time.
/// Cancellation: a channel's operations honour it (terminal, partial, total; nothing is lost); those of a stream do where the
/// stream does, so a caller that must end an operation calls close().
class stream_io {
public:
    virtual ~stream_io() = default;
    virtual executor get_executor() const = 0;

    /// Waits until there is something to read.
    /// Returns: bytes moved; 0 at the end of the stream, and where `ec` says why not.
    virtual awaitable<std::size_t> read_some(std::span<std::byte> into, error_code& ec) = 0;
    /// Moves bytes that are there, without waiting. 0: there are none now, or never will be; read_some() tells which.
    virtual std::size_t try_read(std::span<std::byte> into) = 0;
    /// Reads until the span is full.
    /// Returns: bytes moved; fewer at the end of the stream, and where `ec` says why.
    awaitable<std::size_t> read(std::span<std::byte> into, error_code& ec);

    /// Waits until bytes can be sent.
    /// Returns: bytes taken; 0 for an empty span, and where `ec` says why.
    virtual awaitable<std::size_t> write_some(std::span<const std::byte> from, error_code& ec) = 0;
    /// Sends all bytes. Returns: bytes taken; fewer only where `ec` says why.
    awaitable<std::size_t> write(std::span<const std::byte> from, error_code& ec);
    /// Sends bytes that can be sent without waiting. 0: none can now, or ever; write_some() tells which.
    virtual std::size_t try_write(std::span<const std::byte> from) = 0;

    /// Ends both directions, without waiting: reads and writes that wait come back. May be called twice.
    virtual void close() noexcept = 0;
    /// The failure behind an error of an operation, with its context where there is one.
    virtual failure reason(const error_code& ec) const { return failure(ec); }
};

/// The stream's operations run on its home() where it has one, else on `ex`.
std::unique_ptr<stream_io> make_stream_io(std::unique_ptr<byte_stream> stream, const executor& ex);

/// The stream_io closes its channel when it is destroyed, or leaves the channel to other handles.
enum class channel_end { close, keep };
/// Room connection has this function.
std::unique_ptr<stream_io> make_stream_io(channel c, channel_end end);

} // namespace sshoal::net
