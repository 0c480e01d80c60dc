// stream_io.hpp - reads and writes over a channel or a stream, with and without waiting. Protocols above a channel (SFTP, SCP,
// the agent's) are written over this class.
#pragma once

#include "sshoal/byte_stream.hpp"
#include "sshoal/channel.hpp"

namespace sshoal::net {

/// Executor: all members are called on get_executor(), one read and one write at a time.
/// Cancellation: a channel's operations honour it (terminal, partial, total; nothing is lost). A stream's operations honour it
/// only if the stream does, so a caller that must end an operation calls close().
class stream_io {
public:
    virtual ~stream_io() = default;
    virtual executor get_executor() const = 0;

    /// Waits until there are bytes to read.
    /// Returns: the number of bytes moved; 0 at the end of the stream, and for the error in `ec`.
    virtual awaitable<std::size_t> read_some(std::span<std::byte> into, error_code& ec) = 0;
    /// Moves bytes that have arrived, without waiting. Returns: the number of bytes moved; 0 if there are none now, or never will
    /// be; read_some() tells which.
    virtual std::size_t try_read(std::span<std::byte> into) = 0;
    /// Reads until the span is full.
    /// Returns: the number of bytes moved; fewer than the span holds at the end of the stream, and for the error in `ec`.
    awaitable<std::size_t> read(std::span<std::byte> into, error_code& ec);

    /// Waits until bytes can be sent.
    /// Returns: the number of bytes taken; 0 for an empty span, and for the error in `ec`.
    virtual awaitable<std::size_t> write_some(std::span<const std::byte> from, error_code& ec) = 0;
    /// Sends all bytes. Returns: the number of bytes taken; fewer only for the error in `ec`.
    awaitable<std::size_t> write(std::span<const std::byte> from, error_code& ec);
    /// Sends bytes without waiting. Returns: the number of bytes taken; 0 if none can be sent now, or ever; write_some() tells
    /// which.
    virtual std::size_t try_write(std::span<const std::byte> from) = 0;

    /// Ends both directions, without waiting: pending reads and writes return. May be called twice.
    virtual void close() noexcept = 0;
    /// Returns: the failure behind an error of an operation, with its context if there is one.
    virtual failure reason(const error_code& ec) const { return failure(ec); }
};

/// The stream's operations run on its home() if it has one, else on `ex`.
std::unique_ptr<stream_io> make_stream_io(std::unique_ptr<byte_stream> stream, const executor& ex);

/// The stream_io closes its channel when it is destroyed, or leaves the channel to other handles.
enum class channel_end { close, keep };
/// This function is defined in the room connection.
std::unique_ptr<stream_io> make_stream_io(channel c, channel_end end);

} // namespace sshoal::net
