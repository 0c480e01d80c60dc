#include "os/account_names.hpp"

#include "sshoal/system_account.hpp"

#include <unistd.h>

#include <cstdlib>

namespace sshoal::os {
namespace {

constexpr std::size_t most_remembered = 1024; // a bound, since files may belong to any number

std::string user_name(std::uint32_t id)
{
    const auto found = system_account::find(id);
    return found && *found ? (*found)->name : std::string();
}

} // namespace

std::string account_names::look(table& t, std::uint32_t id, std::string (*ask_for)(std::uint32_t))
{
    {
        const std::lock_guard hold(guard_);
        if (const auto known = t.find(id); known != t.end())
            return known->second;
    }
    std::string name = ask_for(id);
    const std::lock_guard hold(guard_);
    if (t.size() >= most_remembered)
        t.clear();
    t.emplace(id, name);
    return name;
}

std::string account_names::user(std::uint32_t id) { return look(users_, id, user_name); }

std::string account_names::group(std::uint32_t id) { return look(groups_, id, name_of_group); }

std::optional<std::string> home_of(const std::string& user)
{
    const auto found = system_account::find(user);
    return found && *found ? std::optional((*found)->home) : std::nullopt;
}

std::string home_of_this_user()
{
    const auto found = system_account::find(::getuid());
    std::string home = found && *found ? (*found)->home : std::string();
    if (const char* said = std::getenv("HOME"); home.empty() && said != nullptr)
        home = said;
    return home.empty() ? "/" : home;
}

} // namespace sshoal::os
