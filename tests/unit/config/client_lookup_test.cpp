#include "catch.hpp"

#include "lookups.hpp"

#include "config/client_lookup.hpp"

#include <chrono>

namespace sshoal::conf::test {
namespace {

/// Looks up with a table of names.
ssh_settings canonical(std::string_view text, const std::map<std::string, std::string>& names, std::vector<std::string>& asked)
{
    const auto read = read_client_document(text, "file", {});
    REQUIRE(bool(read));
    lookup_answers answers;
    for (;;) {
        auto step = look_up(*read, "work", some_facts(), answers);
        INFO((step ? std::string() : step.error().message()));
        REQUIRE(bool(step));
        if (step->question.what == lookup_question::kind::none)
            return std::move(step->settings);
        asked.push_back(step->question.text);
        REQUIRE(asked.size() < 10);
        const auto found = names.find(step->question.text);
        answers.emplace_back(step->question, found == names.end() ? std::nullopt : std::optional(found->second));
    }
}

} // namespace

TEST_CASE("look-ups: a host that nothing is said about has the defaults")
{
    const ssh_settings s = settings_of("", "Work");
    CHECK(s.host == "Work");
    CHECK(s.host_name == "work"); // names are compared in lower case from here on
    CHECK(s.user == "alice");
    CHECK(s.port == 22);
    CHECK(s.default_identities);
    CHECK(s.identity_agent == "/run/agent");
    CHECK(s.jumps.empty());
    CHECK(s.strict_host_key_checking == host_key_checking::ask);
    CHECK(s.escape_char == '~');
    CHECK(s.notes.empty());
    CHECK(s.get("no-such-keyword") == std::nullopt);
    CHECK_FALSE(ssh_settings().get("port"));
    CHECK(ssh_config().hostnames().empty());
}

TEST_CASE("look-ups: the way to a server")
{
    CHECK(settings_of("HostName %h.example.org").host_name == "work.example.org");
    CHECK(settings_of("ProxyJump a,b@c:22,[2001:db8::1]:2222").jumps.size() == 3);
    CHECK(settings_of("ProxyJump a,b@c:22").jumps[1].user == "b");
    CHECK(settings_of("ProxyJump none\nProxyJump a").jumps.empty());
    CHECK(settings_of("ProxyJump a\nProxyCommand x").proxy_command.empty());
    CHECK(settings_of("ProxyCommand x\nProxyJump a").jumps.empty());
    CHECK(settings_of("ProxyJump none\nProxyCommand x").proxy_command == "x");
    CHECK(trouble_of("ProxyJump a:b:c:d@").code() == errc::bad_configuration);
    CHECK(settings_of("IdentityAgent none").identity_agent.empty());
    CHECK(settings_of("IdentityAgent $PLACE").identity_agent == "elsewhere");
    CHECK(settings_of("IdentityAgent ~/a-%r").identity_agent == "/home/alice/a-alice");
    CHECK(value_of("IdentityAgent ~/a-%r", "identityagent") == "/home/alice/a-alice");
    CHECK(value_of("ForwardAgent ~", "forwardagent") == "/home/alice/");
    CHECK(value_of("ControlPath ~/c-${PLACE}-%p", "controlpath") == "/home/alice/c-elsewhere-22");
    CHECK(value_of("LocalForward /a-%n /b-%u", "localforward") == "/a-work /b-alice");
}

TEST_CASE("look-ups: settings of the program come first, in their order, and unknown keywords are errors")
{
    ssh_config c = config_of("Host work\nPort 1\nUser file");
    REQUIRE(bool(c.set("Port 5")));
    REQUIRE(bool(c.set("Port=6", "-p")));
    const auto s = c.lookup_now("work", some_facts());
    REQUIRE(bool(s));
    CHECK(s->port == 5);
    CHECK(s->user == "file");
    for (const char* bad : {"Host a", "Match all", "Include x", "Port", "Port x", ""})
        CHECK_FALSE(bool(c.set(bad)));
    CHECK(trouble_of("Host other\nNonsense 1").context().find("Bad configuration option") != std::string::npos);
    CHECK(trouble_of("Host work\nNonsense 1").context() == "file line 2: Nonsense: Bad configuration option: nonsense");
    CHECK(settings_of("IgnoreUnknown non*,x\nNonsense 1").notes.size() == 1);
    CHECK(config_of("Host a b* c\nHost a !d e").hostnames() == std::vector<std::string>{"a", "c", "e"});
    ssh_config both = config_of("Host work\nPort 1");
    both.append(config_of("User late\nPort 2"));
    CHECK(both.lookup_now("work", some_facts())->user == "late");
    CHECK(both.lookup_now("work", some_facts())->port == 1);
}

TEST_CASE("look-ups: a quoted value is one word, whatever it is made of")
{
    for (const char* value : {"bob", "DOMAIN\\bob", "a b", "\"", "'", "\\", "x\\", "\\\"", "#a", "a=b"}) {
        INFO(value);
        ssh_config c;
        REQUIRE(bool(c.set("User " + quoted_config_value(value))));
        CHECK(c.lookup_now("work", some_facts())->user == value);
    }
}

TEST_CASE("look-ups: CanonicalizeHostname completes short names, follows permitted names, and reads the files again")
{
    const std::string on = "CanonicalizeHostname yes\nCanonicalDomains a.org b.org\n";
    std::vector<std::string> asked;
    ssh_settings s = canonical(on + "Match canonical host work.b.org\nPort 99", {{"work.b.org", "work.b.org"}}, asked);
    CHECK(asked == std::vector<std::string>{"work.a.org", "work.b.org"});
    CHECK(s.host_name == "work.b.org");
    CHECK(s.port == 99);
    asked.clear();
    s = canonical(on + "Host *.b.org\nPort 99", {{"work.b.org", "x.c.org"}}, asked);
    CHECK(s.host_name == "work.b.org");
    CHECK(s.port == 99);
    s = canonical(on + "CanonicalizePermittedCNAMEs *.b.org:*.c.org", {{"work.b.org", "x.c.org"}}, asked);
    CHECK(s.host_name == "x.c.org");
    s = canonical(on + "CanonicalizePermittedCNAMEs *.d.org:*.c.org", {{"work.b.org", "x.c.org"}}, asked);
    CHECK(s.host_name == "work.b.org");
    asked.clear();
    s = canonical(on, {}, asked);
    CHECK(s.host_name == "work");
    CHECK(asked.size() == 2);
    asked.clear();
    s = canonical(on + "ProxyCommand x", {}, asked);
    CHECK(asked.empty());
    s = canonical("CanonicalizeHostname always\nCanonicalDomains a.org\nProxyCommand x", {{"work.a.org", ""}}, asked);
    CHECK(s.host_name == "work.a.org");
    s = canonical(on + "HostName w.x.y\nCanonicalizeMaxDots 1", {}, asked);
    CHECK(s.host_name == "w.x.y");
    const auto read = read_client_document(on + "CanonicalizeFallbackLocal no\nCanonicalizeMaxDots 0\nHostName x", "file", {});
    const lookup_answers none{{{lookup_question::kind::canonical_name, "x.a.org"}, std::nullopt},
                              {{lookup_question::kind::canonical_name, "x.b.org"}, std::nullopt}};
    const auto step = look_up(*read, "work", some_facts(), none);
    REQUIRE_FALSE(bool(step));
    CHECK(step.error().context().find("Could not resolve host \"x\"") != std::string::npos);
}

TEST_CASE("look-ups: ten thousand blocks are read and asked, and a hundred thousand are read")
{
    std::string text;
    for (int i = 0; i < 100'000; ++i)
        text += "Host h" + std::to_string(i) + "\n  Port " + std::to_string(1 + i % 60'000) + "\n";
    CHECK(settings_of(text, "h99999").port == 40'000);
    CHECK(settings_of(text, "none").port == 22);
}

} // namespace sshoal::conf::test
