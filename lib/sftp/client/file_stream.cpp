#include "sshoal/sftp_file_stream.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

namespace sshoal::sftp {
namespace {

using any_handler = asio::any_completion_handler<void(error_code, std::size_t)>;

struct moved {
    error_code ec;
    std::size_t n = 0;
};

struct stream_finish {
    any_handler handler;
    void operator()(std::exception_ptr thrown, moved m)
    {
        if (thrown) // only an allocation can throw in there
            m.ec = asio::error::no_memory;
        std::move(handler)(m.ec, m.n);
    }
};

awaitable<moved> read_into(file f, asio::mutable_buffer b)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false); // a handler gets codes, not exceptions
    moved m;
    try {
        auto reading = f.read_some(std::span(static_cast<std::byte*>(b.data()), b.size()));
        m.n = co_await std::move(reading);
        if (m.n == 0 && b.size() > 0)
            m.ec = asio::error::eof;
    } catch (const boost::system::system_error& e) {
        m.ec = e.code();
    }
    co_return m;
}

awaitable<moved> write_from(file f, asio::const_buffer b)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    moved m;
    try {
        auto writing = f.write(std::span(static_cast<const std::byte*>(b.data()), b.size()));
        co_await std::move(writing);
        m.n = b.size();
    } catch (const boost::system::system_error& e) {
        m.ec = e.code();
    }
    co_return m;
}

// The coroutine runs on the handler's executor, so a cancellation that is emitted there needs no crossing of its own.
void run_for(executor where, awaitable<moved> work, any_handler h)
{
    const auto slot = asio::get_associated_cancellation_slot(h);
    asio::co_spawn(std::move(where), std::move(work), asio::bind_cancellation_slot(slot, stream_finish{std::move(h)}));
}

} // namespace

void file_stream::start(const file& f, asio::mutable_buffer b, executor where, handler h)
{
    run_for(std::move(where), read_into(f, b), std::move(h));
}

void file_stream::start(const file& f, asio::const_buffer b, executor where, handler h)
{
    run_for(std::move(where), write_from(f, b), std::move(h));
}

} // namespace sshoal::sftp
