// Two ends of a stream in memory, for tests and for programs with a server inside. Each end has an executor of its own, possibly
// on different threads.

#include "parking/ready_list.hpp"
#include "sshoal/byte_stream.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>

namespace sshoal {
namespace {

using parking::parked_handler;
using parking::wake;

struct waiting {
    executor ex;
    parked_handler handler;
};

/// One direction of the stream. A coroutine that waits is resumed by a post to its executor, outside of the lock.
struct pipe {
    explicit pipe(std::size_t n) : capacity(n) {}
    std::mutex mutex;
    const std::size_t capacity;
    std::vector<std::byte> data;
    std::size_t begin = 0;
    bool closed = false;
    std::optional<waiting> reader, writer;

    std::size_t size() const noexcept { return data.size() - begin; }

    static void resume(std::optional<waiting>& w, std::unique_lock<std::mutex>& lock)
    {
        if (!w)
            return;
        waiting taken = std::move(*w);
        w.reset();
        lock.unlock();
        asio::post(taken.ex, [h = std::move(taken.handler)]() mutable { h(wake::ready); });
        lock.lock();
    }
    void close()
    {
        std::unique_lock lock(mutex);
        closed = true;
        resume(reader, lock);
        resume(writer, lock);
    }
};

class memory_end final : public byte_stream {
public:
    memory_end(executor ex, std::shared_ptr<pipe> in, std::shared_ptr<pipe> out)
        : ex_(std::move(ex)), in_(std::move(in)), out_(std::move(out))
    {
    }
    ~memory_end() override { close(); }

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override
    {
        std::unique_lock lock(in_->mutex);
        const std::size_t n = std::min(into.size(), in_->size());
        if (n == 0) {
            ec = into.empty() ? error_code()
                              : error_code(in_->closed ? error_code(asio::error::eof) : error_code(asio::error::would_block));
            return 0;
        }
        std::memcpy(into.data(), in_->data.data() + in_->begin, n);
        in_->begin += n;
        if (in_->begin == in_->data.size()) {
            in_->data.clear();
            in_->begin = 0;
        }
        pipe::resume(in_->writer, lock);
        ec = {};
        return n;
    }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        std::unique_lock lock(out_->mutex);
        if (out_->closed) {
            ec = asio::error::broken_pipe;
            return 0;
        }
        const std::size_t n = std::min(from.size(), out_->capacity - out_->size());
        if (n == 0) {
            ec = from.empty() ? error_code() : error_code(asio::error::would_block);
            return 0;
        }
        if (out_->begin > 0 && out_->begin >= out_->size()) {
            out_->data.erase(out_->data.begin(), out_->data.begin() + std::ptrdiff_t(out_->begin));
            out_->begin = 0;
        }
        out_->data.insert(out_->data.end(), from.begin(), from.begin() + std::ptrdiff_t(n));
        pipe::resume(out_->reader, lock);
        ec = {};
        return n;
    }
    awaitable<error_code> wait_readable() override
    {
        const wait_for_data start{this};
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void(wake)>(start, asio::use_awaitable);
        co_return closed_ ? error_code(asio::error::operation_aborted) : error_code();
    }
    awaitable<error_code> wait_writable() override
    {
        const wait_for_room start{this};
        co_await asio::async_initiate<const asio::use_awaitable_t<>, void(wake)>(start, asio::use_awaitable);
        co_return closed_ ? error_code(asio::error::operation_aborted) : error_code();
    }
    void close() noexcept override
    {
        closed_ = true;
        in_->close();
        out_->close();
    }
    error_code shutdown_send() noexcept override
    {
        out_->close();
        return {};
    }
    endpoint remote() const override { return endpoint::without_address("memory"); }
    endpoint local() const override { return endpoint::without_address("memory"); }

private:
    struct wait_for_data {
        memory_end* self;
        template <class Handler>
        void operator()(Handler&& h) const
        {
            pipe& p = *self->in_;
            std::unique_lock lock(p.mutex);
            executor resume_on = asio::get_associated_executor(h, self->ex_);
            p.reader.emplace(waiting{std::move(resume_on), parked_handler(parked_handler::handler(std::forward<Handler>(h)))});
            if (p.size() > 0 || p.closed)
                pipe::resume(p.reader, lock);
        }
    };
    struct wait_for_room {
        memory_end* self;
        template <class Handler>
        void operator()(Handler&& h) const
        {
            pipe& p = *self->out_;
            std::unique_lock lock(p.mutex);
            executor resume_on = asio::get_associated_executor(h, self->ex_);
            p.writer.emplace(waiting{std::move(resume_on), parked_handler(parked_handler::handler(std::forward<Handler>(h)))});
            if (p.size() < p.capacity || p.closed)
                pipe::resume(p.writer, lock);
        }
    };

    executor ex_;
    std::shared_ptr<pipe> in_, out_;
    bool closed_ = false;
};

} // namespace

std::pair<std::unique_ptr<byte_stream>, std::unique_ptr<byte_stream>>
make_memory_streams(const executor& first, const executor& second, std::size_t capacity)
{
    auto there = std::make_shared<pipe>(capacity);
    auto back = std::make_shared<pipe>(capacity);
    return {std::make_unique<memory_end>(first, back, there), std::make_unique<memory_end>(second, there, back)};
}

} // namespace sshoal
