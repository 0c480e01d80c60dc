// A channel as a stream_io.

#include "connection/channel_state.hpp"
#include "net/stream_io.hpp"

namespace sshoal::net {
namespace {

class channel_io final : public stream_io {
public:
    channel_io(channel c, channel_end end) : channel_(std::move(c)), end_(end)
    {
        conn::state_of(channel_)->without_default_timeout();
    }
    ~channel_io() override
    {
        if (end_ == channel_end::close)
            close();
    }

    executor get_executor() const override { return channel_.get_executor(); }
    awaitable<std::size_t> read_some(std::span<std::byte> into, error_code& ec) override { return channel_.read_some(into, ec); }
    std::size_t try_read(std::span<std::byte> into) override { return channel_.try_read(into); }
    awaitable<std::size_t> write_some(std::span<const std::byte> from, error_code& ec) override
    {
        return channel_.write_some(from, ec);
    }
    std::size_t try_write(std::span<const std::byte> from) override { return channel_.try_write(from); }
    void close() noexcept override { channel_.close(); }
    failure reason(const error_code& ec) const override
    {
        failure f = conn::state_of(channel_)->why_closed();
        return f.code() == ec ? f : failure(ec);
    }

private:
    channel channel_;
    channel_end end_;
};

} // namespace

std::unique_ptr<stream_io> make_stream_io(channel c, channel_end end) { return std::make_unique<channel_io>(std::move(c), end); }

} // namespace sshoal::net
