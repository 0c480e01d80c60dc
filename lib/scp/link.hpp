// link.hpp - the channel or stream between a source and a sink: lines, answers and data.
#pragma once

#include "net/stream_io.hpp"
#include "scp/protocol/control.hpp"
#include "sshoal/transfer.hpp"

#include "base/bytes.hpp"

#include <memory>
#include <optional>

namespace sshoal::scp {

/// Throws operation_aborted if the coroutine has been cancelled: an operation of a file may have ignored the cancellation.
awaitable<void> stop_if_cancelled();

/// Reads and writes throw the failure that ended the channel, and errc::protocol_error for bytes that are not a line or an
/// answer. All of them honour a cancellation, also a cancellation that came before.
class link {
public:
    explicit link(channel c);
    explicit link(std::unique_ptr<byte_stream> s);

    /// Returns: the next line without its end; nothing at the end of the stream.
    awaitable<std::optional<std::string>> line();
    /// Reads the peer's answer. Returns: none if the peer agrees, a failure with the peer's text if it refuses.
    /// Errors: a failure with the peer's text if the peer gives up; errc::channel_closed if the stream ends instead.
    awaitable<failure> answer();
    /// Returns: bytes read, at least one. Errors: errc::protocol_error if the stream ends.
    awaitable<std::size_t> data(byte_span into);
    /// Writes as much as the channel takes now, at least one byte.
    awaitable<std::size_t> write_some(byte_view from);
    awaitable<void> write(std::string text);

    /// Writes as much as the channel takes without waiting.
    void try_write(byte_view from);

private:
    awaitable<bool> fill();
    awaitable<std::size_t> read_some(byte_span into);
    awaitable<void> stop_at(error_code ec);
    std::string_view waiting() const noexcept { return text_of(byte_view(input_).subspan(first_, last_ - first_)); }

    std::unique_ptr<net::stream_io> io_;
    bytes input_;
    std::size_t first_ = 0, last_ = 0;
};

} // namespace sshoal::scp
