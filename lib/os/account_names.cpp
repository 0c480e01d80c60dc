#include "os/account_names.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

namespace sshoal::os {
namespace {

constexpr std::size_t most_remembered = 1024; // files may belong to any number

/// Calls one of the functions getXXXX_r with as much room as it wants.
template <class Entry, class Ask, class Take>
auto ask(Ask function, Take take) -> decltype(take(std::declval<Entry&>()))
{
    std::vector<char> room(1024);
    for (;;) {
        Entry entry = {};
        Entry* found = nullptr;
        const int error = function(&entry, room.data(), room.size(), &found);
        if (error == ERANGE && room.size() < 1024 * 1024) {
            room.resize(room.size() * 4);
            continue;
        }
        if (error != 0 || found == nullptr)
            return {};
        return take(*found);
    }
}

std::string user_name(std::uint32_t id)
{
    return ask<::passwd>([id](auto... a) { return ::getpwuid_r(id, a...); }, [](::passwd& p) { return std::string(p.pw_name); });
}

std::string group_name(std::uint32_t id)
{
    return ask<::group>([id](auto... a) { return ::getgrgid_r(id, a...); }, [](::group& g) { return std::string(g.gr_name); });
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

std::string account_names::group(std::uint32_t id) { return look(groups_, id, group_name); }

std::optional<std::string> home_of(const std::string& user)
{
    using found = std::optional<std::string>;
    return ask<::passwd>([&user](auto... a) { return ::getpwnam_r(user.c_str(), a...); },
                         [](::passwd& p) { return found(p.pw_dir); });
}

std::string home_of_this_user()
{
    std::string home = ask<::passwd>([](auto... a) { return ::getpwuid_r(::getuid(), a...); },
                                     [](::passwd& p) { return std::string(p.pw_dir); });
    if (const char* said = std::getenv("HOME"); home.empty() && said != nullptr)
        home = said;
    return home.empty() ? "/" : home;
}

} // namespace sshoal::os
