// Log-in through the public interface: every method, several factors, refusals, and authenticators that misbehave.
#include "rig.hpp"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

using namespace rig;

namespace {

awaitable<void> logs_in(server_options s, client_options c, std::vector<std::string> methods)
{
    pair p = co_await connected(std::move(s), std::move(c));
    CHECK(p.server.user() == "tester");
    CHECK(p.server.info().auth_methods == methods);
    CHECK(p.client.info().auth_methods == methods);
    CHECK(p.client.info().host_key == host_key().public_half());
}

awaitable<void> is_refused(server_options s, client_options c)
{
    const failures f = co_await failed_to_connect(std::move(s), std::move(c));
    CHECK(f.client.code() == errc::authentication_failed);
    CHECK(f.server);
}

std::vector<auth_decision::prompt> two_prompts() { return {{"Animal? ", true}, {"Colour? ", false}}; }
std::vector<auth_decision::prompt> one_prompt() { return {{"Sure? ", true}}; }

awaitable<auth_decision> decided(auth_decision d) { co_return d; }

} // namespace

TEST_CASE("a key logs its user in, and the server knows which key it was")
{
    run_test([]() -> awaitable<void> {
        pair p = co_await connected();
        CHECK(p.server.user() == "tester");
        CHECK(p.server.user_key() == user_key().public_half());
        CHECK(p.server.info().remote.word() == "memory");
    });
}

TEST_CASE("another key and another user are refused")
{
    run_test([]() -> awaitable<void> {
        co_await is_refused(server_setup(), keyless_setup().key(other_key()));
        co_await is_refused(server_setup(), client_setup().user("stranger"));
        co_await is_refused(server_setup(), keyless_setup());
    });
}

TEST_CASE("the ready-made password authenticator serves method password and a dialogue")
{
    run_test([]() -> awaitable<void> {
        const server_options s = server_setup().authenticator(authenticate_password("tester", "correct horse"));
        co_await logs_in(s, keyless_setup().password("correct horse").methods(names("password")), names("password"));
        co_await logs_in(s, keyless_setup().password("correct horse").methods(names("keyboard-interactive")),
                         names("keyboard-interactive"));
        co_await is_refused(s, keyless_setup().password("correct hors"));
        co_await is_refused(s, keyless_setup().password("correct horse "));
        co_await is_refused(s, keyless_setup().password(""));
        co_await is_refused(s, keyless_setup().user("stranger").password("correct horse"));
    });
}

TEST_CASE("a dialogue of several rounds reaches the authenticator answer by answer")
{
    run_test([]() -> awaitable<void> {
        auto decide = [](auth_request r) -> awaitable<auth_decision> {
            if (r.what == auth_request::kind::interactive)
                return decided(auth_decision::ask(two_prompts(), "two questions", "quiz"));
            if (r.what == auth_request::kind::answers && r.round == 1 && r.answers == names("cat", "blue"))
                return decided(auth_decision::ask(one_prompt()));
            if (r.what == auth_request::kind::answers && r.round == 2 && r.answers == names("yes"))
                return decided(auth_decision::accept());
            return decided(auth_decision::reject());
        };
        std::vector<std::string> seen;
        auto answer = [&seen](interactive_prompts p) -> awaitable<std::optional<std::vector<std::string>>> {
            std::vector<std::string> answers;
            for (const auto& q : p.prompts) {
                seen.push_back(q.text + (q.echo ? "echo" : "hidden"));
                answers.push_back(q.text == "Animal? " ? "cat" : q.text == "Colour? " ? "blue" : "yes");
            }
            co_return std::optional<std::vector<std::string>>(std::move(answers));
        };
        const server_options s = server_setup().authenticator(auth_function(decide));
        co_await logs_in(s, keyless_setup().interactive(answer), names("keyboard-interactive"));
        CHECK(seen == names("Animal? echo", "Colour? hidden", "Sure? echo"));
    });
}

TEST_CASE("a server can ask for a key and a password")
{
    run_test([]() -> awaitable<void> {
        auto decide = [](auth_request r) -> awaitable<auth_decision> {
            if (r.what == auth_request::kind::key_query)
                return decided(auth_decision::accept());
            if (r.what == auth_request::kind::key && r.key == user_key().public_half())
                return decided(auth_decision::more(names("password")));
            if (r.what == auth_request::kind::password && r.password == "secret" && r.succeeded == names("publickey"))
                return decided(auth_decision::accept());
            return decided(auth_decision::reject());
        };
        const server_options s = server_setup().authenticator(authenticate_if(decide, names("publickey")));
        co_await logs_in(s, client_setup().password("secret"), names("publickey", "password"));
        co_await is_refused(s, keyless_setup().password("secret"));
        co_await is_refused(s, client_setup());
        co_await is_refused(s, client_setup().password("wrong"));
    });
}

TEST_CASE("an expired password is changed on the way in")
{
    run_test([]() -> awaitable<void> {
        auto decide = [](auth_request r) -> awaitable<auth_decision> {
            if (r.what == auth_request::kind::password && r.password == "old")
                return decided(auth_decision::change_password("choose another"));
            if (r.what == auth_request::kind::new_password && r.password == "old" && r.new_password == "new")
                return decided(auth_decision::accept());
            return decided(auth_decision::reject());
        };
        auto fresh
            = [](std::string, unsigned) -> awaitable<std::optional<std::string>> { co_return std::optional<std::string>("new"); };
        const server_options s = server_setup().authenticator(authenticate_if(decide, names("password")));
        co_await logs_in(s, keyless_setup().password("old").new_password(fresh), names("password"));
    });
}

TEST_CASE("an authenticator that throws rejects and is heard of in the log")
{
    run_test([]() -> awaitable<void> {
        auto lines = std::make_shared<std::string>();
        auto decide = [](auth_request) -> awaitable<auth_decision> {
            throw std::runtime_error("no database");
            co_return auth_decision::accept();
        };
        server_options s = server_setup().authenticator(auth_function(decide)).log([lines](log_level, std::string_view l) {
            *lines += l;
            *lines += '\n';
        });
        co_await is_refused(s, client_setup());
        CHECK(lines->find("the authenticator failed: no database") != std::string::npos);
    });
}

TEST_CASE("without an authenticator nobody gets in")
{
    run_test([]() -> awaitable<void> {
        co_await is_refused(server_setup().authenticator(std::shared_ptr<authenticator>()), client_setup().password("x"));
    });
}

TEST_CASE("an authenticator may take its time on another clock")
{
    run_test([]() -> awaitable<void> {
        auto decide = [](auth_request r) -> awaitable<auth_decision> {
            co_await pause_for(std::chrono::milliseconds(20));
            co_return r.what == auth_request::kind::none ? auth_decision::reject() : auth_decision::accept();
        };
        co_await logs_in(server_setup().authenticator(auth_function(decide)), client_setup(), names("publickey"));
    });
}

TEST_CASE("keys come from an authorized_keys file with the user's name in its path")
{
    namespace fs = std::filesystem;
    const fs::path dir = fs::temp_directory_path() / ("sshoal-keys-" + std::to_string(::getpid()));
    fs::create_directory(dir);
    std::ofstream(dir / "tester") << user_key().public_half().line() << "\n";
    std::ofstream(dir / "open") << user_key().public_half().line() << "\n";
    ::chmod((dir / "tester").c_str(), 0600);
    ::chmod((dir / "open").c_str(), 0666);
    run_test([&dir]() -> awaitable<void> {
        const server_options s = server_setup().authenticator(authenticate_authorized_keys((dir / "%u").string(), false));
        co_await logs_in(s, client_setup(), names("publickey"));
        co_await is_refused(s, keyless_setup().key(other_key()));
        co_await is_refused(s, client_setup().user("nobody-of-this-name"));
        co_await is_refused(s, client_setup().user("../" + dir.filename().string() + "/tester"));
        const server_options strict = server_setup().authenticator(authenticate_authorized_keys((dir / "%u").string()));
        co_await is_refused(strict, client_setup().user("open"));
    });
    fs::remove_all(dir);
}

TEST_CASE("the options of a key in an authorized_keys file are the log-in's permissions")
{
    namespace fs = std::filesystem;
    const fs::path dir = fs::temp_directory_path() / ("sshoal-options-" + std::to_string(::getpid()));
    fs::create_directory(dir);
    const std::string key = user_key().public_half().line() + "\n";
    std::ofstream(dir / "tester") << "from=\"203.0.113.1\" " << key << "restrict,pty,permitopen=\"db:1\",environment=\"A=1\",command=\"x\" " << key;
    std::ofstream(dir / "late") << "expiry-time=\"20000101\" " << key;
    std::ofstream(dir / "unknown") << "no-such-option " << key;
    run_test([&dir]() -> awaitable<void> {
        const server_options s = server_setup().authenticator(authenticate_authorized_keys((dir / "%u").string(), false));
        pair ends = co_await connected(s);
        const permissions& p = ends.server.permissions();
        CHECK(p.command == "x");
        CHECK(p.terminal);
        CHECK_FALSE(p.port_forwarding);
        CHECK_FALSE(p.user_rc);
        CHECK(p.permit_open == names("db:1"));
        CHECK(p.environment.empty());
        co_await is_refused(s, client_setup().user("late"));
        co_await is_refused(s, client_setup().user("unknown"));
    });
    fs::remove_all(dir);
}

TEST_CASE("the number of tries is limited")
{
    run_test([]() -> awaitable<void> {
        unsigned asked = 0;
        auto decide = [&asked](auth_request r) -> awaitable<auth_decision> {
            asked += r.what == auth_request::kind::password;
            return decided(auth_decision::reject());
        };
        auto wrong = [](std::string, unsigned) -> awaitable<std::optional<std::string>> {
            co_return std::optional<std::string>("wrong");
        };
        server_options s = server_setup().authenticator(authenticate_if(decide, names("password"))).max_auth_tries(3);
        const failures f = co_await failed_to_connect(s, keyless_setup().password(password_function(wrong)));
        CHECK(f.client);
        CHECK(f.server.code() == errc::authentication_failed);
        CHECK(asked == 3);
    });
}

TEST_CASE("options that cannot work are errors before anything is sent")
{
    run_test([]() -> awaitable<void> {
        failures f = co_await failed_to_connect(server_options(), client_setup());
        CHECK(f.server.code() == errc::invalid_argument);
        f = co_await failed_to_connect(server_setup().software("no spaces"), client_setup());
        CHECK(f.server.code() == errc::invalid_argument);
        f = co_await failed_to_connect(server_setup().host_key_file("/nonexistent/key"), client_setup());
        CHECK(f.server.code() == errc::file_error);
        f = co_await failed_to_connect(server_setup().algorithms(algorithms().kex("nonsense")), client_setup());
        CHECK(f.server.code() == errc::unknown_algorithm);
        f = co_await failed_to_connect(server_setup().algorithms(algorithms().host_keys("rsa-sha2-512")), client_setup());
        CHECK(f.server.code() == errc::invalid_argument);
    });
}

TEST_CASE("a banner is shown before log-in")
{
    run_test([]() -> awaitable<void> {
        std::string shown;
        pair p = co_await connected(server_setup().banner("welcome\r\n"),
                                    client_setup().on_banner([&](std::string_view t) { shown = t; }));
        CHECK(shown.substr(0, 7) == "welcome");
    });
}
