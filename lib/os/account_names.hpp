// account_names.hpp - looks up names of users and groups by their numbers, and remembers them; and home directories.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace sshoal::os {

/// Look-ups may wait for a directory service. May be used by several threads.
class account_names {
public:
    /// Returns: the name; empty if there is none.
    std::string user(std::uint32_t id);
    std::string group(std::uint32_t id);

private:
    using table = std::unordered_map<std::uint32_t, std::string>;
    std::string look(table& t, std::uint32_t id, std::string (*ask)(std::uint32_t));

    std::mutex guard_;
    table users_, groups_;
};

/// Returns: the home directory; nothing if there is no such user.
std::optional<std::string> home_of(const std::string& user);
/// Returns: "/" if the home directory cannot be found.
std::string home_of_this_user();

} // namespace sshoal::os
