#include "sshoal/channel_stream.hpp"

#include "connection/channel_state.hpp"
#include "net/cancel_carrier.hpp"
#include "net/crossing.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

namespace sshoal {
namespace {

using conn::channel_state;
using any_handler = asio::any_completion_handler<void(error_code, std::size_t)>;

// co_spawn() never calls this object inside the initiating function: a coroutine that ends at once is completed by a post.
struct finish {
    any_handler handler;
    asio::any_completion_executor to; // tracks work, so that its context does not run out of work meanwhile
    net::cancel_carrier carrier;  // outlives the coroutine that its signal is bound to
    bool reading;
    bool nothing_asked;

    void operator()(std::exception_ptr thrown, outcome<std::size_t> r)
    {
        error_code ec;
        std::size_t n = 0;
        if (thrown)
            ec = asio::error::no_memory; // only an allocation can throw in there
        else if (!r)
            ec = r.error().code();
        else if (n = *r; n == 0 && reading && !nothing_asked)
            ec = asio::error::eof;
        asio::dispatch(to, [h = std::move(handler), ec, n]() mutable { std::move(h)(ec, n); });
    }
};

finish prepare(any_handler h, const executor& strand, bool reading, bool nothing_asked)
{
    net::cancel_carrier carrier(strand);
    if (auto slot = asio::get_associated_cancellation_slot(h); slot.is_connected())
        slot.assign(carrier);
    asio::any_completion_executor to = asio::prefer(asio::any_completion_executor(asio::get_associated_executor(h, strand)),
                                                    asio::execution::outstanding_work.tracked);
    return finish{std::move(h), std::move(to), std::move(carrier), reading, nothing_asked};
}

awaitable<outcome<std::size_t>> read_into(std::shared_ptr<channel_state> c, data_stream from,
                                          std::array<asio::mutable_buffer, 16> list, std::size_t count)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false); // a handler gets codes, not exceptions
    if (count == 0)
        co_return std::size_t(0);
    const std::span<std::byte> first(static_cast<std::byte*>(list[0].data()), list[0].size());
    outcome<std::size_t> n = co_await channel_state::read_some(c, first, from);
    if (!n || *n < first.size())
        co_return n;
    std::size_t total = *n;
    for (std::size_t i = 1; i < count; ++i) { // further data that has arrived already
        const std::span<std::byte> next(static_cast<std::byte*>(list[i].data()), list[i].size());
        const std::size_t more = c->try_read(next, from);
        total += more;
        if (more < next.size())
            break;
    }
    co_return total;
}

awaitable<outcome<std::size_t>> write_from(std::shared_ptr<channel_state> c, std::array<asio::const_buffer, 16> list,
                                           std::size_t count)
{
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false); // a handler gets codes, not exceptions
    if (count == 0)
        co_return std::size_t(0);
    const std::span<const std::byte> first(static_cast<const std::byte*>(list[0].data()), list[0].size());
    outcome<std::size_t> n = co_await channel_state::write(c, first, data_stream::normal, false, nullptr);
    if (!n || *n < first.size())
        co_return n;
    std::size_t total = *n;
    for (std::size_t i = 1; i < count; ++i) {
        const std::span<const std::byte> next(static_cast<const std::byte*>(list[i].data()), list[i].size());
        const std::size_t more = c->try_write(next, data_stream::normal);
        total += more;
        if (more < next.size())
            break;
    }
    co_return total;
}

} // namespace

void channel_stream::start_read(const sshoal::channel& c, data_stream from, const buffer_list<asio::mutable_buffer>& b, handler h)
{
    const executor strand = c.get_executor();
    finish done = prepare(std::move(h), strand, true, b.count == 0);
    const auto slot = done.carrier.slot();
    asio::co_spawn(strand, read_into(conn::state_of(c), from, b.items, b.count),
                   asio::bind_cancellation_slot(slot, std::move(done)));
}

void channel_stream::start_write(const sshoal::channel& c, const buffer_list<asio::const_buffer>& b, handler h)
{
    const executor strand = c.get_executor();
    finish done = prepare(std::move(h), strand, false, b.count == 0);
    const auto slot = done.carrier.slot();
    asio::co_spawn(strand, write_from(conn::state_of(c), b.items, b.count),
                   asio::bind_cancellation_slot(slot, std::move(done)));
}

void channel_stream::start_close(const sshoal::channel& c, asio::any_completion_handler<void(error_code)> h)
{
    const executor strand = c.get_executor();
    asio::any_completion_executor to = asio::prefer(asio::any_completion_executor(asio::get_associated_executor(h, strand)),
                                                    asio::execution::outstanding_work.tracked);
    sshoal::channel closing(c);
    closing.close();
    asio::post(strand, [h = std::move(h), to = std::move(to)]() mutable {
        asio::dispatch(to, [h = std::move(h)]() mutable { std::move(h)(error_code()); });
    });
}

} // namespace sshoal
