// Acceptors: each type of channel and each name of a request has a queue, a bound and a lifetime of its own, and nothing that
// arrives with the end of the log-in is lost.
#include "ends.hpp"

#include "sshoal/byte_stream.hpp"

using namespace rig;

namespace {

/// A stream whose bytes do not arrive while it is shut.
class lock_gate final : public byte_stream {
public:
    lock_gate(std::unique_ptr<byte_stream> s, std::shared_ptr<bool> shut) : stream_(std::move(s)), shut_(std::move(shut)) {}

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override
    {
        if (!*shut_)
            return stream_->try_read(into, ec);
        ec = asio::error::would_block;
        return 0;
    }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override { return stream_->try_write(from, ec); }
    awaitable<error_code> wait_readable() override
    {
        while (*shut_ && !closed_)
            co_await pause_for(std::chrono::milliseconds(1));
        if (closed_)
            co_return error_code(asio::error::operation_aborted);
        const error_code ec = co_await stream_->wait_readable();
        co_return ec;
    }
    awaitable<error_code> wait_writable() override { return stream_->wait_writable(); }
    void close() noexcept override
    {
        closed_ = true;
        stream_->close();
    }

private:
    std::unique_ptr<byte_stream> stream_;
    std::shared_ptr<bool> shut_;
    bool closed_ = false;
};

open_failure reason_of(const failure& f)
{
    for (const auto r : {open_failure::administratively_prohibited, open_failure::connect_failed,
                         open_failure::unknown_channel_type, open_failure::resource_shortage})
        if (f.context().starts_with(make_error_code(r).message()))
            return r;
    FAIL("no reason in \"" << f.context() << '"');
    return {};
}

awaitable<void> accept_and_speak(std::unique_ptr<byte_stream> s, server_options o, std::shared_ptr<bool> shut)
{
    server_connection c = co_await accept(std::move(s), std::move(o));
    co_await c.notify("hello@example.org", bytes_of("from the first moment"));
    auto opening = beside::start(c.get_executor(), c.open_channel("early@example.org"));
    co_await settle();
    *shut = false; // SUCCESS, the request and the open are read at once
    co_await c.wait_closed();
    CHECK(opening.done());
}

} // namespace

TEST_CASE("what arrives in the same read as the end of log-in waits where it was declared")
{
    run_test([]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        auto streams = make_memory_streams(here, here);
        const auto shut = std::make_shared<bool>(false);
        auto deciding = [shut](auth_request r) -> awaitable<auth_decision> {
            *shut = r.what == auth_request::kind::key;
            co_return auth_decision::accept();
        };
        auto server = server_setup();
        server.authenticator(auth_function(deciding));
        auto serving = beside::start(here, accept_and_speak(std::move(streams.second), std::move(server), shut));
        auto client = client_setup();
        client.listen_requests("hello@example.org").listen_channels("early@example.org");
        std::unique_ptr<byte_stream> through = std::make_unique<lock_gate>(std::move(streams.first), shut);
        connection c = co_await connect(std::move(through), "memory", std::move(client));
        request_acceptor greetings = c.listen_requests("hello@example.org");
        std::optional<incoming_request> greeting = greetings.try_accept();
        REQUIRE(greeting);
        CHECK(greeting->name == "hello@example.org");
        CHECK(text_of(greeting->body) == "from the first moment");
        channel_acceptor channels = c.listen_channels("early@example.org");
        std::optional<incoming_channel> early = channels.try_accept();
        REQUIRE(early);
        CHECK(early->accept());
        c.close();
        co_await settle();
    });
}

TEST_CASE("each type of channel has a queue of its own")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel_acceptor one = p.client.listen_channels("one");
        channel_acceptor two = p.client.listen_channels("two");
        beside first = beside::start(p.server.get_executor(), p.server.open_channel("one"));
        beside second = beside::start(p.server.get_executor(), p.server.open_channel("two", bytes_of("2")));
        incoming_channel b = co_await two.accept();
        CHECK(b.type == "two");
        CHECK(text_of(b.body) == "2");
        incoming_channel a = co_await one.accept();
        CHECK(a.type == "one");
        CHECK(!two.try_accept());
        channel ca = a.accept();
        channel cb = b.accept();
        co_await settle();
        CHECK(first.done());
        CHECK(second.done());
        CHECK(!second.result());
    });
}

TEST_CASE("an acceptor's queue is bounded, whatever waits for others")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel_acceptor narrow = p.client.listen_channels("narrow", 2);
        channel_acceptor other = p.client.listen_channels("other");
        std::vector<beside> waiting;
        for (int i = 0; i < 2; ++i)
            waiting.push_back(beside::start(p.server.get_executor(), p.server.open_channel("narrow")));
        co_await settle();
        const failure full = co_await failure_of(p.server.open_channel("narrow"));
        CHECK(full.code() == errc::channel_open_refused);
        CHECK(reason_of(full) == open_failure::resource_shortage);
        beside elsewhere = beside::start(p.server.get_executor(), p.server.open_channel("other"));
        incoming_channel in = co_await other.accept();
        channel taken = in.accept();
        co_await settle();
        CHECK(elsewhere.done());
        CHECK(!elsewhere.result());
        CHECK(!waiting[0].done());

        request_acceptor requests = p.client.listen_requests("ask", 1);
        beside asked = beside::start(p.server.get_executor(), p.server.request("ask"));
        co_await settle();
        co_await p.server.notify("ask"); // one too many: not kept
        incoming_request first = co_await requests.accept();
        CHECK(first.want_reply);
        CHECK(!requests.try_accept());
        first.answer(true);
        co_await settle();
        CHECK(asked.done());
    });
}

TEST_CASE("a type is refused again when its acceptor has gone, and so is what waits for it")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        for (const bool by_close : {true, false}) {
            channel_acceptor from = p.client.listen_channels("test");
            request_acceptor asked = p.client.listen_requests("ask");
            CHECK_THROWS_AS(p.client.listen_channels("test"), error);
            CHECK_THROWS_AS(p.client.listen_requests("ask"), error);
            beside waiting = beside::start(p.server.get_executor(), p.server.open_channel("test"));
            std::optional<std::vector<std::byte>> reply(std::in_place);
            auto ask = [](connection c, std::optional<std::vector<std::byte>>& to) -> awaitable<void> {
                to = co_await c.request("ask");
            };
            beside asking = beside::start(p.server.get_executor(), ask(p.server, reply));
            co_await settle();
            CHECK(!waiting.done());
            channel_acceptor copy = from;
            from = channel_acceptor();
            co_await settle();
            CHECK(!waiting.done()); // a copy is left
            if (by_close) {
                copy.close();
                asked.close();
                const failure over = co_await failure_of(copy.accept());
                CHECK(over.code() == errc::closed);
            } else {
                copy = channel_acceptor();
                asked = request_acceptor();
            }
            co_await settle();
            REQUIRE(waiting.done());
            CHECK(reason_of(waiting.result()) == open_failure::administratively_prohibited);
            REQUIRE(asking.done());
            CHECK(!reply);
            const failure later = co_await failure_of(p.server.open_channel("test"));
            CHECK(reason_of(later) == open_failure::unknown_channel_type);
            const auto refused = co_await p.server.request("ask");
            CHECK(!refused);
        }
        CHECK(p.client.is_open());
    });
}

TEST_CASE("closing an acceptor ends the coroutine that waits at it")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel_acceptor from = p.client.listen_channels("test");
        beside waiting = co_await beside::start_here(from.accept());
        beside other = co_await beside::start_here(from.accept());
        from.close();
        co_await settle();
        CHECK(waiting.result().code() == errc::closed);
        CHECK(other.result().code() == errc::closed);
        channel_acceptor anew = p.client.listen_channels("test");
        beside opening = beside::start(p.server.get_executor(), p.server.open_channel("test"));
        incoming_channel in = co_await anew.accept();
        in.refuse(open_failure::connect_failed);
        co_await settle();
        CHECK(reason_of(opening.result()) == open_failure::connect_failed);
    });
}

TEST_CASE("sessions are not taken from a server by an acceptor")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        const failure f = co_await failure_of(listen_for(p.server, "session"));
        CHECK(f.code() == errc::invalid_argument);
        const failure g = co_await failure_of(listen_for_requests(p.server, "no-more-sessions@openssh.com"));
        CHECK(g.code() == errc::invalid_argument);
        const failures h = co_await failed_to_connect(server_setup().listen_channels("session"), client_setup());
        CHECK(h.server.code() == errc::invalid_argument);
    });
}

TEST_CASE("the body of a confirmation reaches the end that opened the channel")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel_acceptor from = p.client.listen_channels("test");
        for (const std::string said : {"port 17", ""}) {
            channel opened;
            auto open = [](connection c, channel& to) -> awaitable<void> { to = co_await c.open_channel("test"); };
            beside opening = beside::start(p.server.get_executor(), open(p.server, opened));
            incoming_channel in = co_await from.accept();
            channel mine = in.accept(bytes_of(said));
            co_await settle();
            REQUIRE(opening.done());
            CHECK(text_of(opened.confirmation()) == said);
            CHECK(mine.confirmation().empty());
        }
    });
}

TEST_CASE("an acceptor keeps its connection")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        channel_acceptor from = p.client.listen_channels("test");
        p.client = connection();
        beside opening = beside::start(p.server.get_executor(), p.server.open_channel("test"));
        incoming_channel in = co_await from.accept();
        from = channel_acceptor();
        channel last = in.accept();
        CHECK(last);
        in = incoming_channel();
        co_await settle();
        CHECK(p.server.is_open());
        last = channel();
        const failure why = co_await p.server.wait_closed();
        CHECK(why.code() == errc::disconnected);
    });
}
