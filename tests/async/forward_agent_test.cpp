// The agent that a client lends to its sessions, and the socket that the server makes for it.
#include "forward_scene.hpp"

#include "session_bodies.hpp"
#include "sshoal/dial.hpp"
#include "sshoal/forward_session.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace rig;

namespace {

awaitable<void> show_agent(server_session s, session_request q)
{
    std::string shown;
    for (const auto& [name, value] : q.env)
        if (name == "SSH_AUTH_SOCK")
            shown = value;
    co_await s.write(shown);
    co_await s.exit(0);
}

awaitable<std::string> socket_of_session(connection c)
{
    auto running = c.run("x");
    const run_result r = co_await std::move(running);
    co_return r.out;
}

/// A folder for the socket of an agent.
struct agent_place {
    std::string folder, path;
    agent_place()
    {
        char name[] = P_tmpdir "/sshoal-test-XXXXXX";
        folder = ::mkdtemp(name);
        path = folder + "/agent";
    }
    agent_place(const agent_place&) = delete;
    ~agent_place()
    {
        ::unlink(path.c_str());
        ::rmdir(folder.c_str());
    }
};

unsigned mode_of(const std::string& path)
{
    struct ::stat what = {};
    return ::lstat(path.c_str(), &what) == 0 ? unsigned(what.st_mode & 07777) : 0;
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

const forward::serve_options with_agent = forward::serve_options().agent();

} // namespace

TEST_CASE("agent: the sessions of a connection share a socket that only its owner can reach, and it goes with the connection")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends(with_agent);
        serve(p.link.server, show_agent);
        const executor ex = co_await asio::this_coro::executor;
        const agent_place place;
        echo_host host(ex, listen_address::unix_socket(place.path));
        auto before = socket_of_session(p.link.client);
        std::string socket = co_await std::move(before);
        CHECK(socket.empty());

        auto beginning = forward::agent(p.link.client, place.path);
        forward::forwarding lent = co_await std::move(beginning);
        auto asking = socket_of_session(p.link.client);
        socket = co_await std::move(asking);
        REQUIRE(exists(socket));
        CHECK(mode_of(socket) == 0600);
        const std::string folder = socket.substr(0, socket.rfind('/'));
        CHECK(mode_of(folder) == 0700);
        auto talking = ask(endpoint::unix_socket(socket), "who are you");
        const std::string answer = co_await std::move(talking);
        CHECK(answer == "who are you.");
        CHECK(lent.count().opened == 1);
        CHECK(p.served.count().opened == 1);
        auto asking_again = socket_of_session(p.link.client);
        const std::string second = co_await std::move(asking_again);
        CHECK(second == socket);

        SECTION("a client that lends no more")
        {
            lent = forward::forwarding();
            auto after = socket_of_session(p.link.client);
            const std::string none = co_await std::move(after);
            CHECK(none.empty());
            auto refused = ask(endpoint::unix_socket(socket), "x");
            const std::string nothing = co_await std::move(refused);
            CHECK(nothing.find('.') == std::string::npos);
            p.link.client.close();
        }
        SECTION("the end of the connection")
        {
            p.link.client.close();
        }
        SECTION("a server that forwards no more")
        {
            p.served.stop();
        }
        co_await come_true([&] { return !exists(socket) && !exists(folder); });
    });
}

TEST_CASE("agent: an application's own agent")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends(with_agent);
        serve(p.link.server, show_agent);
        echo_host host = co_await echo_at_port();
        bool works = true;
        forward::stream_source source = [&]() -> awaitable<std::unique_ptr<byte_stream>> {
            if (!works)
                throw std::runtime_error("no agent today");
            auto connecting = connect_stream(host.at());
            std::unique_ptr<byte_stream> s = co_await std::move(connecting);
            co_return std::move(s);
        };
        auto beginning = forward::agent(p.link.client, source);
        const forward::forwarding lent = co_await std::move(beginning);
        auto asking = socket_of_session(p.link.client);
        const std::string socket = co_await std::move(asking);
        auto talking = ask(endpoint::unix_socket(socket), "x");
        std::string answer = co_await std::move(talking);
        CHECK(answer == "x.");
        works = false;
        auto talking_again = ask(endpoint::unix_socket(socket), "x");
        answer = co_await std::move(talking_again);
        CHECK(answer.find('.') == std::string::npos);
        CHECK(lent.count().refused == 1);
        auto twice = failure_of(forward::agent(p.link.client, source));
        const failure why = co_await std::move(twice);
        CHECK(why.code() == errc::operation_in_progress);
    });
}

TEST_CASE("agent: the permissions of the log-in, the application and the server's options can each refuse it")
{
    run_test([]() -> awaitable<void> {
        server_options s = server_setup();
        forward::serve_options how = with_agent;
        std::string asked;
        SECTION("permissions")
        {
            permissions p;
            p.agent = false;
            auth_function decide = [p](auth_request) -> awaitable<auth_decision> { co_return auth_decision::accept(p); };
            s.authenticator(authenticate_if(decide, names("publickey")));
        }
        SECTION("the application")
        {
            s.permit_setup([&](const session_setup&) { return asked = "not here"; }, {session_setup::kind::agent});
        }
        SECTION("options") { how.agent(false); }
        forwarding_pair p = co_await forwarding_ends(how, s);
        serve(p.link.server, show_agent);
        echo_host host = co_await echo_at_port();
        forward::stream_source source = []() -> awaitable<std::unique_ptr<byte_stream>> { co_return nullptr; };
        auto beginning = forward::agent(p.link.client, source);
        const forward::forwarding lent = co_await std::move(beginning);
        auto asking = socket_of_session(p.link.client);
        const std::string socket = co_await std::move(asking);
        CHECK(socket.empty());
        channel c = co_await p.link.client.open_channel("session");
        const bool granted = co_await c.request("auth-agent-req@openssh.com");
        CHECK_FALSE(granted);
    });
}

TEST_CASE("agent: a client that lends none refuses the channels of a server")
{
    run_test([]() -> awaitable<void> {
        forwarding_pair p = co_await forwarding_ends(with_agent);
        for (const char* type : {"auth-agent@openssh.com", "x11"}) {
            auto opening = failure_of(p.link.server.open_channel(type));
            const failure why = co_await std::move(opening);
            CHECK(why.code() == errc::channel_open_refused);
        }
    });
}

namespace {

awaitable<forward::forwarding> serve_now(server_connection c)
{
    co_return forward::serve(std::move(c), with_agent);
}

awaitable<void> keep_answer(channel c, std::optional<bool>& into)
{
    const bool granted = co_await c.request("auth-agent-req@openssh.com");
    into = granted;
}

} // namespace

TEST_CASE("agent: a request waits for serve(), or for a program that is taken without it")
{
    for (const bool served : {true, false})
        run_test([served]() -> awaitable<void> {
            server_options s = server_setup();
            auto connecting = connected(std::move(forward::declare(s)));
            pair p = co_await std::move(connecting);
            channel c = co_await p.client.open_channel("session");
            const executor ex = co_await asio::this_coro::executor;
            std::optional<bool> granted;
            const beside waiting = beside::start(ex, keep_answer(c, granted));
            (void)co_await p.client.ping();
            CHECK_FALSE(granted);
            forward::forwarding ports;
            if (served) {
                auto serving = on_strand(p.server.get_executor(), serve_now(p.server));
                ports = co_await std::move(serving);
            } else {
                serve(p.server, show_agent);
                const bool ran = co_await c.request("exec", exec_body("x"));
                CHECK(ran);
            }
            co_await come_true([&] { return waiting.done(); });
            CHECK(granted == served);
        });
}
