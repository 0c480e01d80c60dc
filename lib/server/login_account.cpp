#include "server/login_account.hpp"

#include <unistd.h>

namespace sshoal::server {
namespace {

void take(login_account& a, system_account&& from)
{
    a.name = std::move(from.name);
    a.home = std::move(from.home);
    a.shell = std::move(from.shell);
    a.user_id = from.user_id;
    a.group_id = from.group_id;
    a.groups.assign(from.groups.begin(), from.groups.end());
}

outcome<bool> fill(login_account& a, outcome<std::optional<system_account>> found)
{
    if (!found)
        return outcome<bool>(boost::system::in_place_error, found.error());
    if (!*found)
        return false;
    take(a, std::move(**found));
    return true;
}

/// Looks up all groups that initgroups(3) would set; that function cannot be called between fork and exec.
std::vector<::gid_t> groups_of(const login_account& a)
{
    system_account asked;
    asked.name = a.name;
    asked.group_id = a.group_id;
    asked.find_groups();
    return {asked.groups.begin(), asked.groups.end()};
}

outcome<bool> fill_from(login_account& a, const account_function& look_up, const std::string& name)
{
    try {
        std::optional<system_account> found = look_up(name);
        if (!found)
            return false;
        take(a, std::move(*found));
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
    const outcome<bool> found = name.empty() ? fill(a, system_account::find(own))
                                : look_up    ? fill_from(a, look_up, name)
                                             : fill(a, system_account::find(name));
    if (found.has_error())
        return found.error();
    if (!*found) {
        if (!name.empty())
            return failure(errc::not_supported, "there is no account " + printable(name, 64));
        a.name = std::to_string(own); // a container may run with a user number that has no name
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
