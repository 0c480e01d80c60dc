#include "catch.hpp"

#include "lookups.hpp"

#include "config/tokens.hpp"

namespace sshoal::conf::test {

TEST_CASE("tokens: those that are allowed are replaced, others are errors")
{
    const auto source = [](char c) { return c == 'n' ? std::nullopt : std::optional(std::string("<") + c + ">"); };
    CHECK(*expand_tokens("a%h-%p%%", "hp", source) == "a<h>-<p>%");
    CHECK(*expand_tokens("", "hp", source).operator->() == "");
    for (const char* bad : {"%", "a%", "%r", "%n", "%h%"}) {
        INFO(bad);
        CHECK_FALSE(bool(expand_tokens(bad, "hpn", source)));
    }
    const auto variables = [](const std::string& n) { return n == "A" ? std::optional<std::string>("x") : std::nullopt; };
    CHECK(*expand_variables("${A}/${A}$A", variables) == "x/x$A");
    CHECK_FALSE(bool(expand_variables("${B}", variables)));
    CHECK_FALSE(bool(expand_variables("${A", variables)));
    CHECK(*expand_tilde("~/a", "/home/b") == "/home/b/a");
    CHECK(*expand_tilde("~", "/home/b") == "/home/b/");
    CHECK(*expand_tilde("/~/a", "/home/b") == "/~/a");
    CHECK_FALSE(bool(expand_tilde("~/a", "")));
    const auto homes = [](const std::string& user) { return user == "eve" ? std::optional<std::string>("/h/eve") : std::nullopt; };
    CHECK(*expand_tilde("~eve", "/home/b", homes) == "/h/eve/");
    CHECK(*expand_tilde("~eve/a/b", "", homes) == "/h/eve/a/b");
    CHECK(*expand_tilde("~/a", "/home/b", homes) == "/home/b/a");
    CHECK_FALSE(bool(expand_tilde("~mallory/a", "/home/b", homes)));
    CHECK_FALSE(bool(expand_tilde("~eve/a", "/home/b")));
}

TEST_CASE("tokens: a client's names, numbers and paths")
{
    const std::string all = "HostName real-%h\nUser bob\nPort 2222\nHostKeyAlias alias\nUserKnownHostsFile ";
    const auto file = [&](const std::string& text) { return settings_of(all + text).user_known_hosts.at(0); };
    CHECK(file("%d") == "/home/alice");
    CHECK(file("%h") == "real-work");
    CHECK(file("%i") == "1000");
    CHECK(file("%k") == "alias");
    CHECK(file("%L") == "desk");
    CHECK(file("%l") == "desk.example.org");
    CHECK(file("%n") == "work");
    CHECK(file("%p") == "2222");
    CHECK(file("%r") == "bob");
    CHECK(file("%u") == "alice");
    CHECK(file("%j") == "");
    CHECK(file("%C").size() == 40);
    CHECK(file("~/x-${PLACE}-%%") == "/home/alice/x-elsewhere-%");
    const failure f = trouble_of(all + "%T");
    CHECK(f.code() == errc::bad_configuration);
    CHECK(f.context().find("file line 5: UserKnownHostsFile") != std::string::npos);
    CHECK(settings_of("ProxyJump a@%h").jumps.at(0).host == "work");
    CHECK(settings_of("ProxyCommand x %h %n %p %r").proxy_command == "x work work 22 alice");
}

TEST_CASE("tokens: names that a shell would act on never reach one")
{
    for (const char* host : {"a;b", "`a`", "$(a)", "-oProxyCommand=a", "a|b", "a b"}) {
        INFO(host);
        CHECK(trouble_of("ProxyCommand x %h", host).context().find("a shell would act on") != std::string::npos);
        CHECK(settings_of("ProxyCommand x", host).proxy_command == "x");
    }
    CHECK(trouble_of("User a;b\nProxyCommand x %r").context().find("user") != std::string::npos);
    CHECK(settings_of("User DOMAIN\\bob\nProxyCommand x %r").proxy_command == "x DOMAIN\\bob");
}

} // namespace sshoal::conf::test
