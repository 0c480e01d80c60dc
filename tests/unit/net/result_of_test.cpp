#include "catch.hpp"

#include "sshoal/failure_detail.hpp"
#include "sshoal/result_of.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>

namespace sshoal::net::test {
namespace {

awaitable<std::unique_ptr<int>> number() { co_return std::make_unique<int>(5); }
awaitable<bool> no() { co_return false; }
awaitable<void> nothing() { co_return; }

awaitable<int> refused()
{
    failure_detail d;
    d.peer_text = "why";
    throw error(with_detail(failure(errc::request_refused, "exec"), std::move(d)));
    co_return 0;
}

awaitable<void> other_code()
{
    throw boost::system::system_error(make_error_code(boost::system::errc::timed_out), "words");
    co_return;
}

awaitable<void> bug()
{
    throw std::logic_error("bug");
    co_return;
}

awaitable<void> for_ever()
{
    asio::steady_timer t(co_await asio::this_coro::executor, std::chrono::hours(1));
    co_await t.async_wait(asio::use_awaitable);
}

template <class T>
outcome<T> waited(awaitable<T> operation, bool cancel = false)
{
    asio::io_context ctx;
    asio::cancellation_signal signal;
    std::optional<outcome<T>> got;
    std::exception_ptr thrown;
    auto running = [](awaitable<T> op, std::optional<outcome<T>>& to) -> awaitable<void> {
        outcome<T> r = co_await result_of(std::move(op));
        to.emplace(std::move(r));
    };
    asio::co_spawn(ctx, running(std::move(operation), got),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { thrown = e; }));
    if (cancel) {
        ctx.poll();
        signal.emit(asio::cancellation_type::terminal);
    }
    ctx.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return std::move(*got);
}

} // namespace

TEST_CASE("result_of: a result, or the failure that the operation has thrown")
{
    outcome<std::unique_ptr<int>> n = waited(number());
    REQUIRE(n.has_value());
    CHECK(**n == 5);
    const outcome<bool> untrue = waited(no());
    REQUIRE(untrue.has_value());
    CHECK_FALSE(*untrue);
    CHECK(waited(nothing()).has_value());

    const outcome<int> f = waited(refused());
    REQUIRE(f.has_error());
    CHECK(f.error().code() == errc::request_refused);
    CHECK(f.error().context() == "exec");
    CHECK(detail_of(f.error()).peer_text == "why");
    CHECK(waited(other_code()).error().code() == boost::system::errc::timed_out);
    CHECK_THROWS_AS(waited(bug()), std::logic_error);
}

TEST_CASE("result_of: a cancellation is a failure")
{
    CHECK(waited(for_ever(), true).error().code() == asio::error::operation_aborted);
}

} // namespace sshoal::net::test
