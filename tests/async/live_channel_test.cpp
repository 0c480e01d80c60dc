// What can be asked of a channel and a connection that are open already, and the options of open_channel().
#include "ends.hpp"
#include "sshoal/run_on.hpp"

using namespace rig;
using namespace std::chrono_literals;

namespace {

awaitable<channel> accept_next(channel_acceptor a)
{
    incoming_channel in = co_await a.accept();
    co_return in.accept();
}

/// A channel that the client has opened with these options.
awaitable<ends> ends_with(channel_options o, client_options c = client_setup())
{
    ends e;
    e.link = co_await connected(server_setup(), std::move(c));
    channel_acceptor a = co_await listen_for(e.link.server, "test");
    auto accepting = on_strand(e.link.server.get_executor(), accept_next(std::move(a)));
    auto opening = both(e.link.client.open_channel("test", {}, std::move(o)), std::move(accepting));
    auto opened = co_await std::move(opening);
    e.client = std::move(opened.first);
    e.server = std::move(opened.second);
    co_return std::move(e);
}

/// Waits until everything that the server has sent on the channel is here.
awaitable<void> all_here(ends& e)
{
    const bool granted = co_await e.client.request("nothing");
    CHECK_FALSE(granted);
}

} // namespace

TEST_CASE("queued() counts what waits, on either stream")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        CHECK(e.client.queued() == 0);
        CHECK(channel().queued() == 0);
        co_await e.server.write("12345");
        co_await e.server.write("123", data_stream::error);
        co_await all_here(e);
        CHECK(e.client.queued() == 5);
        CHECK(e.client.queued(data_stream::error) == 3);
        std::string two(2, ' ');
        CHECK(e.client.try_read(room(two)) == 2);
        CHECK(e.client.queued() == 3);
    });
}

TEST_CASE("stderr of an open channel can be merged from now on")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        co_await e.server.write("early", data_stream::error);
        co_await all_here(e);
        e.client.merge_stderr();
        co_await e.server.write("out ");
        co_await e.server.write("err ", data_stream::error);
        co_await e.server.write("out");
        co_await e.server.send_eof();
        const std::string out = co_await e.client.read_all();
        const std::string err = co_await e.client.read_all(data_stream::error);
        CHECK(out == "out err out");
        CHECK(err == "early");
    });
}

TEST_CASE("stderr of an open channel can be dropped, what waits included")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends(server_setup(), client_setup().limits(window_of(1000)));
        const executor theirs = e.server.get_executor();
        const std::string much = pattern(20'000);
        beside writing = beside::start(theirs, e.server.write(much, data_stream::error));
        co_await all_here(e);
        CHECK(e.client.queued(data_stream::error) == 1000);
        CHECK_FALSE(writing.done());
        e.client.discard_stderr();
        CHECK(e.client.queued(data_stream::error) == 0);
        while (!writing.done())
            co_await all_here(e);
        CHECK_FALSE(writing.result());
        CHECK(e.client.queued(data_stream::error) == 0);
    });
}

TEST_CASE("a channel knows its connection, on both ends")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        CHECK(e.client.connection().number() == e.link.client.number());
        CHECK(e.server.connection().number() == e.link.server.number());
        CHECK_FALSE(channel().connection());
        connection again = e.client.connection();
        e.link.client = connection();
        const auto took = co_await again.ping();
        CHECK(took.count() > 0);
    });
}

TEST_CASE("a window of the channel's own stays as it is, small or large, until it is widened")
{
    run_test([]() -> awaitable<void> {
        for (const std::uint32_t size : {500u, 1'000'000u}) {
            ends e = co_await ends_with(channel_options().window(size));
            CHECK(e.server.info().send_window == size);
            CHECK(e.client.info().receive_window == size);
            const std::string much = pattern(std::size_t(size) * 5);
            const executor theirs = e.server.get_executor();
            beside writing = beside::start(theirs, e.server.write(much));
            std::string got(much.size(), ' ');
            const std::size_t n = co_await e.client.read(room(got));
            CHECK(n == much.size());
            CHECK(got == much);
            CHECK(e.client.info().receive_window == size);
            e.client.widen_window(2 * size);
            CHECK(e.client.info().receive_window == 2 * size);
        }
    });
}

TEST_CASE("windows of their own take from the budget what is above the initial size, and give it back")
{
    run_test([]() -> awaitable<void> {
        limits l;
        l.initial_window = 1000;
        l.max_window = 100'000;
        l.window_budget = 50'000;
        pair p = co_await connected(server_setup(), client_setup().limits(l));
        serve(p.server, wait_for_end);
        for (int round = 0; round < 3; ++round) {
            channel small = co_await p.client.open_channel("session", {}, channel_options().window(10));
            channel large = co_await p.client.open_channel("session", {}, channel_options().window(90'000));
            channel third = co_await p.client.open_channel("session", {}, channel_options().window(90'000));
            CHECK(small.info().receive_window == 10);
            CHECK(large.info().receive_window == 51'000);
            CHECK(third.info().receive_window == 1000);
            small.close();
            large.close();
            third.close();
            co_await small.wait_closed();
            co_await large.wait_closed();
            co_await third.wait_closed();
        }
    });
}

TEST_CASE("packets are no larger than the channel's own limit, in both directions")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await ends_with(channel_options().max_packet(100));
        const std::string text = pattern(1000);
        const auto packets_before = e.link.client.stats().packets_in;
        co_await e.server.write(text);
        std::string got(text.size(), ' ');
        co_await e.client.read(room(got));
        CHECK(got == text);
        CHECK(e.link.client.stats().packets_in - packets_before >= 10);
        const auto sent_before = e.link.client.stats().packets_out;
        co_await e.client.write(text);
        CHECK(e.link.client.stats().packets_out - sent_before >= 10);
    });
}

TEST_CASE("a channel's name is in its events and in the log")
{
    run_test([]() -> awaitable<void> {
        std::string lines;
        auto note = [&lines](log_level, std::string_view text) { lines += std::string(text) + "\n"; };
        {
            ends e = co_await ends_with(channel_options().name("back\nup"), client_setup().log(note, log_level::debug));
            CHECK(lines.find("channel 0 (back\\x0aup) of type \"test\" is open") != std::string::npos);
            e.client.set_name("restore");
            e.client.close();
            co_await e.client.wait_closed();
        }
        CHECK(lines.find("channel 0 (restore) is closed") != std::string::npos);
    });
}

TEST_CASE("a channel of the peer has the name that it is given as soon as it is accepted")
{
    run_test([]() -> awaitable<void> {
        std::string lines;
        auto note = [&lines](log_level, std::string_view text) { lines += std::string(text) + "\n"; };
        {
            ends e = co_await channel_ends(server_setup().log(note, log_level::debug));
            e.server.set_name("incoming");
            e.server.close();
            co_await e.client.wait_closed();
            co_await e.server.wait_closed();
        }
        CHECK(lines.find("channel 0 (incoming) is closed") != std::string::npos);
    });
}

TEST_CASE("keepalive can be switched on and off while the connection is open")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        const auto before = p.client.stats().packets_out;
        p.client.set_keepalive(10ms);
        while (p.client.stats().packets_out < before + 3) // the server answers, so the connection goes on
            co_await pause_for(5ms);
        p.client.set_keepalive(0ms);
        co_await settle();
        const auto then = p.client.stats().packets_out;
        co_await pause_for(50ms);
        CHECK(p.client.stats().packets_out == then);
        CHECK(p.client.is_open());
        connection().set_keepalive(1s);
    });
}

TEST_CASE("a channel's timeout ends reads and writes that wait, and nothing is lost")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends(server_setup().limits(window_of(1000)));
        e.client.set_timeout(30ms);
        std::string got(100, ' ');
        failure f = co_await failure_of(e.client.read_some(room(got)));
        CHECK(f.code() == errc::timed_out);
        CHECK(f.context() == "no data within 30 ms");
        f = co_await failure_of(e.client.read_some(room(got), data_stream::error));
        CHECK(f.code() == errc::timed_out);
        std::size_t taken = 0;
        const std::string much = pattern(5000);
        f = co_await failure_of(e.client.write(std::as_bytes(std::span(much)), data_stream::normal, &taken));
        CHECK(f.code() == errc::timed_out);
        CHECK(taken == 1000);
        // What comes in time is not late, however long it takes as a whole.
        const executor theirs = e.server.get_executor();
        auto slowly = [](channel c) -> awaitable<void> {
            for (int i = 0; i < 6; ++i) {
                co_await pause_for(10ms);
                co_await c.write("12345");
            }
        };
        beside writing = beside::start(theirs, slowly(e.server));
        e.client.set_timeout(5s);
        std::string all(30, ' ');
        const std::size_t n = co_await e.client.read(room(all));
        CHECK(n == 30);
        e.client.set_timeout(0ms);
        const bool ended = co_await ends_within(60ms, e.client.read_some(room(got)));
        CHECK_FALSE(ended);
        CHECK(e.client.connection().is_open());
        channel().set_timeout(1s);
    });
}

TEST_CASE("the options' timeout holds for each channel of either end, until the channel has one of its own")
{
    run_test([]() -> awaitable<void> {
        limits quick, usual;
        quick.channel_timeout = 30ms;
        for (const bool by_client : {true, false}) {
            ends e = co_await channel_ends(server_setup().limits(by_client ? usual : quick),
                                           client_setup().limits(by_client ? quick : usual));
            channel mine = by_client ? e.client : e.server, theirs = by_client ? e.server : e.client;
            std::string got(100, ' ');
            failure f = co_await failure_of(mine.read_some(room(got)));
            CHECK(f.code() == errc::timed_out);
            CHECK(f.context() == "no data within 30 ms");
            f = co_await failure_of(mine.read_line());
            CHECK(f.code() == errc::timed_out);
            bool ended = co_await ends_within(60ms, theirs.read_some(room(got)));
            CHECK_FALSE(ended);
            mine.set_timeout(0ms);
            ended = co_await ends_within(60ms, mine.read_some(room(got)));
            CHECK_FALSE(ended);
            mine.set_timeout(20ms);
            f = co_await failure_of(mine.read_some(room(got)));
            CHECK(f.context() == "no data within 20 ms");
            co_await theirs.write("late");
            std::size_t n = 0;
            while (n < 4)
                n += co_await mine.read_some(room(got));
            CHECK(got.substr(0, 4) == "late");
            CHECK(mine.connection().is_open());
        }
    });
}

TEST_CASE("timeouts of several channels are told apart")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        serve(p.server, wait_for_end);
        channel quick = co_await p.client.open_channel("session");
        channel slow = co_await p.client.open_channel("session");
        quick.set_timeout(5ms);
        slow.set_timeout(500ms);
        std::string got(10, ' ');
        beside second = co_await beside::start_here(slow.read_some(std::span(got)));
        for (int i = 0; i < 3; ++i) {
            std::string mine(10, ' ');
            const failure f = co_await failure_of(quick.read_some(std::span(mine)));
            CHECK(f.code() == errc::timed_out);
            CHECK_FALSE(second.done());
        }
        while (!second.done())
            co_await pause_for(5ms);
        CHECK(second.result().code() == errc::timed_out);
    });
}
