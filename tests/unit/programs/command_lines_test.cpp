// Command lines and places of sftp(1) and scp(1).
#include "../option_scanner.hpp"
#include "../remote_place.hpp"
#include "sftp_command_line.hpp"

#include "catch.hpp"

using namespace programs;

namespace {

remote_place place(std::optional<std::string> user, std::string host, std::optional<std::string> path,
                   std::optional<std::uint16_t> port = std::nullopt)
{
    remote_place p;
    p.user = std::move(user);
    p.host = std::move(host);
    p.path = std::move(path);
    p.port = port;
    return p;
}

} // namespace

TEST_CASE("host and path")
{
    CHECK(parse_place_path("h:p") == place(std::nullopt, "h", "p"));
    CHECK(parse_place_path("h:") == place(std::nullopt, "h", ""));
    CHECK(parse_place_path("u@x@h:/p:q") == place("u@x", "h", "/p:q"));
    CHECK(parse_place_path("u@[::1]:p") == place("u", "::1", "p"));
    CHECK(parse_place_path("[::1]:p") == place(std::nullopt, "::1", "p"));
    CHECK_FALSE(parse_place_path("./a:b"));
    CHECK_FALSE(parse_place_path("/a:b"));
    CHECK_FALSE(parse_place_path(":b"));
    CHECK_FALSE(parse_place_path("b"));
    CHECK_THROWS_AS(parse_place_path("@h:p"), usage_error);
    CHECK(parse_place_host("u@h") == place("u", "h", std::nullopt));
}

TEST_CASE("URIs")
{
    CHECK(parse_place_uri("sftp", "sftp://h") == place(std::nullopt, "h", std::nullopt));
    CHECK(parse_place_uri("sftp", "sftp://u@h:22//a/b") == place("u", "h", "/a/b", std::uint16_t(22)));
    CHECK(parse_place_uri("scp", "SCP://u%40x;fingerprint=y@[::1]:9/a%20b") == place("u@x", "::1", "a b", std::uint16_t(9)));
    CHECK_FALSE(parse_place_uri("scp", "sftp://h/p"));
    CHECK_THROWS_AS(parse_place_uri("scp", "scp://h:0/p"), usage_error);
    CHECK_THROWS_AS(parse_place_uri("scp", "scp://h:x/p"), usage_error);
    CHECK_THROWS_AS(parse_place_uri("scp", "scp://h/%0"), usage_error);
    CHECK_THROWS_AS(parse_place_uri("scp", "scp://h/%00"), usage_error);
    CHECK_THROWS_AS(parse_place_uri("scp", "scp:///p"), usage_error);
}

TEST_CASE("sftp's command line")
{
    const auto c = parse_sftp_command_line({"-vvvb", "-", "-oPort=3", "-B", "1000", "-R2", "-l", "8", "u@h:d", "here"});
    CHECK(c.batch_file == "-");
    CHECK(c.remote.loud == 3);
    CHECK(c.remote.buffer == 1000);
    CHECK(c.remote.requests == 2);
    CHECK(c.remote.rate == 1024);
    CHECK(c.place == place("u", "h", "d"));
    CHECK(c.local_path == "here");
    CHECK(c.quiet);
    CHECK_FALSE(parse_sftp_command_line({"-b", "x", "-N", "h"}).quiet);
    CHECK(parse_sftp_command_line({"-D", "/x/sftp-server -e"}).remote.server == "/x/sftp-server -e");
    const auto settings = parse_sftp_command_line({"-J", "u@gate:2222,ssh://inner", "h"}).remote.settings;
    REQUIRE(settings.size() == 1);
    CHECK(settings[0].line == "ProxyJump u@gate:2222,ssh://inner");
    CHECK_NOTHROW(parse_sftp_command_line({"-J", "none", "h"}));
    for (std::vector<std::string> bad : std::vector<std::vector<std::string>>{{},
                                                                              {"-Z", "h"},
                                                                              {"-R", "0", "h"},
                                                                              {"-B", "x", "h"},
                                                                              {"-b", "x", "-b", "y", "h"},
                                                                              {"-1", "h"},
                                                                              {"-X", "foo=1", "h"},
                                                                              {"-J", "a:b", "h"},
                                                                              {"h", "a", "b"},
                                                                              {"-l", "0", "h"}})
        CHECK_THROWS_AS(parse_sftp_command_line(std::move(bad)), usage_error);
}
