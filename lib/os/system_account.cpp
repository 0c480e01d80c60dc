#include "sshoal/system_account.hpp"

#include "base/wildcard.hpp"

#include <algorithm>
#include <cerrno>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace sshoal {
namespace {

constexpr std::size_t most_room = 1024 * 1024;
constexpr std::size_t most_groups = 65'536; // the limit of Linux

/// Calls one of the functions getXXX_r() with as large a buffer as it needs. Returns: the function's error.
template <class Entry, class Call>
int look_up(Entry& entry, Entry*& found, std::vector<char>& room, Call call)
{
    room.resize(1024);
    for (;;) {
        const int status = call(&entry, room.data(), room.size(), &found);
        if (status != ERANGE || room.size() >= most_room)
            return status;
        room.resize(room.size() * 4);
    }
}

/// Systems report "not found" with several numbers, see getpwnam(3).
bool says_not_found(int status) noexcept
{
    return status == 0 || status == ENOENT || status == ESRCH || status == EBADF || status == EPERM;
}

template <class Call>
outcome<std::optional<system_account>> account_by(Call call)
{
    std::vector<char> room;
    struct ::passwd entry = {};
    struct ::passwd* found = nullptr;
    const int status = look_up(entry, found, room, call);
    std::optional<system_account> made;
    if (found != nullptr) {
        const auto text = [](const char* t) { return std::string(t != nullptr ? t : ""); };
        made.emplace();
        made->name = text(found->pw_name);
        made->home = text(found->pw_dir);
        made->shell = text(found->pw_shell);
        made->user_id = found->pw_uid;
        made->group_id = found->pw_gid;
    } else if (!says_not_found(status)) {
        return failure(error_code(status, boost::system::system_category()), "password database");
    }
    return made;
}

} // namespace

outcome<std::optional<system_account>> system_account::find(const std::string& name)
{
    return account_by([&](auto... to) { return ::getpwnam_r(name.c_str(), to...); });
}

outcome<std::optional<system_account>> system_account::find(std::uint32_t user_id)
{
    return account_by([&](auto... to) { return ::getpwuid_r(user_id, to...); });
}

bool system_account::find_groups()
{
    std::vector<::gid_t> all(64);
    for (;;) {
        int count = static_cast<int>(all.size());
        const bool complete = ::getgrouplist(name.c_str(), group_id, all.data(), &count) >= 0;
        const auto wanted = static_cast<std::size_t>(std::max(count, 0));
        if (complete) {
            groups.assign(all.begin(), all.begin() + count);
            return true;
        }
        if (all.size() >= most_groups) {
            groups = {group_id};
            return false;
        }
        all.resize(std::min(std::max(all.size() * 2, wanted), most_groups));
    }
}

std::string name_of_group(std::uint32_t group_id)
{
    std::vector<char> room;
    struct ::group entry = {};
    struct ::group* found = nullptr;
    if (look_up(entry, found, room, [&](auto... to) { return ::getgrgid_r(group_id, to...); }) != 0 || found == nullptr)
        return {};
    return found->gr_name;
}

bool matches_pattern(std::string_view pattern, std::string_view text) noexcept { return matches_wildcard(pattern, text); }

} // namespace sshoal
