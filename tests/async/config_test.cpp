// Look-ups in ssh_config that ask questions, and options made of settings.
#include "ends.hpp"

#include "sshoal/client.hpp"
#include "sshoal/listener.hpp"
#include "sshoal/failure_detail.hpp"
#include "sshoal/ssh_config.hpp"

#include <filesystem>

#include <unistd.h>

using namespace rig;

namespace {

config_facts facts_of_nobody()
{
    config_facts f;
    f.local_user = "nobody";
    return f;
}

ssh_config read(std::string_view text)
{
    auto config = ssh_config::parse(text, "file");
    REQUIRE(bool(config));
    return *config;
}

awaitable<bool> say_yes_to_good(std::string command) { co_return command.starts_with("good"); }

awaitable<std::optional<std::string>> one_name(std::string name)
{
    if (name == "work.a.org")
        co_return name;
    co_return std::nullopt;
}

using seen_secrets = std::shared_ptr<std::vector<std::string>>;

awaitable<auth_decision> note_and_reject(seen_secrets seen, auth_request r)
{
    if (r.what == auth_request::kind::password)
        seen->push_back(r.password);
    co_return auth_decision::reject();
}

awaitable<void> accept_for_ever(listener l)
{
    for (;;) {
        auto accepting = l.accept();
        server_connection c = co_await std::move(accepting);
    }
}

awaitable<std::optional<std::string>> typed_password(std::string prompt, unsigned attempt)
{
    if (attempt > 0)
        co_return std::nullopt;
    co_return "typed for " + prompt;
}

awaitable<bool> throw_instead(std::string)
{
    throw error(failure(errc::not_supported, "no shell here"));
    co_return false;
}

} // namespace

TEST_CASE("configuration: the program answers the questions of conditions, or forbids them")
{
    run_test([]() -> awaitable<void> {
        const ssh_config c = read("Match exec \"good %h\"\n  Port 7\nMatch exec bad\n  User never\n");
        config_answers mine;
        mine.exec(say_yes_to_good);
        ssh_settings s = co_await c.lookup("work", mine, facts_of_nobody());
        CHECK(s.port == 7);
        CHECK(s.user == "nobody");
        config_answers none;
        none.forbid_exec();
        failure why = co_await failure_of(c.lookup("work", none, facts_of_nobody()));
        CHECK(why.code() == errc::bad_configuration);
        CHECK(why.context() == "file line 1: Match exec is not allowed here: good work");
        REQUIRE(why.detail() != nullptr);
        CHECK(why.detail()->place->line == 1);
        config_answers thrower;
        thrower.exec(throw_instead);
        why = co_await failure_of(c.lookup("work", thrower, facts_of_nobody()));
        CHECK(why.code() == errc::not_supported);
        const ssh_config names = read("CanonicalizeHostname yes\nCanonicalDomains b.org a.org\nMatch canonical\n  Port 8\n");
        config_answers resolver;
        resolver.canonical_name(one_name);
        s = co_await names.lookup("work", resolver, facts_of_nobody());
        CHECK(s.host_name == "work.a.org");
        CHECK(s.port == 8);
    });
}

TEST_CASE("configuration: without answers of the program, commands are run and names are looked up")
{
    run_test([]() -> awaitable<void> {
        const ssh_config c = read("Match exec \"test %n = work\"\n  Port 7\nMatch exec \"exit 3\"\n  User never\n");
        const ssh_settings s = co_await c.lookup("work");
        CHECK(s.port == 7);
        CHECK(s.user != "never");
        const ssh_config wrong = read("Tunnel yes");
        failure why = co_await failure_of(wrong.lookup("work"));
        CHECK(why.code() == errc::bad_configuration);
        REQUIRE(why.detail() != nullptr);
        CHECK(why.detail()->place->line == 1);
        config_answers to_show;
        to_show.only_to_show();
        const ssh_settings shown = co_await wrong.lookup("work", to_show);
        CHECK(shown.get("tunnel") == "true");
    });
}

TEST_CASE("configuration: connect() does what the settings of its host say")
{
    run_test([]() -> awaitable<void> {
        client_options o;
        o.config(read("Host work\n  ProxyCommand exec /no/such/program-of-config\nHost circle\n  ProxyJump away\n"
                      "Host away\n  ProxyJump circle\n"));
        o.user("me").verifier(trust_any_host_key_insecurely());
        failure why = co_await failure_of(connect("work", o));
        CHECK(why.context().starts_with("me@work:22: "));
        CHECK(bool(why)); // the program ends at once
        why = co_await failure_of(connect("circle", o));
        CHECK(why.code() == errc::bad_configuration);
        CHECK(why.context().find("in a circle") != std::string::npos);
        o.config(read("Host work\nHost wrong\n  Nonsense 1\n")); // as with ssh, for whatever host
        why = co_await failure_of(connect("work", o));
        CHECK(why.code() == errc::bad_configuration);
        CHECK(why.context() == "file line 3: Nonsense: Bad configuration option: nonsense");
    });
}

TEST_CASE("configuration: as many jump hosts as max_jumps() allows")
{
    run_test([]() -> awaitable<void> {
        client_options o;
        o.config(read("Host h0\n  ProxyCommand exec /no/such/program-of-config\nHost h1\n  ProxyJump h0\nHost h2\n  ProxyJump h1\n"
                      "Host h3\n  ProxyJump h2\n"));
        o.user("me").verifier(trust_any_host_key_insecurely()).max_jumps(2);
        for (const char* host : {"h1", "h2"}) {
            const failure why = co_await failure_of(connect(host, o));
            CHECK(bool(why));
            CHECK(why.code() != errc::bad_configuration);
        }
        failure why = co_await failure_of(connect("h3", o));
        CHECK(why.code() == errc::bad_configuration);
        CHECK(why.context().find("more than 2 hosts") != std::string::npos);
        o.max_jumps(3);
        why = co_await failure_of(connect("h3", o));
        CHECK(why.code() != errc::bad_configuration);
    });
}

TEST_CASE("configuration: a host that is its own jump host is told once")
{
    run_test([]() -> awaitable<void> {
        client_options o;
        o.config(read("Host own\n  HostName 127.0.0.1\n  ProxyJump own\n")).verifier(trust_any_host_key_insecurely());
        const failure why = co_await failure_of(connect("own", o));
        CHECK(why.code() == errc::invalid_argument);
        const std::string once = "jump host 127.0.0.1 is the jump host of itself (ProxyJump)";
        CHECK(why.context().find("jump host") == why.context().find(once));
        CHECK(why.context().ends_with(once));
    });
}

TEST_CASE("configuration: a host on the way is shown nothing that is meant for the host behind it")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        const auto seen = std::make_shared<std::vector<std::string>>();
        server_options gate = server_setup();
        gate.authenticator([seen](auth_request r) { return note_and_reject(seen, std::move(r)); }, {"password"});
        listener l(ex, listen_address("127.0.0.1", 0), gate);
        spawn(ex, accept_for_ever(l));
        char folder[] = "/tmp/sshoal-jump-XXXXXX";
        REQUIRE(::mkdtemp(folder) != nullptr);
        const std::string text = "Host gate\n  HostName 127.0.0.1\n  Port " + std::to_string(l.port())
                                 + "\n  StrictHostKeyChecking accept-new\n  UserKnownHostsFile " + folder
                                 + "/known\n  GlobalKnownHostsFile none\n  IdentityFile none\n  IdentityAgent none\n"
                                   "Host work\n  HostName 127.0.0.1\n  ProxyJump gate\n";
        client_options fixed;
        fixed.config(read(text)).user("me").password("secret").host_key(host_key().public_half());
        failure why = co_await failure_of(connect("work", fixed));
        CHECK(why.code() == errc::authentication_failed);
        CHECK(why.context().find("jump host") != std::string::npos);
        CHECK(seen->empty());
        client_options asked;
        asked.config(read(text)).user("me").password(typed_password).host_key(host_key().public_half());
        why = co_await failure_of(connect("work", asked));
        REQUIRE(seen->size() == 1);
        CHECK(seen->front().find("127.0.0.1") != std::string::npos); // the prompt names the host that asks
        CHECK(seen->front().find("me@") == std::string::npos);
        const auto settings = read(text).lookup_now("work", facts_of_nobody());
        REQUIRE(bool(settings));
        why = co_await failure_of(connect(settings->host_name, client_options::from(*settings)));
        CHECK(why.code() == errc::invalid_argument);
        CHECK(why.context().find("ProxyJump") != std::string::npos);
        l.close();
        std::filesystem::remove_all(folder);
    });
}
