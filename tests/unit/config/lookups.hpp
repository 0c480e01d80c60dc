// lookups.hpp - look-ups in texts, for the tests of configurations.
#pragma once

#include "catch.hpp"

#include "sshoal/failure_detail.hpp"
#include "sshoal/ssh_config.hpp"

#include <map>

namespace sshoal::conf::test {

inline config_facts some_facts()
{
    config_facts f;
    f.local_user = "alice";
    f.user_id = 1000;
    f.home = "/home/alice";
    f.host_name = "desk.example.org";
    f.version = "sshoal_1.0";
    f.variable = [](const std::string& name) {
        static const std::map<std::string, std::string> set{{"SSH_AUTH_SOCK", "/run/agent"}, {"PLACE", "elsewhere"}};
        const auto found = set.find(name);
        return found == set.end() ? std::nullopt : std::optional(found->second);
    };
    return f;
}

inline ssh_config config_of(std::string_view text)
{
    auto read = ssh_config::parse(text, "file");
    INFO(text);
    REQUIRE(bool(read));
    return *read;
}

inline ssh_settings settings_of(std::string_view text, const std::string& host = "work", const config_facts& facts = some_facts())
{
    auto found = config_of(text).lookup_now(host, facts);
    INFO(text);
    INFO((found ? std::string() : found.error().message()));
    REQUIRE(bool(found));
    return std::move(*found);
}

/// Returns: why a configuration cannot be read, or asked.
inline failure trouble_of(std::string_view text, const std::string& host = "work", const config_facts& facts = some_facts())
{
    auto read = ssh_config::parse(text, "file");
    if (!read)
        return read.error();
    auto found = read->lookup_now(host, facts);
    INFO(text);
    REQUIRE_FALSE(bool(found));
    return found.error();
}

inline std::string value_of(std::string_view text, std::string_view keyword, const std::string& host = "work")
{
    return settings_of(text, host).get(keyword).value_or("(none)");
}

} // namespace sshoal::conf::test
