// account_names.hpp - names of users and groups by their numbers, remembered; and home directories.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace sshoal::os {

/// Thread-safe. May wait for a directory service.
class account_names {
public:
    /// Empty where there is no name.
    std::string user(std::uint32_t id);
    std::string group(std::uint32_t id);

private:
    using table = std::unordered_map<std::uint32_t, std::string>;
    std::string look(table& t, std::uint32_t id, std::string (*ask)(std::uint32_t));

    std::mutex guard_;
    table users_, groups_;
};

/// Nothing where there is no such user.
std::optional<std::string> home_of(const std::string& user);
/// "/" where that cannot be told.
std::string home_of_this_user();

} // namespace sshoal::os
