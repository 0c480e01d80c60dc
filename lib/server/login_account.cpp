#include "server/login_account.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace sshoal::server {
namespace {

template <class Lookup>
outcome<bool> fill(login_account& a, Lookup look_up)
{
    constexpr std::size_t most_room = 1024 * 1024;
    std::vector<char> room(16 * 1024);
    struct ::passwd entry = {};
    struct ::passwd* found = nullptr;
    int status = 0;
    while ((status = look_up(&entry, room.data(), room.size(), &found)) == ERANGE && room.size() < most_room)
        room.resize(room.size() * 2);
    const auto text = [](const char* t) { return std::string(t != nullptr ? t : ""); };
    if (found != nullptr) {
        a.name = text(found->pw_name);
        a.home = text(found->pw_dir);
        a.shell = text(found->pw_shell);
        a.user_id = found->pw_uid;
        a.group_id = found->pw_gid;
        return true;
    }
    // "Not found" has many numbers, see getpwnam(3).
    if (status == 0 || status == ENOENT || status == ESRCH || status == EBADF || status == EPERM)
        return false;
    return outcome<bool>(boost::system::in_place_error,
                         failure(error_code(status, boost::system::system_category()), "password database"));
}

/// All of them, as initgroups(3) would set them; that one cannot be called between fork and exec.
std::vector<::gid_t> groups_of(const login_account& a)
{
    std::vector<::gid_t> groups(64);
    for (;;) {
        int count = static_cast<int>(groups.size());
        if (::getgrouplist(a.name.c_str(), a.group_id, groups.data(), &count) >= 0) {
            groups.resize(static_cast<std::size_t>(count));
            return groups;
        }
        groups.resize(std::max(groups.size() * 2, static_cast<std::size_t>(std::max(count, 0))));
        if (groups.size() > 1024 * 1024)
            return {a.group_id};
    }
}

outcome<bool> fill_from(login_account& a, const account_function& look_up, const std::string& name)
{
    try {
        std::optional<system_account> found = look_up(name);
        if (!found)
            return false;
        a.name = std::move(found->name);
        a.home = std::move(found->home);
        a.shell = std::move(found->shell);
        a.user_id = found->user_id;
        a.group_id = found->group_id;
        a.groups.assign(found->groups.begin(), found->groups.end());
        return true;
    } catch (const std::exception& e) {
        return outcome<bool>(boost::system::in_place_error,
                             failure(errc::not_supported, "account " + printable(name, 64) + ": " + e.what()));
    }
}

} // namespace

outcome<login_account> find_login_account(const std::string& name, const account_function& look_up)
{
    login_account a;
    const ::uid_t own = ::geteuid();
    const auto by_id = [&](auto... to) { return ::getpwuid_r(own, to...); };
    const auto by_name = [&](auto... to) { return ::getpwnam_r(name.c_str(), to...); };
    const outcome<bool> found = name.empty() ? fill(a, by_id) : look_up ? fill_from(a, look_up, name) : fill(a, by_name);
    if (found.has_error())
        return found.error();
    if (!*found) {
        if (!name.empty())
            return failure(errc::not_supported, "there is no account " + printable(name, 64));
        a.name = std::to_string(own); // a container may run under a number that has no name
        a.user_id = own;
        a.group_id = ::getegid();
    }
    if (a.shell.empty())
        a.shell = "/bin/sh";
    if (a.home.empty())
        a.home = "/";
    if (!name.empty() && own == 0) {
        a.take_on = true;
        if (!look_up)
            a.groups = groups_of(a);
    } else if (a.user_id != own) {
        return failure(errc::not_supported, "this server runs as another user than " + printable(name, 64));
    }
    return a;
}

} // namespace sshoal::server
