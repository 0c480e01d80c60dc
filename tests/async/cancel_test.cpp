// Cancellation: which types each operation honours, what becomes of bytes, replies and channels, and the race that loses none.
#include "ends.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>


using namespace rig;
using namespace asio::experimental::awaitable_operators;

namespace {

std::span<const std::byte> view(const std::string& s) { return std::as_bytes(std::span(s)); }

/// Lets sessions be opened and asked for, and decides about none.
void serve_nobody(server_connection c)
{
    auto wait = [](server_connection s) -> awaitable<void> {
        std::vector<session_request> kept;
        for (;;) {
            std::optional<session_request> q = co_await s.next_session();
            if (!q)
                break;
            kept.push_back(std::move(*q));
        }
    };
    spawn(c, wait(c));
}

} // namespace

TEST_CASE("waiting operations of a channel honour every type of cancellation")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends(server_setup().limits(window_of(50)), client_setup());
        std::string buffer(10, ' ');
        const std::string full = pattern(50);
        co_await e.client.write(view(full)); // the window is shut now
        channel_acceptor channels = e.link.client.listen_channels("back");
        request_acceptor requests = e.link.client.listen_requests("back");
        for (const auto type : {stop_total, stop_partial, stop_terminal}) {
            std::vector<beside> all;
            all.push_back(co_await beside::start_here(e.client.read_some(room(buffer))));
            all.push_back(co_await beside::start_here(e.client.read_some(room(buffer), data_stream::error)));
            all.push_back(co_await beside::start_here(e.client.write_some(view(full))));
            all.push_back(co_await beside::start_here(e.client.write(view(full))));
            all.push_back(co_await beside::start_here(e.client.wait_closed()));
            all.push_back(co_await beside::start_here(e.client.next_request()));
            all.push_back(co_await beside::start_here(e.client.request("unanswered")));
            all.push_back(co_await beside::start_here(e.link.client.wait_closed()));
            all.push_back(co_await beside::start_here(channels.accept()));
            all.push_back(co_await beside::start_here(requests.accept()));
            for (std::size_t i = 0; i < all.size(); ++i) {
                INFO("operation " << i);
                if (i != 6) // answered with a refusal: nobody listens for requests at the other end
                    CHECK(!all[i].done());
                all[i].cancel(type);
            }
            co_await settle();
            for (std::size_t i = 0; i < all.size(); ++i) {
                INFO("operation " << i);
                if (i == 6)
                    CHECK(all[i].done());
                else
                    CHECK(all[i].aborted());
            }
        }
        // And all of them can be started again.
        std::string got(50, ' ');
        const std::size_t n = co_await e.server.read(room(got));
        CHECK(n == 50);
        CHECK(got == full);
        co_await e.client.write("more");
        got.resize(4);
        co_await e.server.read(room(got));
        CHECK(got == "more");
    });
}

TEST_CASE("a second read on the same stream is refused, and a cancelled one leaves the place free")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        std::string one(5, ' '), two(5, ' ');
        beside first = co_await beside::start_here(e.server.read_some(room(one)));
        beside second = co_await beside::start_here(e.server.read_some(room(two)));
        CHECK(second.done());
        CHECK(second.result().code() == errc::operation_in_progress);
        first.cancel(stop_total);
        co_await settle();
        CHECK(first.aborted());
        second = co_await beside::start_here(e.server.read_some(room(two)));
        CHECK(!second.done());
        co_await e.client.write("abc");
        co_await settle();
        CHECK(second.done());
        CHECK(two.substr(0, 3) == "abc");
    });
}

TEST_CASE("a cancelled write says how much was taken, and exactly that arrives")
{
    run_test([]() -> awaitable<void> {
        for (const auto type : {stop_partial, stop_terminal}) {
            ends e = co_await channel_ends(server_setup().limits(window_of(1000)), client_setup());
            const std::string text = pattern(5000);
            std::size_t taken = 0;
            beside writing = co_await beside::start_here(e.client.write(view(text), data_stream::normal, &taken));
            CHECK(!writing.done());
            CHECK(taken == 1000);
            writing.cancel(stop_total); // not any more: some of it has gone
            co_await settle();
            CHECK(!writing.done());
            std::string got(1000, ' ');
            co_await e.server.read(room(got));
            co_await settle();
            CHECK(taken > 1000);
            writing.cancel(type);
            co_await settle();
            CHECK(writing.aborted());
            co_await e.client.send_eof();
            got += co_await read_all(e.server);
            CHECK(got.size() == taken);
            CHECK(got == text.substr(0, taken));
        }
    });
}

TEST_CASE("the late confirmation of an abandoned open is answered with CLOSE")
{
    run_test([]() -> awaitable<void> {
        for (const auto type : {stop_total, stop_partial, stop_terminal}) {
            pair p = co_await connected();
            channel_acceptor from = co_await listen_for(p.server, "test");
            beside opening = co_await beside::start_here(p.client.open_channel("test"));
            incoming_channel in = co_await from.accept();
            opening.cancel(type);
            co_await settle();
            CHECK(opening.aborted());
            channel late = in.accept();
            CHECK(late);
            co_await late.wait_closed();
            co_await settle();
            CHECK(p.client.stats().channels == 0);
            CHECK(p.client.is_open());
        }
    });
}

TEST_CASE("an abandoned request keeps its place in the order of the replies")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        for (const auto type : {stop_total, stop_partial, stop_terminal}) {
            beside asked = co_await beside::start_here(e.server.next_request());
            beside first = co_await beside::start_here(e.client.request("first"));
            CHECK(asked.done());
            first.cancel(type);
            co_await settle();
            CHECK(first.aborted());
            bool granted = true;
            auto second = [](channel c, bool& to) -> awaitable<void> { to = co_await c.request("second"); };
            beside asking = co_await beside::start_here(second(e.client, granted));
            const std::optional<channel_request> q2 = co_await e.server.next_request();
            REQUIRE(q2);
            CHECK(q2->type == "second");
            e.server.answer(*q2, false);
            channel_request q1 = *q2;
            q1.token = q2->token - 1;
            e.server.answer(q1, true);
            co_await settle();
            CHECK(asking.done());
            CHECK(!granted);
        }
    });
}

TEST_CASE("global requests, pings and key exchanges can be abandoned")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        request_acceptor requests = co_await listen_for_requests(p.server, "ask");
        for (const auto type : {stop_total, stop_partial, stop_terminal}) {
            beside asking = co_await beside::start_here(p.client.request("ask"));
            incoming_request in = co_await requests.accept();
            asking.cancel(type);
            co_await settle();
            CHECK(asking.aborted());
            in.answer(true, bytes_of("late"));
            const auto refused = co_await p.client.request("unknown");
            CHECK(!refused);
            beside pinging = beside::start(p.client.get_executor(), p.client.ping());
            beside rekeying = beside::start(p.client.get_executor(), p.client.rekey());
            pinging.cancel(type);
            rekeying.cancel(type);
            co_await settle();
            CHECK(pinging.done());
            CHECK(rekeying.done());
            const auto rtt = co_await p.client.ping();
            CHECK(rtt.count() > 0);
            co_await p.client.rekey();
        }
    });
}

TEST_CASE("programs: start, run and wait end when they are cancelled, and so do their channels")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve_nobody(p.server);
        for (const auto type : {stop_total, stop_partial, stop_terminal}) {
            beside starting
                = co_await beside::start_here(p.client.start("x", process_options().pty(terminal()).env("LANG", "C")));
            beside running = co_await beside::start_here(p.client.run("x"));
            CHECK(!starting.done());
            CHECK(!running.done());
            starting.cancel(type);
            running.cancel(type);
            co_await settle();
            CHECK(starting.aborted());
            CHECK(running.aborted());
        }
        co_await settle();
        CHECK(p.client.stats().channels == 0);
        pair q = co_await connected();
        serve(q.server, wait_for_end);
        for (const auto type : {stop_total, stop_partial, stop_terminal}) {
            process proc = co_await q.client.start("x");
            beside waiting = co_await beside::start_here(proc.wait());
            beside running = co_await beside::start_here(q.client.run("x", run_options().input(pattern(1000))));
            waiting.cancel(type);
            running.cancel(type);
            co_await settle();
            CHECK(waiting.aborted());
            CHECK(running.aborted());
        }
        co_await settle();
        CHECK(q.client.stats().channels == 0);
    });
}

TEST_CASE("connect() and accept() honour terminal cancellation only, and close the stream")
{
    run_test([]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        for (const bool client : {true, false}) {
            auto streams = make_memory_streams(here, here);
            beside logging_in = client ? beside::start(here, connect(std::move(streams.first), "memory", client_setup()))
                                       : beside::start(here, accept(std::move(streams.first), server_setup()));
            co_await settle();
            logging_in.cancel(stop_total);
            logging_in.cancel(stop_partial);
            co_await settle();
            CHECK(!logging_in.done());
            logging_in.cancel(stop_terminal);
            co_await settle();
            CHECK(logging_in.aborted());
            std::string got(1000, ' ');
            error_code ec;
            while (streams.second->try_read(room(got), ec) > 0)
                ;
            CHECK(ec == asio::error::eof);
        }
    });
}

TEST_CASE("a cancelled accept of a channel or request leaves it for the next one who asks")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel_acceptor channels = co_await listen_for(p.server, "test");
        request_acceptor requests = co_await listen_for_requests(p.server, "ask");
        for (int i = 0; i < 3; ++i) {
            beside waiting = co_await beside::start_here(channels.accept());
            beside other = co_await beside::start_here(channels.accept());
            beside opening = beside::start(p.client.get_executor(), p.client.open_channel("test"));
            beside asking = beside::start(p.client.get_executor(), p.client.request("ask"));
            beside listening = co_await beside::start_here(requests.accept());
            CHECK(listening.done());
            co_await settle();
            CHECK(waiting.done());
            CHECK(!other.done());
            other.cancel(stop_terminal);
            co_await settle();
            CHECK(other.aborted());
            CHECK(opening.done()); // dropped undecided, so refused
            CHECK(opening.result().code() == errc::channel_open_refused);
        }
    });
}

namespace {

/// Lets others go first, n times.
awaitable<void> step_aside(std::size_t n)
{
    const executor ex = co_await asio::this_coro::executor;
    for (std::size_t i = 0; i < n; ++i)
        co_await asio::post(ex, asio::use_awaitable);
}

/// Reads single bytes under a constant fire of cancellations, as `read || timer` would be used, and checks that the sequence has
/// no gap. What the read races against takes a varying number of steps, so that it strikes before, in and after the turn in which
/// a byte arrives.
awaitable<void> read_under_fire(channel c, std::size_t messages, std::size_t& cancelled, std::atomic<std::size_t>& next)
{
    std::string got(4, ' ');
    for (std::size_t round = 0; next < messages; ++round) {
        std::size_t n = 0;
        auto race = c.read_some(room(got)) || step_aside(round % 7 + 1);
        auto result = co_await std::move(race);
        if (result.index() == 0)
            n = std::get<0>(result);
        else
            ++cancelled;
        for (std::size_t i = 0; i < n; ++i, ++next)
            if (got[i] != char(next % 251))
                throw std::runtime_error("byte " + std::to_string(next) + " is missing");
    }
}

/// Never far ahead of the reader, or the reader would have nothing to wait for.
awaitable<void> write_singly(channel c, std::size_t messages, const std::atomic<std::size_t>& taken)
{
    for (std::size_t i = 0; i < messages; ++i) {
        while (i > taken + i % 3)
            co_await step_aside(1);
        const std::byte b{static_cast<unsigned char>(i % 251)};
        co_await c.write(std::span(&b, 1));
        co_await step_aside(i % 5);
    }
}

std::size_t lost_byte_race(unsigned threads, std::size_t messages, bool on_own_strand)
{
    std::size_t cancelled = 0;
    std::atomic<std::size_t> taken{0};
    auto test = [&]() -> awaitable<void> {
        ends e = co_await channel_ends();
        const executor here = co_await asio::this_coro::executor;
        const executor other = another_strand(here);
        auto reading = asio::co_spawn(on_own_strand ? e.server.get_executor() : other,
                                      read_under_fire(e.server, messages, cancelled, taken), asio::use_awaitable);
        auto both = std::move(reading) && write_singly(e.client, messages, taken);
        co_await std::move(both);
    };
    run_test(test, threads);
    return cancelled;
}

} // namespace

TEST_CASE("20,000 single bytes, a reader under constant cancellation: none is lost")
{
    CHECK(lost_byte_race(1, 20'000, true) > 100);
}

TEST_CASE("the same with two threads, on the channel's strand and on another") // fewer bytes: each read crosses threads
{
    CHECK(lost_byte_race(2, 10'000, true) > 10);
    CHECK(lost_byte_race(2, 5'000, false) > 10);
}
