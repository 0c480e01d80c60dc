// Lifetimes: the io_context destroyed, or the operation cancelled, after every possible number of steps; handles dropped in every
// order and in callbacks; exceptions. The sanitizers say whether it went well.
#include "ends.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>

using namespace rig;

namespace {

/// What a scenario leaves outside of its io_context, where a program's own objects may live longer than that.
struct survivors {
    pair link;
    channel one, other;
    process proc;
    std::vector<std::string> log;
};

using scenario = std::function<awaitable<void>(survivors&)>;

/// Starts it on an io_context of its own, does n steps, and destroys the io_context; then what has survived.
/// Returns: whether it had come to its end.
bool destroyed_after(unsigned n, const scenario& s)
{
    survivors left;
    asio::io_context ctx(1);
    const executor strand = asio::make_strand(ctx);
    bool done = false;
    asio::co_spawn(strand, s(left), [&](std::exception_ptr e) {
        done = true;
        if (e)
            std::rethrow_exception(e);
    });
    for (unsigned i = 0; i < n && !done; ++i)
        ctx.run_one();
    return done;
    // Locals go in reverse order: the io_context first.
}

/// Starts it, does n steps, cancels it, and waits for its end.
bool cancelled_after(unsigned n, const scenario& s)
{
    asio::io_context ctx(1);
    survivors left;
    const executor strand = asio::make_strand(ctx);
    bool done = false;
    asio::cancellation_signal stop;
    auto at_end = [&](std::exception_ptr e) {
        done = true;
        try {
            if (e)
                std::rethrow_exception(e);
        } catch (const std::exception&) { // whichever the cancelled operation, or the other end, came to see
        }
    };
    asio::co_spawn(strand, s(left), asio::bind_cancellation_slot(stop.slot(), at_end));
    for (unsigned i = 0; i < n && !done; ++i)
        ctx.run_one();
    if (done)
        return true;
    stop.emit(stop_terminal);
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done && std::chrono::steady_clock::now() < patience)
        ctx.run_one_for(std::chrono::seconds(1));
    INFO("after " << n << " steps");
    CHECK(done);
    return false;
}

unsigned at_every_step(bool (*attempt)(unsigned, const scenario&), const scenario& s, unsigned stride = 1)
{
    unsigned n = 0;
    while (!attempt(n, s))
        n += stride;
    return n;
}

/// Connect, log in, open, write, read, run, end: everything once.
awaitable<void> whole_life(survivors& left)
{
    left.link = co_await connected();
    serve(left.link.server, echo);
    left.proc = co_await left.link.client.start("cat");
    co_await left.proc.in().write("hello");
    std::string got(5, ' ');
    co_await left.proc.io().read(room(got));
    co_await left.link.client.ping();
    const run_result r = co_await left.link.client.run("cat", run_options().input("x"));
    co_await left.proc.in().send_eof();
    co_await left.proc.wait();
    left.link.client.close();
    co_await left.link.server.wait_closed();
}

} // namespace

TEST_CASE("an io_context can be destroyed at every step of a connection's life, with handles that outlive it")
{
    const unsigned steps = at_every_step(destroyed_after, whole_life);
    CHECK(steps > 30);
}

TEST_CASE("a whole life can be cancelled at every step")
{
    at_every_step(cancelled_after, whole_life);
}

TEST_CASE("an io_context can be destroyed while every operation waits")
{
    auto many = [](survivors& left) -> awaitable<void> {
        left.link
            = co_await connected(server_setup().limits(window_of(10)),
                                 client_setup().log([&left](log_level, std::string_view line) { left.log.emplace_back(line); },
                                                    log_level::trace));
        serve(left.link.server, wait_for_end);
        left.proc = co_await left.link.client.start("x");
        std::string buffer(10, ' ');
        const executor ex = co_await asio::this_coro::executor;
        const executor elsewhere = ex.target<own_strand>()->get_inner_executor();
        std::vector<beside> all;
        const std::string text = pattern(100);
        channel_acceptor channels = left.link.client.listen_channels("x");
        request_acceptor requests = left.link.client.listen_requests("x");
        for (const executor& at : {ex, elsewhere}) {
            all.push_back(
                beside::start(at, left.proc.io().read_some(room(buffer), at == ex ? data_stream::normal : data_stream::error)));
            all.push_back(beside::start(at, left.proc.io().write(text)));
            all.push_back(beside::start(at, left.proc.wait()));
            all.push_back(beside::start(at, left.proc.io().next_request()));
            all.push_back(beside::start(at, left.proc.io().request("x")));
            all.push_back(beside::start(at, left.link.client.wait_closed()));
            all.push_back(beside::start(at, channels.accept()));
            all.push_back(beside::start(at, requests.accept()));
            all.push_back(beside::start(at, left.link.client.rekey()));
            all.push_back(beside::start(at, left.link.client.ping()));
            all.push_back(beside::start(at, left.link.client.run("y", run_options().input(text))));
            all.push_back(beside::start(at, left.link.server.next_session()));
        }
        asio::steady_timer never(ex, std::chrono::hours(1));
        for (int i = 0; i < 200; ++i)
            co_await asio::post(ex, asio::use_awaitable);
    };
    for (unsigned n = 60; n < 400; n += 7)
        destroyed_after(n, many);
    destroyed_after(100'000, many);
}

TEST_CASE("a listener and its clients can be destroyed with their io_context at any time, over TCP")
{
    auto over_tcp = [](survivors& left) -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        listener lis(ex, listen_address("127.0.0.1", 0), server_setup());
        auto meeting = both(lis.accept(), connect("127.0.0.1", client_setup().port(lis.port())));
        auto [server_end, client_end] = co_await std::move(meeting);
        left.link.server = std::move(server_end);
        left.link.client = std::move(client_end);
        serve(left.link.server, echo);
        const run_result r = co_await left.link.client.run("cat", run_options().input("x"));
        CHECK(r.out == "x");
    };
    CHECK(at_every_step(destroyed_after, over_tcp, 3) > 20);
    at_every_step(cancelled_after, over_tcp, 5);
}

TEST_CASE("handles can be dropped in every order")
{
    run_test([]() -> awaitable<void> {
        std::vector<int> order{0, 1, 2, 3, 4};
        do {
            pair p = co_await connected();
            serve(p.server, wait_for_end);
            process proc = co_await p.client.start("x");
            process copy = proc;
            channel io = proc.io();
            connection second = p.client;
            server_connection server = std::move(p.server);
            std::string buffer(4, ' ');
            beside reading = beside::start(io.get_executor(), io.read_some(room(buffer)));
            beside closing = beside::start(server.get_executor(), server.wait_closed());
            for (const int what : order) {
                switch (what) {
                case 0: proc = process(); break;
                case 1: copy = process(); break;
                case 2: io = channel(); break;
                case 3: p.client = connection(); break;
                case 4: second = connection(); break;
                }
                if (what == 2)
                    co_await settle();
            }
            co_await settle();
            CHECK(reading.done());
            CHECK(reading.result().code() == errc::channel_closed);
            CHECK(closing.done());
            CHECK(!server.is_open());
        } while (std::next_permutation(order.begin(), order.end()));
    });
}

TEST_CASE("the last handle of a connection closes it; a channel keeps it open")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        e.link.client = connection();
        co_await e.client.write("still here");
        std::string got(10, ' ');
        co_await e.server.read(room(got));
        CHECK(got == "still here");
        e.client = channel();
        const failure why = co_await e.link.server.wait_closed();
        CHECK(why.code() == errc::disconnected);
    });
}

TEST_CASE("handles can be dropped and connections closed by the application's own callbacks")
{
    run_test([]() -> awaitable<void> {
        struct owner {
            ends e;
            bool armed = false;
        };
        auto o = std::make_shared<owner>();
        auto on_line = [o](log_level, std::string_view line) {
            if (o->armed && line.find("] < ") != line.npos) { // in the middle of a packet
                o->armed = false;
                o->e.client = channel();
                o->e.link.client.close();
                o->e.link.client = connection();
            }
        };
        o->e = co_await channel_ends(server_setup(), client_setup().log(on_line, log_level::trace));
        o->armed = true;
        co_await o->e.server.write("data that the client gets to see as its last");
        const failure why = co_await o->e.link.server.wait_closed();
        CHECK(why.code() == errc::disconnected);
        CHECK(!o->armed);

        // The same while something is sent.
        auto on_sent = [o](log_level, std::string_view line) {
            if (o->armed && line.find("] > SSH_MSG_CHANNEL_DATA") != line.npos) {
                o->armed = false;
                o->e.client = channel();
                o->e.link.client = connection();
            }
        };
        o->e = co_await channel_ends(server_setup(), client_setup().log(on_sent, log_level::trace));
        o->armed = true;
        channel c = o->e.client;
        const std::string text = pattern(100'000);
        const failure f = co_await failure_of(c.write(text));
        c = channel();
        const failure gone = co_await o->e.link.server.wait_closed();
        CHECK(gone.code() == errc::disconnected);
        o->e = ends();
    });
}

TEST_CASE("functions of the application that throw do no harm to the connection")
{
    run_test([]() -> awaitable<void> {
        auto log = [](log_level, std::string_view) { throw std::runtime_error("log"); };
        auto banner = [](std::string_view) { throw std::runtime_error("banner"); };
        pair p = co_await connected(server_setup().banner("hello"), client_setup().log(log, log_level::trace).on_banner(banner));
        serve(p.server, echo);
        const run_result r = co_await p.client.run("cat", run_options().input("x"));
        CHECK(r.out == "x");

        struct thrower final : host_key_verifier {
            awaitable<failure> verify(host_identity) override { throw 5; }
        };
        auto streams = make_memory_streams(p.client.get_executor(), p.client.get_executor());
        beside serving = beside::start(p.client.get_executor(), accept(std::move(streams.first), server_setup()));
        const client_options trusting = client_options().user("tester").verifier(std::make_shared<thrower>());
        const failure f = co_await failure_of(connect(std::move(streams.second), "memory", trusting));
        CHECK(f.code() == errc::host_key_rejected);
        co_await settle();
        CHECK(serving.done());
    });
}

namespace {

awaitable<void> throw_after_read(channel c)
{
    std::string got(1, ' ');
    co_await c.read_some(room(got)); // woken by the driver's turn
    throw std::runtime_error("thrown in a turn");
}

std::string message_out_of_run(std::function<awaitable<void>()> test)
{
    asio::io_context ctx(1);
    const executor strand = asio::make_strand(ctx);
    asio::co_spawn(strand, test(), asio::detached);
    asio::steady_timer patience(ctx, std::chrono::seconds(30));
    patience.async_wait([&](const error_code&) { ctx.stop(); });
    try {
        ctx.run();
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return "nothing";
}

} // namespace

TEST_CASE("an exception of a spawned coroutine comes out of io_context::run(), also from inside a turn")
{
    CHECK(message_out_of_run([]() -> awaitable<void> {
              ends e = co_await channel_ends();
              spawn(e.client, throw_after_read(e.client));
              co_await e.server.write("x");
              co_await pause_for(std::chrono::seconds(20));
          })
          == "thrown in a turn");
    CHECK(message_out_of_run([]() -> awaitable<void> {
              const executor ex = co_await asio::this_coro::executor;
              auto thrower = []() -> awaitable<void> {
                  co_await settle();
                  throw std::runtime_error("thrown at ease");
              };
              spawn(ex, thrower());
              co_await pause_for(std::chrono::seconds(20));
          })
          == "thrown at ease");
}

TEST_CASE("a connection survives the exception of a coroutine that its turn ran")
{
    asio::io_context ctx(1);
    const executor strand = asio::make_strand(ctx);
    std::string out;
    auto test = [&]() -> awaitable<void> {
        ends e = co_await channel_ends();
        spawn(e.client, throw_after_read(e.client));
        co_await e.server.write("x");
        co_await settle();
        serve(e.link.server, echo);
        const run_result r = co_await e.link.client.run("cat", run_options().input("alive"));
        out = r.out;
        ctx.stop();
    };
    asio::co_spawn(strand, test(), asio::detached);
    CHECK_THROWS_AS(ctx.run(), std::runtime_error);
    ctx.restart();
    ctx.run_for(std::chrono::seconds(30));
    CHECK(out == "alive");
}

TEST_CASE("run() returns when its coroutine has ended, throws what left it, and lets the goodbye out")
{
    failure why;
    asio::io_context server_side(1);
    const executor there = asio::make_strand(server_side);
    auto serving = [&why](std::unique_ptr<byte_stream> s) -> awaitable<void> {
        server_connection c = co_await accept(std::move(s), server_setup());
        auto closed = c.wait_closed();
        why = co_await std::move(closed);
    };
    sshoal::run([&](executor ex) -> awaitable<void> {
        auto streams = make_memory_streams(there, ex);
        spawn(there, serving(std::move(streams.first)));
        auto logging_in = connect(std::move(streams.second), "memory", client_setup());
        auto stepping = [&]() -> awaitable<connection> {
            std::optional<connection> got;
            auto connecting = [&]() -> awaitable<void> { got = co_await std::move(logging_in); };
            asio::co_spawn(ex, connecting(), asio::detached);
            while (!got) {
                server_side.poll();
                server_side.restart();
                co_await asio::post(ex, asio::use_awaitable);
            }
            co_return std::move(*got);
        };
        connection c = co_await stepping();
        CHECK(c.is_open());
    });
    server_side.run_for(std::chrono::seconds(5));
    CHECK(why.code() == errc::disconnected);
    CHECK_THROWS_AS(sshoal::run([]() -> awaitable<void> {
                        co_await settle();
                        throw std::runtime_error("x");
                    }),
                    std::runtime_error);
}
