// run_on(): functions on another executor, awaited from a strand, from no strand, and no longer.
#include "ends.hpp"
#include "sshoal/deadline.hpp"
#include "sshoal/run_on.hpp"
#include "workshop.hpp"

#include <boost/asio/thread_pool.hpp>

#include <thread>

using namespace rig;

namespace {

/// Says how often it was destroyed with something in it.
struct traced {
    explicit traced(int& n) : gone(&n) {}
    traced(traced&& o) noexcept : gone(std::exchange(o.gone, nullptr)) {}
    ~traced()
    {
        if (gone)
            ++*gone;
    }
    int operator()() const { return 7; }
    int* gone;
};

int thrower() { throw std::runtime_error("by itself"); }

} // namespace

TEST_CASE("a function runs on a thread of the pool, and its result comes back to the strand")
{
    asio::thread_pool pool(2);
    run_test([&pool]() -> awaitable<void> {
        const executor there = pool.get_executor();
        const auto mine = std::this_thread::get_id();
        std::thread::id other;
        std::function<void()> look = [&other] { other = std::this_thread::get_id(); };
        co_await run_on(there, look);
        CHECK(other != mine);
        CHECK(std::this_thread::get_id() == mine);
        std::function<std::string()> text = [] { return std::string("result"); };
        const std::string got = co_await run_on(there, text);
        CHECK(got == "result");
        auto made = run_on(there, [] { return std::make_unique<int>(5); });
        const std::unique_ptr<int> five = co_await std::move(made);
        CHECK(*five == 5);
        bool thrown = false;
        auto throwing = run_on(there, thrower);
        try {
            co_await std::move(throwing);
        } catch (const std::runtime_error& e) {
            thrown = std::string(e.what()) == "by itself";
        }
        CHECK(thrown);
    });
    pool.join();
}

TEST_CASE("without an executor a function is called at once")
{
    run_test([]() -> awaitable<void> {
        const auto mine = std::this_thread::get_id();
        std::function<bool()> same = [mine] { return std::this_thread::get_id() == mine; };
        const bool here = co_await run_on(executor(), same);
        CHECK(here);
    });
}

TEST_CASE("a coroutine on no strand, with several threads, may wait as well")
{
    asio::thread_pool pool(2);
    asio::io_context ctx;
    int sum = 0;
    std::mutex guard;
    for (int i = 0; i < 100; ++i) {
        auto adding = [&]() -> awaitable<void> {
            auto one = run_on(executor(pool.get_executor()), [] { return 1; });
            const int n = co_await std::move(one);
            const std::lock_guard lock(guard);
            sum += n;
        };
        asio::co_spawn(ctx, adding, asio::detached);
    }
    std::thread second([&] { ctx.run(); });
    ctx.run();
    second.join();
    CHECK(sum == 100);
    pool.join();
}

TEST_CASE("a wait that is cancelled, or too long, leaves the function to itself")
{
    int gone = 0;
    {
        scene s;
        failure cancelled, late;
        asio::cancellation_signal stop;
        auto first = [&]() -> awaitable<void> {
            auto work = run_on(s.shop->get(), traced(gone));
            auto waiting = failure_of(std::move(work));
            cancelled = co_await std::move(waiting);
        };
        auto second = [&]() -> awaitable<void> {
            auto work = within(std::chrono::milliseconds(10), run_on(s.shop->get(), traced(gone)));
            auto waiting = failure_of(std::move(work));
            late = co_await std::move(waiting);
        };
        int ended = 0;
        asio::co_spawn(s.strand(), first(), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr) { ++ended; }));
        asio::co_spawn(s.strand(), second(), [&](std::exception_ptr) { ++ended; });
        s.rest();
        stop.emit(asio::cancellation_type::terminal);
        s.wait_until([&] { return ended == 2; });
        CHECK(cancelled.code() == asio::error::operation_aborted);
        CHECK(late.code() == errc::timed_out);
        CHECK(gone == 0); // still to be run
        CHECK(s.shop->do_all() == 2);
        CHECK(gone == 2);
        s.rest();
    }
    CHECK(gone == 2);
}

TEST_CASE("the io_context goes before the function has run, and the executor before the function")
{
    int gone = 0;
    auto shop = std::make_unique<workshop>();
    {
        asio::io_context ctx(1);
        asio::co_spawn(asio::make_strand(ctx), run_on(shop->get(), traced(gone)),
                       [](std::exception_ptr, int) { FAIL("must not come back"); });
        ctx.poll();
    }
    CHECK(gone == 0);
    CHECK(shop->do_all() == 1);
    CHECK(gone == 1);

    asio::io_context ctx(1);
    error_code why;
    asio::co_spawn(asio::make_strand(ctx), run_on(shop->get(), traced(gone)), [&](std::exception_ptr e, int) {
        try {
            std::rethrow_exception(e);
        } catch (const boost::system::system_error& x) {
            why = x.code();
        }
    });
    ctx.poll();
    shop.reset();
    ctx.restart();
    ctx.poll();
    CHECK(why == boost::system::errc::operation_canceled);
    CHECK(gone == 2);
}
