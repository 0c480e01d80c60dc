// Operations awaited away from the connection's strand: they go there, come back, and take cancellations along. Also under
// ThreadSanitizer.
#include "ends.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <thread>

using namespace rig;
using namespace asio::experimental::awaitable_operators;

namespace {

using where = std::function<bool()>;

/// Every kind of operation, from an executor that is not the connection's. `at_home` says whether the coroutine is where it
/// belongs.
awaitable<void> everything(ends e, where at_home)
{
    std::string got(5, ' ');
    co_await e.client.write("hello");
    CHECK(at_home());
    co_await e.server.read(room(got));
    CHECK(at_home());
    CHECK(got == "hello");
    co_await e.server.write("back", data_stream::error);
    error_code ec = asio::error::access_denied;
    std::size_t n = co_await e.client.read_some(room(got), ec, data_stream::error);
    CHECK(at_home());
    CHECK(!ec);
    CHECK(got.substr(0, n) == "back");
    const bool granted = co_await e.client.request("unknown");
    CHECK(at_home());
    CHECK(!granted);
    const auto rtt = co_await e.link.client.ping();
    CHECK(at_home());
    CHECK(rtt.count() > 0);
    co_await e.link.client.rekey();
    CHECK(at_home());
    const run_result r = co_await e.link.client.run("cat", run_options().input(pattern(100'000)));
    CHECK(at_home());
    CHECK(r.out == pattern(100'000));
    {
        process p = co_await e.link.client.start("cat");
        co_await p.in().write("x");
        co_await p.in().send_eof();
        const exit_info how = co_await p.wait();
        CHECK(how.ok());
        CHECK(at_home());
    }
    // Errors: thrown with words, or as a code.
    bool thrown = false;
    try {
        channel none = co_await e.link.client.open_channel("nonsense");
    } catch (const error& f) {
        thrown = f.code() == errc::channel_open_refused && !f.context().empty();
    }
    CHECK(thrown);
    CHECK(at_home());
    co_await e.server.send_eof();
    n = co_await e.client.read_some(room(got), ec);
    CHECK(n == 0);
    CHECK(!ec);
    co_await e.client.send_eof();
    n = co_await e.client.write_some(std::as_bytes(std::span(got)), ec);
    CHECK(n == 0);
    CHECK(ec == errc::end_of_file);
    CHECK(at_home());
}

/// Reads that are cancelled on the executor they were started on.
awaitable<void> cancelled_reads(ends e, where at_home)
{
    std::string got(5, ' ');
    for (int i = 0; i < 20; ++i) {
        auto race = e.server.read_some(room(got)) || pause_for(std::chrono::milliseconds(1));
        const auto result = co_await std::move(race);
        CHECK(result.index() == 1);
        CHECK(at_home());
    }
    co_await e.client.write("all ");
    const std::size_t n = co_await e.server.read_some(room(got));
    CHECK(got.substr(0, n) == "all ");
}

void from(const executor& home, ends e, where at_home, std::atomic<int>& done)
{
    auto both = [](ends x, where w, std::atomic<int>& d) -> awaitable<void> {
        co_await cancelled_reads(x, w);
        co_await everything(x, w);
        ++d;
    };
    spawn(home, both(std::move(e), std::move(at_home), done));
}

awaitable<void> wait_for(std::atomic<int>& done)
{
    while (done == 0)
        co_await pause_for(std::chrono::milliseconds(1));
}

} // namespace

TEST_CASE("operations may be awaited from another strand")
{
    for (const unsigned threads : {1u, 2u})
        run_test(
            []() -> awaitable<void> {
                const executor ex = co_await asio::this_coro::executor;
                ends e = co_await channel_ends();
                serve(e.link.server, echo);
                const own_strand other = *another_strand(ex).target<own_strand>();
                std::atomic<int> done{0};
                from(other, e, [other] { return other.running_in_this_thread(); }, done);
                co_await wait_for(done);
            },
            threads);
}

TEST_CASE("operations may be awaited from a thread pool and from another io_context, which do not run out of work meanwhile")
{
    run_test(
        []() -> awaitable<void> {
            ends e = co_await channel_ends();
            serve(e.link.server, echo);
            std::atomic<int> done{0};
            {
                asio::thread_pool pool(1);
                from(pool.get_executor(), e, [&pool] { return pool.get_executor().running_in_this_thread(); }, done);
                co_await wait_for(done);
                pool.join();
            }
            ends f = co_await channel_ends();
            serve(f.link.server, echo);
            done = 0;
            asio::io_context other(1);
            from(other.get_executor(), f, [&other] { return other.get_executor().running_in_this_thread(); }, done);
            std::thread t([&] { other.run(); });
            co_await wait_for(done);
            t.join();
        },
        2);
}

TEST_CASE("handles may be dropped on any thread")
{
    run_test(
        []() -> awaitable<void> {
            for (int i = 0; i < 20; ++i) {
                asio::thread_pool pool(2);
                auto e = std::make_unique<ends>(co_await channel_ends());
                asio::post(pool, [c = std::move(e->client), l = std::move(e->link.client)]() mutable {
                    c = channel();
                    l = connection();
                });
                asio::post(pool, [c = e->server]() mutable { c = channel(); });
                const failure why = co_await e->link.server.wait_closed();
                CHECK(why.code() == errc::disconnected);
                pool.join();
            }
        },
        2);
}

TEST_CASE("undecided channels and requests may be dropped on any thread")
{
    run_test(
        []() -> awaitable<void> {
            pair p = co_await connected();
            channel_acceptor from = co_await listen_for(p.server, "test");
            asio::thread_pool pool(1);
            for (int i = 0; i < 20; ++i) {
                beside opening = beside::start(p.client.get_executor(), p.client.open_channel("test"));
                incoming_channel in = co_await from.accept();
                asio::post(pool, [in = std::move(in)] {});
                while (!opening.done())
                    co_await pause_for(std::chrono::milliseconds(1));
                CHECK(opening.result().code() == errc::channel_open_refused);
            }
            pool.join();
        },
        2);
}

TEST_CASE("many connections work side by side on two threads")
{
    run_test(
        []() -> awaitable<void> {
            auto one = [](std::size_t n) -> awaitable<void> {
                pair p = co_await connected();
                serve(p.server, echo);
                for (int i = 0; i < 5; ++i) {
                    const run_result r = co_await p.client.run("cat", run_options().input(pattern(n)));
                    if (r.out != pattern(n)) // Catch's checks are for one thread at a time
                        throw error(failure(errc::protocol_error, "wrong bytes"));
                }
            };
            const executor ex = co_await asio::this_coro::executor;
            std::vector<beside> all;
            for (std::size_t i = 0; i < 8; ++i)
                all.push_back(beside::start(another_strand(ex), one(10'000 * (i + 1))));
            for (const beside& b : all)
                while (!b.done())
                    co_await pause_for(std::chrono::milliseconds(2));
            for (const beside& b : all)
                CHECK(!b.result());
        },
        2);
}
