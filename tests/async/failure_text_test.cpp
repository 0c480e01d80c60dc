// What failures say to people: which host, how long, and what may help; and arguments that are refused before anything is sent.
#include "ends.hpp"
#include "sshoal/deadline.hpp"

using namespace rig;

namespace {

bool has(const failure& f, std::string_view part) { return f.message().find(part) != std::string::npos; }

/// The first read fails.
class failing_stream final : public byte_stream {
public:
    explicit failing_stream(error_code why) : why_(why) {}
    std::size_t try_read(std::span<std::byte>, error_code& ec) override
    {
        ec = why_;
        return 0;
    }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        ec = {};
        return from.size();
    }
    awaitable<error_code> wait_readable() override { co_return error_code(); }
    awaitable<error_code> wait_writable() override { co_return error_code(); }
    void close() noexcept override {}

private:
    error_code why_;
};

awaitable<failure> failure_over(error_code why)
{
    failure f = co_await failure_of(connect(std::make_unique<failing_stream>(why), "h", client_setup()));
    co_return f;
}

awaitable<void> refuse_one(channel_acceptor from, open_failure reason, std::string text)
{
    incoming_channel c = co_await from.accept();
    c.refuse(reason, std::move(text));
}

} // namespace

TEST_CASE("the failure that ended a connection begins with its name, once")
{
    run_test([]() -> awaitable<void> {
        const std::string name = "tester@memory:22: ";
        pair p = co_await connected();
        channel c = co_await p.client.open_channel("session");
        p.server.disconnect(disconnect_reason::by_application, "good night");
        const failure why = co_await p.client.wait_closed();
        CHECK(why.code() == errc::disconnected);
        CHECK(why.message() == name + "reason 11: good night: the peer disconnected");
        std::string buffer(10, ' ');
        failure f = co_await failure_of(c.read_some(room(buffer)));
        CHECK(f.message() == why.message());
        f = co_await failure_of(p.client.run("x"));
        CHECK(f.message() == why.message());
        f = co_await failure_of(p.client.ping());
        CHECK(f.message() == why.message());
        // A server has no such name.
        p = co_await connected();
        p.client.close();
        const failure of_server = co_await p.server.wait_closed();
        CHECK(of_server.context().find("tester@") == std::string::npos);
        f = co_await failure_of(p.client.run("x"));
        CHECK(f.code() == errc::closed);
        CHECK(f.message() == name + "connection is closed");
        // And before the end of the log-in it is connect() that writes the name.
        server_options strict = server_setup();
        strict.authenticator([](auth_request) -> awaitable<auth_decision> { co_return auth_decision::reject(); });
        const failures both_ends = co_await failed_to_connect(strict, client_setup());
        CHECK(both_ends.client.message().find(name) == 0);
        CHECK(both_ends.client.message().find("tester@", 1) == std::string::npos);
    });
}

TEST_CASE("the log names the connection once, too")
{
    run_test([]() -> awaitable<void> {
        const auto lines = std::make_shared<std::vector<std::string>>();
        const log_function to = [lines](log_level, std::string_view line) { lines->emplace_back(line); };
        pair p = co_await connected(server_setup(), client_setup().log(to, log_level::info));
        p.server.disconnect(disconnect_reason::by_application, "good night");
        co_await p.client.wait_closed();
        REQUIRE(!lines->empty());
        CHECK(lines->back().find("connection ended: the peer disconnected: reason 11: good night") != std::string::npos);
        CHECK(lines->back().find("tester@memory:22") == std::string::npos);
    });
}

namespace {

/// Waits until it is cancelled, and says something about it.
awaitable<void> cancelled_with(std::string text)
{
    std::exception_ptr thrown;
    try {
        co_await pause_for(std::chrono::hours(1));
    } catch (...) {
        thrown = std::current_exception();
    }
    throw error(failure(error_code(asio::error::operation_aborted), std::move(text)));
}

} // namespace

TEST_CASE("within() says how long it waited")
{
    run_test([]() -> awaitable<void> {
        using namespace std::chrono_literals;
        failure f = co_await failure_of(within(20ms, pause_for(1h)));
        CHECK(f.code() == errc::timed_out);
        CHECK(f.context() == "not done within 20 ms");
        f = co_await failure_of(within(1500us, pause_for(1h)));
        CHECK(f.context() == "not done within 1500 us");
        f = co_await failure_of(within(1s, pause_for(1h)));
        CHECK(f.context() == "not done within 1 s");
        f = co_await failure_of(within(20ms, cancelled_with("the program has ended")));
        CHECK(f.context() == "not done within 20 ms: the program has ended");
        f = co_await failure_of(within(0s, pause_for(1h)));
        CHECK(f.context() == "not done within 0 ns");
    });
}

TEST_CASE("a session that is refused as OpenSSH does it has the hint about MaxSessions")
{
    run_test([]() -> awaitable<void> {
        // The client plays the server that refuses.
        const auto hinted = [](std::string type, open_failure reason, std::string text) -> awaitable<bool> {
            pair p = co_await connected();
            channel_acceptor from = co_await listen_for(p.client, type);
            beside refusing = beside::start(p.client.get_executor(), refuse_one(from, reason, std::move(text)));
            const failure f = co_await failure_of(p.server.open_channel(type));
            CHECK(f.code() == errc::channel_open_refused);
            co_return has(f, "(MaxSessions)");
        };
        bool hint = co_await hinted("session", open_failure::connect_failed, "open failed");
        CHECK(hint);
        hint = co_await hinted("session", open_failure::administratively_prohibited, "open failed");
        CHECK(hint);
        hint = co_await hinted("session", open_failure::administratively_prohibited, "no");
        CHECK(!hint);
        hint = co_await hinted("other", open_failure::connect_failed, "open failed");
        CHECK(!hint);
    });
}

TEST_CASE("a NUL in a command, a name or a value is refused before anything is sent")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        const std::string bad("a\0b", 3);
        const std::uint64_t before = p.client.stats().channels_opened;
        failure f = co_await failure_of(p.client.run(bad));
        CHECK(f.code() == errc::invalid_argument);
        CHECK(has(f, "the command \"a\\x00b\" has a NUL"));
        f = co_await failure_of(p.client.start(bad));
        CHECK(f.code() == errc::invalid_argument);
        f = co_await failure_of(p.client.start_subsystem(bad));
        CHECK(has(f, "the subsystem"));
        f = co_await failure_of(p.client.run("x", run_options().env(bad, "v")));
        CHECK(has(f, "the variable"));
        f = co_await failure_of(p.client.start_shell(process_options().env("NAME", bad)));
        CHECK(has(f, "the value of the variable NAME, \"a\\x00b\""));
        CHECK(p.client.stats().channels_opened == before);
        serve(p.server, echo);
        const run_result r = co_await p.client.run("x", run_options().input("still there"));
        CHECK(r.out == "still there");
    });
}

TEST_CASE("a server that turns clients away before it has identified itself may be full")
{
    run_test([]() -> awaitable<void> {
        const std::string hint = " before it identified itself: is it full (MaxStartups), or does it block this address?";
        failure f = co_await failure_over(asio::error::connection_reset);
        CHECK(f.code() == errc::connection_lost);
        CHECK(f.message() == "tester@h:22: Connection reset by peer" + hint + ": connection lost");
        f = co_await failure_over(asio::error::eof);
        CHECK(f.message() == "tester@h:22: the peer closed the stream" + hint + ": connection lost");
        f = co_await failure_over(asio::error::network_down);
        CHECK(f.message() == "tester@h:22: Network is down before it identified itself: connection lost");
    });
}

TEST_CASE("connect() names an address once")
{
    run_test([]() -> awaitable<void> {
        failure f = co_await failure_of(connect("127.0.0.1", client_setup().port(9)));
        CHECK(f.message() == "tester@127.0.0.1:9: Connection refused");
        f = co_await failure_of(connect("localhost", client_setup().port(9).dial(dial_options().family(address_family::ipv4))));
        CHECK(f.message() == "tester@localhost:9: 127.0.0.1 port 9: Connection refused");
        f = co_await failure_of(connect("no-such-host.invalid", client_setup()));
        CHECK(f.message().starts_with("tester@no-such-host.invalid:22: "));
        CHECK(f.message().find("no-such-host", 20) == std::string::npos);
    });
}
