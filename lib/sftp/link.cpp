#include "sftp/link.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::sftp {
namespace {

/// What the client has asked for before the first answer is there, or what the server is sent; the window follows the path from
/// there on.
constexpr std::uint32_t expected_at_once = 4u << 20;

class channel_link final : public link {
public:
    explicit channel_link(channel c) : channel_(std::move(c)) { channel_.widen_window(expected_at_once); }
    ~channel_link() override { close(); }

    executor get_executor() const override { return channel_.get_executor(); }
    awaitable<std::size_t> read_some(std::span<std::byte> into, error_code& ec) override { return channel_.read_some(into, ec); }
    std::size_t try_read(std::span<std::byte> into) override { return channel_.try_read(into); }
    awaitable<std::size_t> write(std::span<const std::byte> from, error_code& ec) override
    {
        std::size_t done = 0;
        ec = {};
        while (done < from.size() && !ec) {
            auto writing = channel_.write_some(from.subspan(done), ec);
            const std::size_t n = co_await std::move(writing);
            done += n;
        }
        co_return done;
    }
    std::size_t try_write(std::span<const std::byte> from) override { return channel_.try_write(from); }
    void close() noexcept override { channel_.close(); }

private:
    channel channel_;
};

class stream_link final : public link {
public:
    stream_link(std::unique_ptr<byte_stream> s, executor ex) noexcept : stream_(std::move(s)), executor_(std::move(ex)) {}
    ~stream_link() override { close(); }

    executor get_executor() const override { return executor_; }
    awaitable<std::size_t> read_some(std::span<std::byte> into, error_code& ec) override
    {
        for (;;) {
            const std::size_t n = stream_->try_read(into, ec);
            if (ec == asio::error::eof)
                ec = {};
            else if (ec == asio::error::would_block && !closed_) {
                const error_code waited = co_await stream_->wait_readable();
                if (!waited && !closed_)
                    continue;
                ec = waited ? waited : error_code(asio::error::operation_aborted);
            }
            co_return n;
        }
    }
    std::size_t try_read(std::span<std::byte> into) override
    {
        error_code ec;
        return stream_->try_read(into, ec);
    }
    awaitable<std::size_t> write(std::span<const std::byte> from, error_code& ec) override
    {
        std::size_t done = 0;
        ec = {};
        while (done < from.size() && !ec) {
            done += stream_->try_write(from.subspan(done), ec);
            if (ec != asio::error::would_block)
                continue;
            ec = asio::error::operation_aborted;
            if (closed_)
                break;
            const error_code waited = co_await stream_->wait_writable();
            if (!closed_)
                ec = waited;
        }
        co_return done;
    }
    std::size_t try_write(std::span<const std::byte> from) override
    {
        error_code ec;
        return stream_->try_write(from, ec);
    }
    void close() noexcept override
    {
        closed_ = true;
        stream_->close();
    }

private:
    std::unique_ptr<byte_stream> stream_;
    executor executor_;
    bool closed_ = false;
};

} // namespace

std::unique_ptr<link> make_link(channel c) { return std::make_unique<channel_link>(std::move(c)); }

std::unique_ptr<link> make_link(std::unique_ptr<byte_stream> stream, const executor& ex)
{
    executor home = stream->home();
    if (!home)
        home = ex;
    return std::make_unique<stream_link>(std::move(stream), std::move(home));
}

} // namespace sshoal::sftp
