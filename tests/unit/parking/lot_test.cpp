#include "catch.hpp"

#include "parking/gate.hpp"
#include "parking/lot.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <stdexcept>

namespace sshoal::parking::test {
namespace {

/// An owner of one gate that counts its turns.
struct shed final : lot, std::enable_shared_from_this<shed> {
    explicit shed(executor ex) : lot(std::move(ex)), door(ready()) {}
    void start() { open(weak_from_this()); }
    void turn() override
    {
        ++turns;
        const turn_mark mark(*this);
        for (int i = 0; i < resumptions; ++i)
            resume();
    }
    void gone() noexcept override
    {
        was_told = true;
        door.abandon();
    }
    gate door;
    int turns = 0, resumptions = 1, woken = 0;
    bool was_told = false;
};

/// Waits n times; holds the lot as coroutines of connections do.
awaitable<void> wait_often(std::shared_ptr<shed> at, int n)
{
    for (int i = 0; i < n; ++i) {
        co_await at->door.wait(asio::cancellation_type::none);
        ++at->woken;
    }
}

awaitable<void> wait_and_throw(std::shared_ptr<shed> at)
{
    co_await at->door.wait(asio::cancellation_type::none);
    throw std::runtime_error("thrown by a coroutine");
}

std::shared_ptr<shed> make_shed(asio::io_context& ctx)
{
    auto made = std::make_shared<shed>(executor(asio::make_strand(ctx)));
    made->start();
    return made;
}

} // namespace

TEST_CASE("lot: many wake-ups make one turn, which is posted")
{
    asio::io_context ctx;
    const auto at = make_shed(ctx);
    for (int i = 0; i < 3; ++i)
        asio::co_spawn(at->strand(), wait_often(at, 1), asio::detached);
    ctx.poll();
    at->door.wake_all();
    at->kick();
    CHECK(at->woken == 0);
    ctx.restart();
    ctx.poll();
    CHECK(at->woken == 3);
    CHECK(at->turns == 1);
}

TEST_CASE("lot: coroutines that are woken within a turn run, in this turn or the next")
{
    asio::io_context ctx;
    const auto at = make_shed(ctx);
    at->resumptions = GENERATE(1, 2);
    asio::co_spawn(at->strand(), wait_often(at, 2), asio::detached);
    ctx.poll();
    struct rewaker {
        static awaitable<void> run(std::shared_ptr<shed> s)
        {
            co_await s->door.wait(asio::cancellation_type::none);
            s->door.wake_all();
        }
    };
    asio::co_spawn(at->strand(), rewaker::run(at), asio::detached);
    ctx.restart();
    ctx.poll();
    at->door.wake_all();
    ctx.restart();
    ctx.poll();
    CHECK(at->woken == 2);
    CHECK(at->turns == 3 - at->resumptions);
}

TEST_CASE("lot: an exception of one coroutine comes out of run(), and the others are not held up")
{
    asio::io_context ctx;
    const auto at = make_shed(ctx);
    asio::co_spawn(at->strand(), wait_and_throw(at), [](std::exception_ptr e) {
        if (e)
            std::rethrow_exception(e);
    });
    asio::co_spawn(at->strand(), wait_often(at, 1), asio::detached);
    ctx.poll();
    at->door.wake_all();
    ctx.restart();
    CHECK_THROWS_AS(ctx.poll(), std::runtime_error);
    CHECK(at->woken == 1);
    at->kick();
    ctx.restart();
    ctx.poll();
    CHECK(at->turns == 2);
}

TEST_CASE("lot: the end of the io_context destroys what is parked, and nothing is posted after it")
{
    std::weak_ptr<shed> watched;
    std::shared_ptr<shed> kept;
    const bool keep = GENERATE(false, true);
    {
        asio::io_context ctx;
        auto at = make_shed(ctx);
        watched = at;
        asio::co_spawn(at->strand(), wait_often(at, 1), asio::detached);
        ctx.poll();
        if (keep)
            kept = std::move(at);
    }
    CHECK(watched.expired() == !keep); // the circle of coroutine and lot is cut
    if (!kept)
        return;
    CHECK(kept->was_told);
    CHECK(!kept->strand());
    CHECK(kept.use_count() == 1);
    kept->kick();
    kept->door.wake_all();
}

} // namespace sshoal::parking::test
