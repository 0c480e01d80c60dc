// Look-ups in ssh_config that ask questions, and options made of settings.
#include "ends.hpp"

#include "sshoal/client.hpp"
#include "sshoal/failure_detail.hpp"
#include "sshoal/ssh_config.hpp"

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
        CHECK(why.context() == "Match exec is not allowed here: good work");
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
        o.config(read("Host work\n  ProxyCommand exec /no/such/program-of-config\nHost circle\n  ProxyJump circle\n"
                      "Host wrong\n  Nonsense 1\n"));
        o.user("me").verifier(trust_any_host_key_insecurely());
        failure why = co_await failure_of(connect("work", o));
        CHECK(why.context().starts_with("me@work:22: "));
        CHECK(bool(why)); // the program ends at once
        why = co_await failure_of(connect("circle", o));
        CHECK(why.code() == errc::bad_configuration);
        CHECK(why.context().find("in a circle") != std::string::npos);
        why = co_await failure_of(connect("wrong", o));
        CHECK(why.code() == errc::bad_configuration);
        CHECK(why.context() == "file line 6: Nonsense: Bad configuration option: nonsense");
    });
}
