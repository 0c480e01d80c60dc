// Groups of coroutines, the first of several to end, and functions as coroutines.
#include "ends.hpp"
#include "sshoal/task.hpp"

#include <boost/asio/thread_pool.hpp>

#include <csignal>

using namespace rig;
using namespace std::chrono_literals;

namespace {

struct tally {
    std::size_t running = 0, most = 0, ended = 0, cancelled = 0;
};

awaitable<void> work(tally& t, std::chrono::milliseconds time)
{
    t.most = std::max(t.most, ++t.running);
    try {
        co_await sleep_for(time);
    } catch (const boost::system::system_error&) {
        --t.running;
        ++t.cancelled;
        throw;
    }
    --t.running;
    ++t.ended;
}

awaitable<void> fail_with(const char* text)
{
    co_await sleep_for(1ms);
    throw std::runtime_error(text);
}

awaitable<int> late(int value, std::chrono::milliseconds time)
{
    co_await sleep_for(time);
    co_return value;
}

/// The text of the exception that an operation ends with; empty if it ends well.
awaitable<std::string> thrown_by(awaitable<void> operation)
{
    std::string text;
    try {
        co_await std::move(operation);
    } catch (const std::exception& e) {
        text = e.what();
    }
    co_return text;
}

constexpr auto for_ever = 1h;

} // namespace

TEST_CASE("a group runs no more tasks at once than it was told, and all of them")
{
    const std::size_t at_once = GENERATE(std::size_t(1), std::size_t(3), std::size_t(0));
    run_test([at_once]() -> awaitable<void> {
        tally t;
        task_group all(co_await asio::this_coro::executor, at_once);
        for (int i = 0; i < 10; ++i)
            all.start(work(t, 1ms));
        CHECK(all.size() == 10);
        co_await all.join();
        CHECK(all.size() == 0);
        CHECK(t.ended == 10);
        CHECK(t.most == (at_once == 0 ? 10 : at_once));
        all.start(work(t, 1ms)); // a group can be used again
        co_await all.join();
        CHECK(t.ended == 11);
    });
}

TEST_CASE("start_when_free() waits for a place")
{
    run_test([]() -> awaitable<void> {
        tally t;
        task_group all(co_await asio::this_coro::executor, 2);
        for (int i = 0; i < 7; ++i) {
            co_await all.start_when_free(work(t, 2ms));
            CHECK(all.size() <= 2);
        }
        co_await all.join();
        CHECK(t.ended == 7);
        CHECK(t.most == 2);
    });
}

TEST_CASE("the first failure stops the other tasks, and is what join() throws")
{
    const bool waits = GENERATE(true, false); // in join(), or in start_when_free()
    run_test([waits]() -> awaitable<void> {
        tally t;
        task_group all(co_await asio::this_coro::executor, 3);
        all.start(work(t, for_ever));
        all.start(fail_with("first"));
        all.start(work(t, for_ever));
        awaitable<void> operation = waits ? all.join() : all.start_when_free(work(t, 0ms));
        const std::string text = co_await thrown_by(std::move(operation));
        CHECK(text == "first");
        CHECK(t.cancelled == 2);
        CHECK(t.running == 0);
        CHECK(t.ended == 0);
        CHECK(all.size() == 0);
    });
}

TEST_CASE("tasks that wait for their turn are dropped by the first failure")
{
    run_test([]() -> awaitable<void> {
        tally t;
        task_group all(co_await asio::this_coro::executor, 1);
        all.start(fail_with("first"));
        all.start(work(t, 1ms));
        all.start(fail_with("second"));
        const std::string text = co_await thrown_by(all.join());
        CHECK(text == "first");
        CHECK(t.most == 0);
    });
}

TEST_CASE("a group that is told to go on runs every task, counts failures and throws the first")
{
    run_test([]() -> awaitable<void> {
        tally t;
        task_group all(co_await asio::this_coro::executor, 2, task_group::on_failure::go_on);
        all.start(fail_with("first"));
        all.start(work(t, 1ms));
        all.start(fail_with("second"));
        all.start(work(t, 20ms));
        while (t.ended < 2)
            co_await sleep_for(1ms);
        CHECK(all.failed() == 2);
        const std::string text = co_await thrown_by(all.join());
        CHECK(text == "first");
        CHECK(t.ended == 2);
        CHECK(all.failed() == 0);
    });
}

TEST_CASE("a cancelled join() cancels the tasks and waits for their end")
{
    run_test([]() -> awaitable<void> {
        tally t;
        task_group all(co_await asio::this_coro::executor);
        all.start(work(t, for_ever));
        all.start(work(t, for_ever));
        beside joining = co_await beside::start_here(all.join());
        CHECK(t.running == 2);
        joining.cancel(GENERATE(stop_terminal, stop_partial, stop_total));
        while (!joining.done())
            co_await settle();
        CHECK(joining.aborted());
        CHECK(t.cancelled == 2);
        CHECK(t.running == 0);
    });
}

TEST_CASE("stop(), and the end of the group, cancel the tasks")
{
    run_test([]() -> awaitable<void> {
        tally t;
        {
            task_group all(co_await asio::this_coro::executor);
            all.start(work(t, for_ever));
            co_await settle();
            all.stop();
            const failure f = co_await failure_of(all.join());
            CHECK(f.code() == asio::error::operation_aborted);
            CHECK(t.cancelled == 1);
            all.start(work(t, for_ever));
            co_await settle();
        }
        while (t.cancelled < 2)
            co_await settle();
    });
}

TEST_CASE("a group and its tasks can be destroyed with their io_context")
{
    tally t;
    {
        asio::io_context ctx;
        spawn(ctx, [&t]() -> awaitable<void> {
            task_group all(co_await asio::this_coro::executor);
            all.start(work(t, for_ever));
            all.start([&t]() -> awaitable<void> {
                const std::size_t first = co_await first_of(work(t, for_ever), work(t, for_ever));
                CHECK(first == 0);
            });
            co_await all.join();
        });
        for (int i = 0; i < 100; ++i)
            ctx.poll();
    }
    CHECK(t.most == 3);
}

TEST_CASE("all_of() gives results in the order of its tasks")
{
    run_test([]() -> awaitable<void> {
        std::vector<awaitable<int>> tasks;
        for (int i = 0; i < 6; ++i)
            tasks.push_back(late(i, std::chrono::milliseconds(6 - i)));
        const std::vector<int> results = co_await all_of(std::move(tasks), GENERATE(std::size_t(0), std::size_t(2)));
        CHECK(results == std::vector<int>{0, 1, 2, 3, 4, 5});
    });
}

TEST_CASE("all_of() and first_of() on an executor that is no strand, with many threads")
{
    asio::thread_pool pool(4);
    std::atomic<int> ended = 0;
    auto rounds = [&]() -> awaitable<void> {
        for (int round = 0; round < 50; ++round) {
            std::vector<awaitable<int>> tasks;
            for (int i = 0; i < 8; ++i)
                tasks.push_back(late(i, std::chrono::milliseconds(0)));
            const std::vector<int> results = co_await all_of(std::move(tasks), 3);
            if (results == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7})
                ++ended;
            const auto [number, value] = co_await first_of(late(1, for_ever), late(2, std::chrono::milliseconds(0)));
            if (number == 1 && value == 2)
                ++ended;
        }
    };
    for (int i = 0; i < 4; ++i)
        asio::co_spawn(pool, rounds(), asio::detached);
    pool.join();
    CHECK(ended == 4 * 50 * 2);
}

TEST_CASE("first_of() ends with the first to end, and waits for the end of the others")
{
    run_test([]() -> awaitable<void> {
        tally t;
        const std::size_t first = co_await first_of(work(t, for_ever), work(t, 1ms), work(t, for_ever));
        CHECK(first == 1);
        CHECK(t.cancelled == 2);
        CHECK(t.running == 0);
        const auto [number, value] = co_await first_of(late(1, for_ever), late(2, 1ms));
        CHECK(number == 1);
        CHECK(value == 2);
    });
}

TEST_CASE("first_of() takes operations of different kinds")
{
    run_test([]() -> awaitable<void> {
        tally t;
        const std::size_t second = co_await first_of(work(t, for_ever), late(2, 1ms));
        CHECK(second == 1);
        CHECK(t.cancelled == 1);
        const std::size_t third = co_await first_of(late(1, for_ever), termination(), work(t, 1ms));
        CHECK(third == 2);
        const std::string text = co_await thrown_by([&]() -> awaitable<void> {
            const std::size_t none = co_await first_of(late(1, for_ever), fail_with("broken"));
            CHECK(none == 99);
        }());
        CHECK(text == "broken");
    });
}

TEST_CASE("first_of() throws where the first to end fails, whatever the others would do")
{
    run_test([]() -> awaitable<void> {
        tally t;
        const std::string text = co_await thrown_by([&]() -> awaitable<void> {
            const std::size_t first = co_await first_of(work(t, for_ever), fail_with("broken"));
            CHECK(first == 99);
        }());
        CHECK(text == "broken");
        CHECK(t.cancelled == 1);
    });
}

TEST_CASE("first_of() with until_closed() ends when the connection does, with its reason")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        tally t;
        auto closing = [&]() -> awaitable<void> {
            co_await sleep_for(5ms);
            p.server.disconnect(disconnect_reason::by_application, "enough");
        };
        auto waiting = [&]() -> awaitable<void> {
            const std::size_t first = co_await first_of(work(t, for_ever), p.client.until_closed());
            CHECK(first == 99);
        };
        auto all = both(failure_of(waiting()), closing());
        const failure f = co_await std::move(all);
        CHECK(f.code() == errc::disconnected);
        CHECK(f.context().find("enough") != std::string::npos);
        CHECK(t.cancelled == 1);
    });
}

TEST_CASE("a cancelled first_of() cancels all")
{
    run_test([]() -> awaitable<void> {
        tally t;
        auto both = [&]() -> awaitable<void> {
            const std::size_t first = co_await first_of(work(t, for_ever), work(t, for_ever));
            CHECK(first == 99);
        };
        beside waiting = co_await beside::start_here(both());
        co_await settle();
        waiting.cancel(stop_terminal);
        while (!waiting.done())
            co_await settle();
        CHECK(waiting.aborted());
        CHECK(t.cancelled == 2);
    });
}

TEST_CASE("spawn() and groups keep a function and its captures")
{
    run_test([]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        auto done = std::make_shared<int>(0);
        {
            std::string text(1000, 'x');
            auto job = [text, done]() -> awaitable<void> {
                co_await sleep_for(2ms);
                if (text == std::string(1000, 'x'))
                    ++*done;
            };
            spawn(here, job);
            spawn(here, std::move(job), [done](std::exception_ptr) { ++*done; });
        }
        while (*done < 3)
            co_await sleep_for(1ms);
    });
}

TEST_CASE("termination() returns the signal that came")
{
    run_test([]() -> awaitable<void> {
        const int number = GENERATE(SIGTERM, SIGINT);
        auto raising = [&]() -> awaitable<void> {
            co_await sleep_for(5ms);
            std::raise(number);
        };
        const int got = co_await both(termination(), raising());
        CHECK(got == number);
    });
}
