// system_account.hpp - accounts of the operating system, and patterns of names.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal SSHOAL_API {

/// The facts about an account of the operating system that are needed to run a program for its user.
class system_account {
public:
    system_account() {}
    std::string name, home, shell;
    std::uint32_t user_id = 0, group_id = 0;
    std::vector<std::uint32_t> groups; ///< all groups of the account, `group_id` included; find() leaves them empty

    /// Looks the account up in the databases of the operating system. These may be on another machine, so the call may wait. May
    /// be called on any thread. Returns: the account; nothing if there is none of this name or number.
    /// Errors: those of the databases.
    static outcome<std::optional<system_account>> find(const std::string& name);
    static outcome<std::optional<system_account>> find(std::uint32_t user_id);
    /// Looks up the groups of this account by `name` and `group_id`. Returns: false if the account is in more groups than a
    /// process can have (65,536); `groups` is `group_id` alone then.
    bool find_groups();
};

/// Returns: the name of a group; empty if there is none of this number.
std::string name_of_group(std::uint32_t group_id);

/// Returns: whether the text matches a pattern with * and ?, as names and hosts do in OpenSSH's files.
bool matches_pattern(std::string_view pattern, std::string_view text) noexcept;

} // namespace sshoal
