// link.hpp - what an SFTP session, of either end, runs over: a channel or a stream.
#pragma once

#include "net/stream_io.hpp"

namespace sshoal::sftp {

/// A stream_io with the members that sessions use; see there for returns, errors and cancellation.
class link {
public:
    explicit link(std::unique_ptr<net::stream_io> io) noexcept : io_(std::move(io)) {}

    executor get_executor() const { return io_->get_executor(); }
    awaitable<std::size_t> read_some(std::span<std::byte> into, error_code& ec) { return io_->read_some(into, ec); }
    std::size_t try_read(std::span<std::byte> into) { return io_->try_read(into); }
    awaitable<std::size_t> write(std::span<const std::byte> from, error_code& ec) { return io_->write(from, ec); }
    std::size_t try_write(std::span<const std::byte> from) { return io_->try_write(from); }
    void close() noexcept { io_->close(); }

private:
    std::unique_ptr<net::stream_io> io_;
};

/// The channel is closed at the end of the link.
std::unique_ptr<link> make_link(channel c);
/// The stream's operations run on `ex`, or on its home() where it has one.
std::unique_ptr<link> make_link(std::unique_ptr<byte_stream> stream, const executor& ex);

} // namespace sshoal::sftp
