// A channel as a byte stream, for a connection over a connection (jump hosts), or for a side of a relay.

#include "connection/channel_state.hpp"
#include "net/closing_stream.hpp"

#include <boost/asio/error.hpp>

namespace sshoal {
namespace {

// The user of the stream runs on the channel's strand, which home() names, so every member here is a plain call.
class channel_byte_stream final : public net::closing_stream {
public:
    explicit channel_byte_stream(channel c) : channel_(std::move(c)), state_(conn::state_of(channel_)) {}
    ~channel_byte_stream() override { close(); }

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override
    {
        ec = {};
        const std::size_t n = state_->try_read(into, data_stream::normal);
        if (n == 0 && state_->at_eof(data_stream::normal))
            ec = state_->cut_short()        ? state_->why_closed().code()
                 : state_->peer_has_reset() ? error_code(asio::error::connection_reset)
                                            : error_code(asio::error::eof);
        else if (n == 0)
            ec = asio::error::would_block;
        return n;
    }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        ec = {};
        const std::size_t n = state_->try_write(from, data_stream::normal);
        if (n > 0)
            return n;
        failure f = state_->why_closed();
        if (!f)
            f = state_->protocol()->write_failure();
        ec = f ? f.code() : error_code(asio::error::would_block);
        return 0;
    }
    awaitable<error_code> wait_readable() override
    {
        auto s = state_;
        if (s->queued(data_stream::normal) > 0 || s->at_eof(data_stream::normal) || closed_)
            co_return error_code();
        const parking::wake w = co_await s->readable(data_stream::normal).wait();
        co_return w == parking::wake::cancelled ? error_code(asio::error::operation_aborted) : error_code();
    }
    awaitable<error_code> wait_writable() override
    {
        auto s = state_;
        if (s->why_closed() || closed_)
            co_return error_code();
        const parking::wake w = co_await s->writable().wait();
        co_return w == parking::wake::cancelled ? error_code(asio::error::operation_aborted) : error_code();
    }
    awaitable<void> wait_closed() override
    {
        auto s = state_;
        while (!closed_ && !s->peer_has_closed())
            co_await s->readable(data_stream::normal).wait();
    }
    void close() noexcept override
    {
        if (closed_)
            return;
        closed_ = true;
        state_->close();
        if (state_->link().driver().abandoned())
            return;
        state_->readable(data_stream::normal).wake_all();
        state_->writable().wake_all();
    }
    void reset() noexcept override
    {
        try {
            if (!closed_ && !state_->why_closed())
                (void)state_->protocol()->request(conn::reset_request, false, {}, 0);
        } catch (const std::bad_alloc&) {
            // The other end takes it for an ordinary end.
        }
        close();
    }
    executor home() const override { return state_->strand(); }
    error_code shutdown_send() noexcept override
    {
        if (const failure f = state_->why_closed())
            return f.code();
        state_->protocol()->send_eof();
        state_->link().kick();
        return {};
    }
    endpoint remote() const override { return endpoint::without_address("channel"); }
    endpoint local() const override { return endpoint::without_address("channel"); }

private:
    channel channel_;
    std::shared_ptr<conn::channel_state> state_;
    bool closed_ = false;
};

} // namespace

std::unique_ptr<byte_stream> make_channel_stream(channel c) { return std::make_unique<channel_byte_stream>(std::move(c)); }

} // namespace sshoal
