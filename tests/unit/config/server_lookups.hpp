// server_lookups.hpp - settings of servers from texts, for the tests of sshd_config.
#pragma once

#include "catch.hpp"

#include "sshoal/failure_detail.hpp"
#include "sshoal/sshd_config.hpp"

namespace sshoal::conf::test {

inline sshd_config server_config_of(std::string_view text)
{
    auto read = sshd_config::parse(text, "file");
    INFO(text);
    INFO((read ? std::string() : read.error().message()));
    REQUIRE(bool(read));
    return *read;
}

inline sshd_settings server_of(std::string_view text)
{
    auto found = server_config_of(text).settings();
    INFO(text);
    REQUIRE(bool(found));
    return std::move(*found);
}

/// Returns: the settings for a log-in of alice, from 192.0.2.7 to port 22 of 198.51.100.1.
inline login_facts alice()
{
    login_facts who;
    who.user = "alice";
    who.groups = {"alice", "staff"};
    who.host = "pc.example.org";
    who.address = "192.0.2.7";
    who.local_address = "198.51.100.1";
    who.local_port = std::uint16_t(22);
    return who;
}

inline sshd_settings login_of(std::string_view text, const login_facts& who = alice())
{
    auto found = server_config_of(text).settings_for(who);
    INFO(text);
    REQUIRE(bool(found));
    return std::move(*found);
}

/// Returns: why a text cannot be used; empty if it can.
inline std::string server_trouble(std::string_view text)
{
    const auto read = sshd_config::parse(text, "file");
    if (!read) {
        CHECK(read.error().code() == errc::bad_configuration);
        CHECK(read.error().detail() != nullptr);
        return read.error().context();
    }
    const auto found = read->settings();
    return found ? std::string() : found.error().context();
}

inline std::string server_value(std::string_view text, std::string_view keyword)
{
    return server_of(text).get(keyword).value_or("(none)");
}

} // namespace sshoal::conf::test
