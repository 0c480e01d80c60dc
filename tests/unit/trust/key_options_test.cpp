// key_options_test.cpp - the options in front of a key, read into permissions; text that is no option rejects all of them.
#include "sshoal/key_options.hpp"

#include "catch.hpp"

#include <cstdlib>
#include <ctime>

using namespace sshoal;

namespace {

key_options options(std::string_view text)
{
    auto made = key_options::parse(text);
    INFO(text << ": " << (made ? std::string() : made.error().context()));
    REQUIRE(made.has_value());
    return *made;
}

permissions allowed(std::string_view text) { return options(text).allowed; }

/// The message for options that cannot be used; empty for good ones.
std::string problem(std::string_view text)
{
    const auto made = key_options::parse(text);
    return made ? std::string() : made.error().context();
}

key_use used_from(std::string address, std::string host = {})
{
    key_use use;
    use.address = std::move(address);
    use.host = std::move(host);
    return use;
}

std::string switches(std::string_view text)
{
    const permissions p = allowed(text);
    std::string on;
    for (const auto& [name, value] : {std::pair("forwarding ", p.port_forwarding), std::pair("agent ", p.agent),
                                      std::pair("x11 ", p.x11), std::pair("pty ", p.terminal), std::pair("rc ", p.user_rc)})
        on += value ? name : "";
    return on;
}

constexpr char all_of_them[] = "forwarding agent x11 pty rc ";

/// Makes the time zone of the tests one that is not UTC.
class zone_of_test {
public:
    zone_of_test()
    {
        ::setenv("TZ", "XYZ-5", 1);
        ::tzset();
    }
    ~zone_of_test()
    {
        ::unsetenv("TZ");
        ::tzset();
    }
};

} // namespace

TEST_CASE("options switch permissions on and off, one after the other")
{
    CHECK(switches("pty") == all_of_them);
    CHECK(switches("no-port-forwarding") == "agent x11 pty rc ");
    CHECK(switches("no-agent-forwarding") == "forwarding x11 pty rc ");
    CHECK(switches("No-X11-Forwarding") == "forwarding agent pty rc ");
    CHECK(switches("no-pty,no-user-rc") == "forwarding agent x11 ");
    CHECK(switches("restrict").empty());
    CHECK(switches("restrict,pty,X11-forwarding") == "x11 pty ");
    CHECK(switches("restrict,agent-forwarding,user-rc,port-forwarding") == "forwarding agent rc ");
    CHECK(switches("pty,restrict").empty());
    CHECK(switches("no-touch-required,verify-required,no-verify-required,touch-required") == all_of_them);
    CHECK(allowed("restrict").sessions);
}

TEST_CASE("a command and variables are read from their quotes")
{
    CHECK(allowed("command=\"echo \\\"a, b\\\" 'c'\\\\ d\"").command == "echo \"a, b\" 'c'\\\\ d");
    CHECK(allowed("COMMAND=\"\",no-pty").command == "");
    const permissions p = allowed("environment=\"A=1=2\",environment=\"B_2=\",environment=\"A=other\"");
    REQUIRE(p.environment.size() == 2);
    CHECK(p.environment[0] == std::pair<std::string, std::string>("A", "1=2"));
    CHECK(p.environment[1] == std::pair<std::string, std::string>("B_2", ""));
    CHECK(problem("command=\"a\",command=\"a\"").find("twice") != std::string::npos);
    for (const std::string bad : {"environment=\"A\"", "environment=\"=1\"", "environment=\"A-B=1\"", "environment=\"A B=1\""})
        CHECK(problem(bad).find("no NAME=value") != std::string::npos);
}

TEST_CASE("places of forwarding must be places")
{
    const permissions p = allowed("permitopen=\"db:5432\",permitopen=\"[2001:db8::1]:*\",permitlisten=\"8080\","
                                  "permitlisten=\"*.example:90\"");
    CHECK(p.may_open("db", 5432));
    CHECK(p.may_open("2001:db8::1", 7));
    CHECK_FALSE(p.may_open("db", 5433));
    CHECK(p.may_listen("", 8080));
    CHECK(p.may_listen("a.example", 90));
    CHECK_FALSE(p.may_listen("a.example", 91));
    CHECK(allowed("permitopen=\"*:22\"").may_open("any", 22));
    for (const std::string good : {"permitopen=\"h:1\"", "permitopen=\"h:65535\"", "permitlisten=\"1\"", "permitlisten=\"*\"",
                                   "permitlisten=\"*:*\"", "permitlisten=\"[::1]:22\""})
        CHECK(problem(good).empty());
    for (const std::string bad : {"permitopen=\"h\"", "permitopen=\"8080\"", "permitopen=\"h:0\"", "permitopen=\"h:65536\"", "permitopen=\"h:\"",
                                  "permitopen=\":1\"", "permitopen=\"::1:22\"", "permitopen=\"[::1]22\"", "permitopen=\"[::1\"",
                                  "permitopen=\"h:99999999999\"", "permitopen=\"h:+1\"", "permitopen=\"a*:22\"", "permitopen=\"\"",
                                  "permitlisten=\"\"", "permitlisten=\"h:x\"", "permitlisten=\"0\"", "permitlisten=\":80\""}) {
        INFO(bad);
        CHECK(!problem(bad).empty());
    }
}

TEST_CASE("from= is a list of addresses, networks and names")
{
    const key_options o = options("from=\"192.0.2.0/24,!192.0.2.9,*.example.org,!bad.example.org\"");
    CHECK(o.objection(used_from("192.0.2.1")).empty());
    CHECK(o.objection(used_from("198.51.100.1", "a.example.org")).empty());
    CHECK(o.objection(used_from("192.0.2.9")) == "the key is not allowed from 192.0.2.9");
    CHECK(o.objection(used_from("192.0.2.9", "a.example.org")) == "the key is not allowed from a.example.org (192.0.2.9)");
    CHECK_FALSE(o.objection(used_from("192.0.2.1", "bad.example.org")).empty());
    CHECK_FALSE(o.objection(used_from("198.51.100.1")).empty());
    CHECK_FALSE(o.objection(used_from("UNKNOWN")).empty());
    CHECK(options("from=\"*\"").objection(used_from("UNKNOWN", "UNKNOWN")).empty());
    CHECK(options("no-pty").objection(used_from("UNKNOWN")).empty());
    CHECK(problem("from=\"\"").find("empty entry") != std::string::npos);
    CHECK(problem("from=\"10.0.0.1/8\"").find("no bits behind") != std::string::npos);
    CHECK(problem("from=\"a\",from=\"b\"").find("twice") != std::string::npos);
}

TEST_CASE("expiry-time= is a local time, or UTC with a Z, and the earliest one counts")
{
    const zone_of_test five_hours_ahead;
    const auto second = [](std::string_view text) { return std::chrono::system_clock::to_time_t(allowed(text).expiry.value()); };
    CHECK(second("expiry-time=\"20300102Z\"") == 1'893'542'400);
    CHECK(second("expiry-time=\"20300102\"") == 1'893'542'400 - 5 * 3600);
    CHECK(second("expiry-time=\"203001020304z\"") == 1'893'542'400 + 3 * 3600 + 4 * 60);
    CHECK(second("expiry-time=\"20300102030405Z\"") == 1'893'542'400 + 3 * 3600 + 4 * 60 + 5);
    CHECK(second("expiry-time=\"20310102Z\",expiry-time=\"20300102Z\",expiry-time=\"20320102Z\"") == 1'893'542'400);
    for (const std::string bad : {"", "Z", "2030", "2030010", "203001021", "2030010203", "20300102030", "20301302Z", "20300230Z", "20300132",
                                  "203001022460", "203001022400Z", "20300102036000", "19300102Z", "20300102X", "2030-1-2", "202301012359599"}) {
        INFO(bad);
        CHECK(problem("expiry-time=\"" + bad + '"').find("is no time like") != std::string::npos);
    }
    key_use use = used_from("192.0.2.1");
    const key_options o = options("expiry-time=\"20300102Z\"");
    use.at = *o.allowed.expiry - std::chrono::seconds(1);
    CHECK(o.objection(use).empty());
    use.at = *o.allowed.expiry;
    CHECK(o.objection(use) == "its time is over");
}

TEST_CASE("the line of a certificate authority lets nobody in by itself")
{
    const key_options o = options("principals=\"alice,bob\",cert-authority");
    CHECK(o.certificate_authority);
    CHECK(o.allowed.principals == std::vector<std::string>{"alice", "bob"});
    CHECK_FALSE(o.objection(used_from("192.0.2.1")).empty());
    CHECK(allowed("principals=\"alice\"").principals.empty());
    CHECK_FALSE(problem("principals=\"a\",principals=\"b\"").empty());
}

TEST_CASE("what is no option is told, and nothing of the line counts")
{
    CHECK(problem("no-pty,unknown") == "the option \"unknown\" is not understood");
    CHECK(problem("unknown=\"x\"") == "the option unknown=\"x\" is not understood");
    CHECK(problem("tunnel=\"0\"").empty());
    CHECK(problem("tunnel=\"any\"").empty());
    for (const std::string bad : {"", ",", "pty,", ",pty", "no-", "no-restrict", "no-cert-authority", "no-command=\"x\"", "command", "command=",
                                  "command=x", "command=\"x", "command=\"x\\\"", "command=\"x\"y", "pty=\"x\"", "pty\"x\"", "ptyx", "pty pty",
                                  "\"pty\"", "from", "expiry-time", "tunnel=\"x\"", "tunnel=\"\"", "restrict=\"no\"", "no-no-pty"}) {
        INFO(bad);
        CHECK(!problem(bad).empty());
    }
    CHECK(!problem(std::string("command=\"a\0b\"", 13)).empty());
    CHECK(problem("\x1b[2J").find('\x1b') == std::string::npos);
}
