#include "net/stream_io.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::net {
namespace {

/// An operation reports the result of its first try or, after a would_block, the result of the wait for another try.
class waiting_stream final : public stream_io {
public:
    waiting_stream(std::unique_ptr<byte_stream> s, executor ex) noexcept : stream_(std::move(s)), executor_(std::move(ex)) {}
    ~waiting_stream() override { close(); }

    executor get_executor() const override { return executor_; }
    awaitable<std::size_t> read_some(std::span<std::byte> into, error_code& ec) override
    {
        for (;;) {
            const std::size_t n = stream_->try_read(into, ec);
            if (n > 0)
                ec = {};
            else if (ec == asio::error::eof)
                ec = {};
            else if (ec == asio::error::would_block) {
                ec = asio::error::operation_aborted;
                if (closed_)
                    co_return n;
                const error_code waited = co_await stream_->wait_readable();
                if (!waited && !closed_)
                    continue;
                if (waited)
                    ec = waited;
            }
            co_return n;
        }
    }
    std::size_t try_read(std::span<std::byte> into) override
    {
        error_code ec;
        return stream_->try_read(into, ec);
    }
    awaitable<std::size_t> write_some(std::span<const std::byte> from, error_code& ec) override
    {
        for (;;) {
            const std::size_t n = stream_->try_write(from, ec);
            if (n > 0 || from.empty())
                ec = {};
            else if (ec == asio::error::would_block) {
                ec = asio::error::operation_aborted;
                if (closed_)
                    co_return n;
                const error_code waited = co_await stream_->wait_writable();
                if (!waited && !closed_)
                    continue;
                if (waited)
                    ec = waited;
            }
            co_return n;
        }
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

awaitable<std::size_t> stream_io::read(std::span<std::byte> into, error_code& ec)
{
    std::size_t done = 0;
    ec = {};
    while (done < into.size() && !ec) {
        auto reading = read_some(into.subspan(done), ec);
        const std::size_t n = co_await std::move(reading);
        done += n;
        if (n == 0)
            break;
    }
    co_return done;
}

awaitable<std::size_t> stream_io::write(std::span<const std::byte> from, error_code& ec)
{
    std::size_t done = 0;
    ec = {};
    while (done < from.size() && !ec) {
        done += try_write(from.subspan(done));
        if (done == from.size())
            break;
        auto writing = write_some(from.subspan(done), ec);
        const std::size_t n = co_await std::move(writing);
        done += n;
    }
    co_return done;
}

std::unique_ptr<stream_io> make_stream_io(std::unique_ptr<byte_stream> stream, const executor& ex)
{
    executor home = stream->home();
    if (!home)
        home = ex;
    return std::make_unique<waiting_stream>(std::move(stream), std::move(home));
}

} // namespace sshoal::net
