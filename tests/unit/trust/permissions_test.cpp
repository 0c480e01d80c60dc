#include "sshoal/permissions.hpp"

#include "catch.hpp"
#include "trust/address_list.hpp"

using namespace sshoal;

TEST_CASE("permissions: without a word, everything is allowed")
{
    const permissions p;
    CHECK(p.sessions);
    CHECK(p.terminal);
    CHECK(p.may_open("anywhere", 1));
    CHECK(p.may_listen("", 80));
    CHECK(p.may_come_from("192.0.2.1"));
    CHECK(p.may_come_from(""));
    const permissions r = permissions::restricted();
    CHECK(r.sessions);
    CHECK_FALSE(r.terminal);
    CHECK_FALSE(r.x11);
    CHECK_FALSE(r.agent);
    CHECK_FALSE(r.may_open("anywhere", 1));
    CHECK_FALSE(r.may_listen("", 80));
}

TEST_CASE("permissions: places of forwarding")
{
    permissions p;
    p.permit_open = {"db.internal:5432", "*.example.org:*", "[2001:db8::1]:443", "broken]:1", "["};
    CHECK(p.may_open("db.internal", 5432));
    CHECK(p.may_open("DB.internal", 5432));
    CHECK_FALSE(p.may_open("db.internal", 5433));
    CHECK_FALSE(p.may_open("db.internal", 54320));
    CHECK(p.may_open("www.example.org", 8));
    CHECK_FALSE(p.may_open("example.org", 8));
    CHECK(p.may_open("2001:db8::1", 443));
    CHECK_FALSE(p.may_open("2001:db8::2", 443));
    p.permit_listen = {"8080", "localhost:9090"};
    CHECK(p.may_listen("", 8080));
    CHECK(p.may_listen("0.0.0.0", 8080));
    CHECK(p.may_listen("localhost", 9090));
    CHECK_FALSE(p.may_listen("0.0.0.0", 9090));
    p.port_forwarding = false;
    CHECK_FALSE(p.may_open("db.internal", 5432));
    CHECK_FALSE(p.may_listen("", 8080));
}

TEST_CASE("permissions: where a client may come from")
{
    permissions p;
    p.source_addresses = {"192.0.2.0/24", "!192.0.2.7", "10.*", "2001:db8::/33", "198.51.100.1"};
    for (const char* good : {"192.0.2.1", "192.0.2.255", "10.1.2.3", "2001:db8::1", "2001:db8:7fff::1", "198.51.100.1",
                             "::ffff:192.0.2.9", "2001:db8::1%eth0"})
        CHECK(p.may_come_from(good));
    for (const char* bad : {"192.0.2.7", "192.0.3.1", "2001:db8:8000::1", "198.51.100.10", "", "pipe", "::ffff:192.0.2.7"})
        CHECK_FALSE(p.may_come_from(bad));
    for (const char* broken : {"192.0.2.1/33", "192.0.2.1/", "192.0.2.1/x", "/8", "192.0.2.1/-1"})
        CHECK(trust::match_addresses({broken}, "192.0.2.1") == trust::list_match::no);
    CHECK(trust::match_addresses({"0.0.0.0/0"}, "192.0.2.1") == trust::list_match::yes);
    CHECK(trust::match_addresses({"0.0.0.0/0"}, "2001:db8::1") == trust::list_match::no);
}

TEST_CASE("permissions: steps of a log-in narrow one another")
{
    const auto now = std::chrono::system_clock::now();
    permissions a;
    a.environment = {{"A", "1"}};
    a.permit_open = {"one:1", "two:2"};
    a.expiry = now;
    permissions b = permissions::restricted();
    b.port_forwarding = true;
    b.command = "b";
    b.environment = {{"A", "2"}, {"B", "2"}};
    b.permit_open = {"two:2", "three:3"};
    b.expiry = now - std::chrono::hours(1);
    b.principals = {"alice"};
    a.narrow(b);
    CHECK(a.command == "b");
    CHECK(a.environment == std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", "2"}});
    CHECK_FALSE(a.terminal);
    CHECK(a.may_open("two", 2));
    CHECK_FALSE(a.may_open("one", 1));
    CHECK_FALSE(a.may_open("three", 3));
    CHECK(a.expiry == b.expiry);
    CHECK(a.principals == b.principals);
    CHECK(a.sessions);

    permissions other_command;
    other_command.command = "c";
    permissions narrowed = a;
    narrowed.narrow(other_command);
    CHECK_FALSE(narrowed.sessions);

    permissions elsewhere;
    elsewhere.permit_open = {"four:4"};
    elsewhere.source_addresses = {"10.*"};
    narrowed = a;
    narrowed.source_addresses = {"11.*"};
    narrowed.narrow(elsewhere);
    CHECK_FALSE(narrowed.port_forwarding);
    CHECK_FALSE(narrowed.may_come_from("10.0.0.1"));
    CHECK_FALSE(narrowed.may_come_from("11.0.0.1"));
}

TEST_CASE("permissions: the smaller number of sessions and the common variables are left")
{
    permissions a, b;
    a.narrow(b);
    CHECK_FALSE(a.max_sessions);
    CHECK_FALSE(a.accept_env);
    b.max_sessions = 2;
    b.accept_env = {"LANG", "LC_*"};
    a.narrow(b);
    CHECK(a.max_sessions == 2u);
    CHECK(a.accept_env == b.accept_env);
    b.max_sessions = 3;
    b.accept_env = {"LC_*", "TZ"};
    a.narrow(b);
    CHECK(a.max_sessions == 2u);
    CHECK(a.accept_env == std::vector<std::string>{"LC_*"});
    b.max_sessions = 1;
    b.accept_env = std::vector<std::string>();
    a.narrow(b);
    CHECK(a.max_sessions == 1u);
    CHECK(a.accept_env == std::vector<std::string>());
}

TEST_CASE("permissions: an address that either step excludes stays excluded")
{
    permissions a, b;
    a.source_addresses = {"10.*", "!10.0.0.1", "192.0.2.*"};
    b.source_addresses = {"10.*", "!10.0.0.2"};
    for (const bool turned : {false, true}) {
        permissions both = turned ? b : a;
        both.narrow(turned ? a : b);
        CHECK(both.may_come_from("10.0.0.3"));
        CHECK_FALSE(both.may_come_from("10.0.0.1"));
        CHECK_FALSE(both.may_come_from("10.0.0.2"));
        CHECK_FALSE(both.may_come_from("192.0.2.1"));
    }
}
