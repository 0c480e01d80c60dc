#include "catch.hpp"

#include "parking/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <stdexcept>

namespace sshoal::parking::test {
namespace {

/// Tasks end when the test says so: each waits for a timer of its own.
struct scene {
    asio::io_context ctx;
    std::shared_ptr<task_group> group = task_group::make(executor(asio::make_strand(ctx)));
    std::list<asio::steady_timer> timers;
    int begun = 0, cancelled = 0;
    std::optional<outcome<void>> result;
    std::exception_ptr thrown;
    asio::cancellation_signal signal;

    static awaitable<outcome<void>> task(scene& s, asio::steady_timer& t, failure then)
    {
        ++s.begun;
        error_code ignored; // the timer's end is that of the task, unless the task was cancelled
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await t.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            ++s.cancelled;
            throw boost::system::system_error(asio::error::operation_aborted);
        }
        if (then)
            co_return then;
        co_return outcome<void>();
    }
    static awaitable<outcome<void>> thrower()
    {
        throw std::logic_error("a task's own");
        co_return outcome<void>();
    }
    /// The timer is cancelled to let the task end.
    asio::steady_timer& add(failure then = {})
    {
        timers.emplace_back(ctx, asio::steady_timer::time_point::max());
        group->start(task(*this, timers.back(), std::move(then)));
        return timers.back();
    }
    void wait(std::size_t most = 0)
    {
        result.reset();
        asio::co_spawn(group->strand(), group->wait(most),
                       asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr e, outcome<void> r) {
                           thrown = e;
                           result.emplace(std::move(r));
                       }));
        run();
    }
    void run()
    {
        ctx.restart();
        ctx.poll();
    }
};

} // namespace

TEST_CASE("task group: wait() returns when few enough tasks are left")
{
    scene s;
    auto& first = s.add();
    auto& second = s.add();
    CHECK(s.begun == 0);
    s.wait(1);
    CHECK(s.begun == 2);
    CHECK(!s.result);
    first.cancel();
    s.run();
    REQUIRE(s.result);
    CHECK(s.result->has_value());
    CHECK(s.group->size() == 1);
    s.wait();
    CHECK(!s.result);
    second.cancel();
    s.run();
    REQUIRE(s.result);
    CHECK(s.result->has_value());
    CHECK(s.cancelled == 0);
}

TEST_CASE("task group: a failure stops the others, and is what wait() returns when all have ended")
{
    scene s;
    s.add();
    auto& failing = s.add(failure(errc::bad_key, "this one"));
    s.add();
    s.wait();
    failing.cancel();
    s.run();
    REQUIRE(s.result);
    CHECK(!s.thrown);
    CHECK(s.result->error().code() == errc::bad_key);
    CHECK(s.group->stopping());
    CHECK(s.group->size() == 0);
    CHECK(s.cancelled == 2);
}

TEST_CASE("task group: an exception stops the others and is thrown by wait()")
{
    scene s;
    s.add();
    s.group->start(scene::thrower());
    s.wait();
    REQUIRE(s.result);
    CHECK_THROWS_AS(std::rethrow_exception(s.thrown), std::logic_error);
    CHECK(s.cancelled == 1);
}

TEST_CASE("task group: stop() ends tasks that have not begun, too, and the first reason counts")
{
    scene s;
    s.add();
    s.group->stop(failure(errc::timed_out));
    s.group->stop(failure(errc::closed));
    s.wait();
    REQUIRE(s.result);
    CHECK(!s.thrown);
    CHECK(s.result->error().code() == errc::timed_out);
    CHECK(s.group->size() == 0);
}

TEST_CASE("task group: a cancelled wait() stops the tasks and returns after their end")
{
    scene s;
    s.add();
    s.add();
    s.wait(1);
    CHECK(!s.result);
    s.signal.emit(asio::cancellation_type::terminal);
    s.run();
    REQUIRE(s.result);
    CHECK(!s.thrown);
    CHECK(s.result->error().code() == asio::error::operation_aborted);
    CHECK(s.group->size() == 0);
    CHECK(s.cancelled == 2);
}

TEST_CASE("task group: the end of the io_context leaves nothing behind")
{
    std::weak_ptr<task_group> watched;
    {
        scene s;
        s.add();
        s.wait();
        watched = s.group;
        s.timers.clear();
        s.group->stop(failure(errc::closed));
    }
    CHECK(watched.expired());
}

} // namespace sshoal::parking::test
