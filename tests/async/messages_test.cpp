// What people read: the text of errors, the lines of logs, and prompts.
#include "ends.hpp"

#include <filesystem>
#include <fstream>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace rig;

namespace {

/// A home directory without anything in it, and no agent.
class lonely_home {
public:
    lonely_home()
    {
        std::filesystem::create_directories(path / ".ssh");
        ::setenv("HOME", path.c_str(), 1);
        ::setenv("SSH_AUTH_SOCK", "/nonexistent", 1);
    }
    lonely_home(const lonely_home&) = delete;
    ~lonely_home()
    {
        std::filesystem::remove_all(path);
        back("HOME", home_);
        back("SSH_AUTH_SOCK", agent_);
    }
    const std::filesystem::path path = std::filesystem::temp_directory_path() / ("sshoal-home-" + std::to_string(::getpid()));

private:
    static std::optional<std::string> value(const char* name)
    {
        const char* const v = ::getenv(name);
        return v != nullptr ? std::optional<std::string>(v) : std::nullopt;
    }
    static void back(const char* name, const std::optional<std::string>& v)
    {
        if (v)
            ::setenv(name, v->c_str(), 1);
        else
            ::unsetenv(name);
    }
    const std::optional<std::string> home_ = value("HOME"), agent_ = value("SSH_AUTH_SOCK");
};

using lines = std::shared_ptr<std::vector<std::string>>;

log_function into(const lines& all)
{
    return [all](log_level, std::string_view line) { all->emplace_back(line); };
}

bool has_line(const lines& all, std::string_view line) { return std::find(all->begin(), all->end(), line) != all->end(); }

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

awaitable<failure> failure_of_client(server_options s, client_options c)
{
    failures f = co_await failed_to_connect(std::move(s), std::move(c));
    co_return std::move(f.client);
}

awaitable<auth_decision> no(auth_request) { co_return auth_decision::reject(); }

} // namespace

TEST_CASE("every line of a log says whose connection it is, on both ends")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        const auto of_server = std::make_shared<std::vector<std::string>>(),
                   of_client = std::make_shared<std::vector<std::string>>();
        {
            const listener l(ex, listen_address("127.0.0.1", 0), server_setup().log(into(of_server), log_level::trace));
            beside accepting = beside::start(ex, listener(l).accept());
            client_options options = client_setup().port(l.port()).log(into(of_client), log_level::trace);
            connection c = co_await connect("127.0.0.1", options);
            const std::string there = l.local().describe(), here = c.info().local.describe();
            const public_key used = user_key().public_half();
            const std::string with = "logged in with publickey; key " + std::string(used.type_name()) + " " + used.fingerprint();
            CHECK(has_line(of_server, "[tester@" + here + "] " + with));
            CHECK(has_line(of_client, "[tester@" + there + "] " + with));
            c.close();
            co_await pause_for(std::chrono::milliseconds(50));
            CHECK(has_line(of_client, "[tester@" + there + "] connection ended: connection is closed"));
            for (const auto& line : *of_client)
                CHECK((line.starts_with("[tester@" + there + "] ") || line.starts_with("[" + there + "] ")));
            for (const auto& line : *of_server)
                CHECK((line.starts_with("[tester@" + here + "] ") || line.starts_with("[" + here + "] ")
                       || has(line, "listening on ") || line == "connection from " + here));
        }
        of_server->clear();
        (void)co_await failure_of_client(server_setup().log(into(of_server)), keyless_setup().key(other_key()));
        const public_key refused = other_key().public_half();
        CHECK(has_line(of_server, "[memory] rejected publickey for tester; key " + std::string(refused.type_name()) + " "
                                      + refused.fingerprint()));
        of_server->clear();
        (void)co_await failure_of_client(server_setup().log(into(of_server)),
                                         keyless_setup().password("x").methods(names("password")));
        CHECK(std::count_if(of_server->begin(), of_server->end(), [](auto& l) { return l.starts_with("[memory] "); })
              == std::ptrdiff_t(of_server->size()));
    });
}

TEST_CASE("errors of connect() begin with user, host and port")
{
    run_test([]() -> awaitable<void> {
        failure f = co_await failure_of_client(server_setup(), keyless_setup().key(other_key()));
        CHECK(f.context() == "tester@memory:22: tried publickey (1 key); the server accepts publickey");
        f = co_await failure_of(connect("::1", client_options().user("tester").port(2222)));
        CHECK(f.code() == errc::no_host_key_verifier);
        CHECK(f.context().starts_with("tester@[::1]:2222: "));
        f = co_await failure_of(connect("name.invalid", client_setup().user("\x1b")));
        CHECK(f.message().starts_with("\\x1b@name.invalid:22: "));
        f = co_await failure_of(connect("", client_setup()));
        CHECK(f.code() == errc::invalid_argument);
        CHECK(f.context() == "no host name");
    });
}

TEST_CASE("with nothing to log in with, the error says what is missing")
{
    const lonely_home home;
    run_test([&home]() -> awaitable<void> {
        const auto seen = std::make_shared<std::vector<std::string>>();
        failure f = co_await failure_of_client(server_setup(), keyless_setup().agent().log(into(seen)));
        CHECK(f.context()
              == "tester@memory:22: nothing to try: no agent at /nonexistent (SSH_AUTH_SOCK), no identity file, no password(); "
                 "the server accepts publickey");
        CHECK(std::any_of(seen->begin(), seen->end(), [](auto& l) { return l.starts_with("[memory] agent at /nonexistent: "); }));
        f = co_await failure_of_client(server_setup(), keyless_setup().identity_default());
        CHECK(has(f.context(), "nothing to try: no agent(), none of the usual identity files in " + home.path.string()
                                   + "/.ssh/, no password();"));
    });
}

TEST_CASE("the usual identity files are used where they exist")
{
    const lonely_home home;
    const auto folder = home.path / ".ssh";
    std::ofstream(folder / "id_rsa") << "not a key\n";
    REQUIRE(user_key().save(folder / "id_ed25519").has_value());
    REQUIRE(private_key::generate(key_type::ecdsa_p256).value().save(folder / "id_ecdsa").has_value());
    run_test([]() -> awaitable<void> {
        const auto seen = std::make_shared<std::vector<std::string>>();
        pair p = co_await connected(server_setup(), keyless_setup().identity_default().log(into(seen)));
        CHECK(p.server.user_key() == user_key().public_half());
        CHECK(std::any_of(seen->begin(), seen->end(),
                          [](auto& l) { return has(l, "Load key \"") && has(l, "id_rsa"); }));
    });
}

TEST_CASE("a key that is encrypted says what it needs, and a passphrase opens it")
{
    const lonely_home home;
    const std::string file = home.path / "id";
    REQUIRE(user_key().save(file, "open").has_value());
    run_test([&file]() -> awaitable<void> {
        failure f = co_await failure_of_client(server_setup(), keyless_setup().identity_file("~/id"));
        CHECK(has(f.context(), file + " is encrypted and no client_options::passphrase() was given"));
        f = co_await failure_of_client(server_setup(), keyless_setup().identity_file("~/id").passphrase("shut"));
        CHECK(has(f.context(), file + ": wrong passphrase"));
        pair p = co_await connected(server_setup(), keyless_setup().identity_file("~/id").passphrase("open"));
        CHECK(p.client.is_open());
        server_options s;
        s.host_key_file("~/id");
        const executor ex = co_await asio::this_coro::executor;
        auto streams = make_memory_streams(ex, ex);
        f = co_await failure_of(accept(std::move(streams.first), s));
        CHECK(f.code() == errc::passphrase_required);
        CHECK(f.context().starts_with("host key " + file));
        CHECK(has(f.context(), "private_key::load(path, passphrase)"));
        CHECK(f.context().find(file) == f.context().rfind(file));
    });
}

TEST_CASE("a password function is asked with a prompt that names user and host")
{
    run_test([]() -> awaitable<void> {
        const auto prompts = std::make_shared<std::vector<std::string>>();
        auto ask = [prompts](std::string prompt, unsigned attempt) -> awaitable<std::optional<std::string>> {
            prompts->push_back(prompt);
            co_return attempt == 0 ? std::optional<std::string>("wrong") : std::nullopt;
        };
        auto say_nothing = [](auth_request r) -> awaitable<auth_decision> {
            std::vector<auth_decision::prompt> one(1);
            auth_decision d;
            if (r.what == auth_request::kind::interactive)
                d = auth_decision::ask(std::move(one));
            co_return d;
        };
        const server_options s
            = server_setup().authenticator(auth_function(say_nothing), names("keyboard-interactive", "password"));
        const client_options c = keyless_setup().password(password_function(ask));
        const failure f = co_await failure_of_client(s, c);
        CHECK(f.code() == errc::authentication_failed);
        CHECK(prompts->size() >= 3);
        for (const auto& p : *prompts)
            CHECK(p == "tester@memory's password: ");
    });
}

TEST_CASE("a dialogue knows how often it has been tried")
{
    run_test([]() -> awaitable<void> {
        const auto attempts = std::make_shared<std::vector<unsigned>>();
        auto answer = [attempts](interactive_prompts p) -> awaitable<std::optional<std::vector<std::string>>> {
            attempts->push_back(p.attempt);
            co_return std::vector<std::string>(p.prompts.size());
        };
        auto ask_twice = [](auth_request r) -> awaitable<auth_decision> {
            std::vector<auth_decision::prompt> one(1);
            auth_decision d;
            if (r.what == auth_request::kind::interactive || (r.what == auth_request::kind::answers && r.round == 1))
                d = auth_decision::ask(std::move(one));
            co_return d;
        };
        const server_options s = server_setup().authenticator(auth_function(ask_twice), names("keyboard-interactive"));
        const client_options c = keyless_setup().interactive(interactive_function(answer));
        const failure f = co_await failure_of_client(s, c);
        CHECK(f.code() == errc::authentication_failed);
        CHECK(*attempts == std::vector<unsigned>({0, 0, 1, 1, 2, 2}));
    });
}

TEST_CASE("a time limit for all of connect() ends it wherever it is")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        for (const bool speaks : {false, true}) {
            auto streams = make_memory_streams(ex, ex);
            auto slow = [](auth_request) -> awaitable<auth_decision> {
                co_await pause_for(std::chrono::seconds(30));
                co_return auth_decision::accept();
            };
            beside serving;
            if (speaks)
                serving = beside::start(ex, accept(std::move(streams.first), server_setup().authenticator(auth_function(slow))));
            const client_options hasty = client_setup().timeout(std::chrono::milliseconds(150));
            const failure f = co_await failure_of(connect(std::move(streams.second), "memory", hasty));
            CHECK(f.code() == errc::timed_out);
            CHECK(f.context() == "tester@memory:22: not logged in within 150 ms");
        }
        const client_options patient = client_setup().timeout(std::chrono::minutes(1));
        pair p = co_await connected(server_setup(), patient);
        CHECK(p.client.is_open());
        auto streams = make_memory_streams(ex, ex);
        beside connecting = co_await beside::start_here(connect(std::move(streams.second), "memory", patient));
        connecting.cancel(stop_terminal);
        co_await settle();
        CHECK(connecting.aborted());
    });
}

TEST_CASE("a server without an authenticator warns; one with a function offers the methods it is told to")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        const auto warned = std::make_shared<std::vector<std::string>>();
        listener l(ex, listen_address("127.0.0.1", 0),
                   server_options().host_key(host_key()).log(into(warned), log_level::warning));
        beside accepting = co_await beside::start_here(l.accept());
        l.close();
        CHECK(warned->size() == 1);
        CHECK(has(warned->front(), "no authenticator()"));
        const server_options s = server_setup().authenticator(auth_function(no), names("password"));
        const failure f = co_await failure_of_client(s, client_setup());
        CHECK(f.context().ends_with("; the server accepts password"));
    });
}
