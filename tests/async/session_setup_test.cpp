// Terminals and variables that the application refuses, and what the log says of requests that are not granted.
#include "rig.hpp"

#include "session_bodies.hpp"

using namespace rig;
namespace msg = sshoal::wire::msg;

namespace {

std::vector<std::byte> pty_body()
{
    msg::pty_req m;
    m.term = "vt100";
    m.columns = 80;
    m.rows = 24;
    m.modes = view_of(std::string_view("\0", 1));
    return wire::encoded(m);
}

struct kept_log {
    std::string lines;
    bool has(const std::string& text) const { return lines.find(text) != std::string::npos; }
    std::size_t count(const std::string& text) const
    {
        std::size_t n = 0;
        for (auto at = lines.find(text); at != std::string::npos; at = lines.find(text, at + 1))
            ++n;
        return n;
    }
    log_function keep()
    {
        return [this](log_level l, std::string_view line) {
            if (l <= log_level::warning)
                lines += std::string(line) + '\n';
        };
    }
};

awaitable<void> show_setup(server_session s, session_request q)
{
    std::string shown = "no terminal";
    if (q.pty)
        shown = "terminal " + q.pty->type;
    shown += ", " + std::to_string(q.env.size());
    co_await s.write(shown);
    co_await s.exit(0);
}

} // namespace

TEST_CASE("the application sees each terminal and variable before it is granted, and what it refuses is refused")
{
    run_test([]() -> awaitable<void> {
        kept_log log;
        std::string seen;
        setup_function permit = [&](const session_setup& s) -> std::string {
            if (s.what == session_setup::kind::terminal) {
                seen += s.user + " wants " + s.pty.type + ' ' + std::to_string(s.pty.size.columns) + "; ";
                return "no terminals here";
            }
            seen += s.user + " sets " + s.name + '=' + s.value + "; ";
            return s.value == "bad" ? "a bad value" : "";
        };
        pair p = co_await connected(server_setup().permit_setup(permit).log(log.keep()));
        serve(p.server, show_setup);
        channel c = co_await p.client.open_channel("session");
        bool granted = co_await c.request("pty-req", pty_body());
        CHECK_FALSE(granted);
        granted = co_await c.request("env", env_body("LC_ALL", "bad"));
        CHECK_FALSE(granted);
        granted = co_await c.request("env", env_body("LC_ALL", "good"));
        CHECK(granted);
        granted = co_await c.request("env", env_body("PATH", "good")); // not in accept_env(): nobody is asked
        CHECK_FALSE(granted);
        granted = co_await c.request("exec", exec_body("x"));
        CHECK(granted);
        std::string text = co_await read_all(c);
        CHECK(text == "no terminal, 1");
        CHECK(seen == "tester wants vt100 80; tester sets LC_ALL=bad; tester sets LC_ALL=good; ");
        CHECK(log.has("session request \"pty-req\" refused: no terminals here"));
        CHECK(log.has("session request \"env\" refused: a bad value"));
    });
}

TEST_CASE("without such a function a terminal is granted, once")
{
    run_test([]() -> awaitable<void> {
        kept_log log;
        pair p = co_await connected(server_setup().log(log.keep()));
        serve(p.server, show_setup);
        channel c = co_await p.client.open_channel("session");
        bool granted = co_await c.request("pty-req", pty_body());
        CHECK(granted);
        CHECK(log.lines.empty());
        granted = co_await c.request("pty-req", pty_body());
        CHECK_FALSE(granted);
        CHECK(log.has("\"pty-req\" refused: there is a terminal already"));
        granted = co_await c.request("exec", exec_body("x"));
        CHECK(granted);
        std::string text = co_await read_all(c);
        CHECK(text == "terminal vt100, 0");
    });
}

TEST_CASE("requests that are refused leave the reason at the level of warnings, a bounded number of times")
{
    run_test([]() -> awaitable<void> {
        kept_log log;
        pair p = co_await connected(server_setup().max_command(10).max_sessions(1).log(log.keep()));
        serve(p.server, show_setup);
        channel c = co_await p.client.open_channel("session");
        bool granted = co_await c.request("exec", exec_body("01234567890"));
        CHECK_FALSE(granted);
        CHECK(log.has("session request \"exec\" refused: 11 bytes are more than max_command(), which is 10"));
        granted = co_await c.request("exec", exec_body(std::string_view("a\0b", 3)));
        CHECK_FALSE(granted);
        CHECK(log.has("session request \"exec\" refused: there is a NUL in it"));
        for (int i = 0; i < 3; ++i)
            granted = co_await c.request("env", env_body("PATH", "x"));
        CHECK_FALSE(granted);
        CHECK(log.count("\"env\" refused: \"PATH\" is not among the names that accept_env() lets a client set") == 1);
        failure second = co_await failure_of(p.client.open_channel("session"));
        CHECK(second.code() == errc::channel_open_refused);
        CHECK(log.has("refused a session: 1 are open, and max_sessions() is 1"));
        for (int i = 0; i < 20; ++i)
            granted = co_await c.request("exec", exec_body("01234567890"));
        CHECK(log.count("session request \"exec\" refused") == 7);
        CHECK(log.count("further refusals on this channel are not told") == 1);
        granted = co_await c.request("exec", exec_body("0123456789"));
        CHECK(granted);
    });
}

TEST_CASE("a program that is refused with a reason leaves it in the log")
{
    run_test([]() -> awaitable<void> {
        kept_log log;
        pair p = co_await connected(server_setup().log(log.keep()));
        auto refuse_all = [](server_connection c) -> awaitable<void> {
            for (;;) {
                std::optional<session_request> q = co_await c.next_session();
                if (!q)
                    break;
                q->refuse("not today");
                q->refuse("decided already");
            }
        };
        spawn(p.server, refuse_all(p.server));
        failure refused = co_await failure_of(p.client.run("x"));
        CHECK(refused.code() == errc::request_refused);
        CHECK(log.count("session request \"exec\" refused: not today") == 1);
        CHECK_FALSE(log.has("decided already"));
    });
}

TEST_CASE("the authenticator learns of log-ins that fail, with the last name and the reason, and of no other")
{
    class curious final : public authenticator {
    public:
        awaitable<auth_decision> decide(auth_request r) override
        {
            co_return r.user == "tester" ? auth_decision::accept() : auth_decision::reject();
        }
        void log_in_failed(const std::string& user, const endpoint& remote, const failure& why) override
        {
            told += user + ": " + why.code().message() + '\n';
            remotes += remote == endpoint() ? 0u : 1u;
        }
        std::string told;
        unsigned remotes = 0;
    };
    run_test([]() -> awaitable<void> {
        const auto asked = std::make_shared<curious>();
        {
            pair p = co_await connected(server_setup().authenticator(asked));
            p.client.close();
            (void)co_await p.server.wait_closed();
        }
        CHECK(asked->told.empty());
        failures f = co_await failed_to_connect(server_setup().authenticator(asked), client_setup().user("stranger"));
        CHECK(f.server);
        CHECK(asked->told.starts_with("stranger: "));
        CHECK(std::count(asked->told.begin(), asked->told.end(), '\n') == 1);
    });
}
