#include "remote_listing.hpp"

#include "remote_glob.hpp"

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <set>

namespace programs {
namespace {

namespace sftp = sshoal::sftp;

template <class... T>
std::string formatted(const char* format, T... values)
{
    char text[512];
    const int n = std::snprintf(text, sizeof text, format, values...);
    return std::string(text, std::min<std::size_t>(n < 0 ? 0 : static_cast<std::size_t>(n), sizeof text - 1));
}

std::string mode_text(std::uint32_t mode)
{
    std::string t = "?rwxrwxrwx";
    switch (mode & S_IFMT) {
    case S_IFREG: t[0] = '-'; break;
    case S_IFDIR: t[0] = 'd'; break;
    case S_IFLNK: t[0] = 'l'; break;
    case S_IFCHR: t[0] = 'c'; break;
    case S_IFBLK: t[0] = 'b'; break;
    case S_IFIFO: t[0] = 'p'; break;
    case S_IFSOCK: t[0] = 's'; break;
    default: break;
    }
    for (unsigned i = 0; i < 9; ++i)
        if ((mode & (0400u >> i)) == 0)
            t[i + 1] = '-';
    const auto special = [&](std::uint32_t bit, std::size_t at, char with, char without) {
        if ((mode & bit) != 0)
            t[at] = t[at] == 'x' ? with : without;
    };
    special(S_ISUID, 3, 's', 'S');
    special(S_ISGID, 6, 's', 'S');
    special(S_ISVTX, 9, 't', 'T');
    return t;
}

std::string time_text(std::optional<sftp::file_time> when)
{
    const std::time_t t = when ? static_cast<std::time_t>(when->time_since_epoch().count()) : 0;
    const std::time_t now = std::time(nullptr);
    const bool recent = now - 365 * 24 * 60 * 60 / 2 < t && now >= t;
    std::tm fields = {};
    if (::localtime_r(&t, &fields) == nullptr)
        return "            ";
    char text[64];
    text[std::strftime(text, sizeof text, recent ? "%b %e %H:%M" : "%b %e  %Y", &fields)] = '\0';
    return text;
}

std::string owner_text(const std::map<std::uint32_t, std::string>& names, std::optional<std::uint32_t> id)
{
    if (!id)
        return "?";
    const auto known = names.find(*id);
    return known == names.end() || known->second.empty() ? std::to_string(*id) : shown(known->second);
}

/// Characters that a terminal shows, as near as it matters for columns.
std::size_t width_of(std::string_view utf8)
{
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string share(std::uint64_t whole, std::uint64_t free)
{
    if (whole == 0)
        return "ERR";
    const double used = whole > free ? double(whole - free) : 0;
    return formatted("%3.0f%%", std::min(100.0, static_cast<double>(static_cast<std::uint64_t>(100 * used / double(whole)))));
}

} // namespace

void sort_items(std::vector<list_item>& items, const sftp_command& how)
{
    const auto less = [&](const list_item& a, const list_item& b) {
        switch (how.order) {
        case list_order::by_time: return a.attrs.mtime.value_or(sftp::file_time()) > b.attrs.mtime.value_or(sftp::file_time());
        case list_order::by_size: return a.attrs.size.value_or(0) > b.attrs.size.value_or(0);
        default: return a.name < b.name;
        }
    };
    if (how.order == list_order::as_it_comes)
        return;
    if (how.reverse)
        std::stable_sort(items.begin(), items.end(), [&](const list_item& a, const list_item& b) { return less(b, a); });
    else
        std::stable_sort(items.begin(), items.end(), less);
}

std::string in_columns(const std::vector<list_item>& items, bool one_column, unsigned width)
{
    std::size_t longest = 0;
    for (const list_item& i : items)
        longest = std::max(longest, width_of(shown(i.name)));
    const std::size_t columns = one_column ? 1 : std::max<std::size_t>(1, width / (longest + 2));
    const std::size_t space = one_column ? 0 : std::min<std::size_t>(width, width / columns);
    std::string out;
    std::size_t column = 0;
    for (const list_item& i : items) {
        std::string name = shown(i.name);
        const std::size_t taken = width_of(name);
        out += name;
        if (taken < space)
            out.append(space - taken, ' ');
        if (++column == columns) {
            out += '\n';
            column = 0;
        }
    }
    if (column != 0)
        out += '\n';
    return out;
}

std::string long_line(const list_item& item, bool human, const owner_names& owners)
{
    const sftp::attributes& a = item.attrs;
    std::string line
        = mode_text(a.permissions.value_or(0))
          + formatted("  %3s %-8s %-8s ", "?", owner_text(owners.users, a.uid).c_str(), owner_text(owners.groups, a.gid).c_str());
    if (human)
        line += formatted("%8s ", (in_units(a.size.value_or(0)) + 'B').c_str());
    else
        line += formatted("%8" PRIu64 " ", a.size.value_or(0));
    return line + time_text(a.mtime) + ' ' + shown(item.name) + '\n';
}

std::string in_units(std::uint64_t bytes)
{
    if (bytes < 1024)
        return std::to_string(bytes);
    constexpr char units[] = "KMGTPE";
    double value = double(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1023.5 && unit + 1 < sizeof units - 1; ++unit)
        value /= 1024;
    return formatted(value < 99.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

std::string df_lines(const sftp::file_system_info& s, bool human, bool inodes)
{
    const auto used = [](std::uint64_t whole, std::uint64_t free) { return whole > free ? whole - free : 0; };
    if (inodes)
        return formatted("     Inodes        Used       Avail      (root)    %%Capacity\n"
                         "%11" PRIu64 " %11" PRIu64 " %11" PRIu64 " %11" PRIu64 "         %s\n",
                         s.files, used(s.files, s.files_free), s.files_available, s.files_free,
                         share(s.files, s.files_free).c_str());
    const std::uint64_t unit = s.fragment_size;
    const std::uint64_t values[]
        = {s.blocks * unit, used(s.blocks, s.blocks_free) * unit, s.blocks_available * unit, s.blocks_free * unit};
    const std::string capacity = share(s.blocks, s.blocks_free);
    if (human)
        return formatted("    Size     Used    Avail   (root)    %%Capacity\n%7sB %7sB %7sB %7sB         %s\n",
                         in_units(values[0]).c_str(), in_units(values[1]).c_str(), in_units(values[2]).c_str(),
                         in_units(values[3]).c_str(), capacity.c_str());
    return formatted("        Size         Used        Avail       (root)    %%Capacity\n"
                     "%12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "         %s\n",
                     values[0] / 1024, values[1] / 1024, values[2] / 1024, values[3] / 1024, capacity.c_str());
}

sshoal::awaitable<owner_names> names_of_owners(sftp::client client, const std::vector<list_item>& items)
{
    constexpr std::size_t at_once = 512;
    owner_names r;
    if (!client.supports(sftp::extension::users_groups_by_id))
        co_return r;
    std::set<std::uint32_t> user_set, group_set;
    for (const list_item& i : items) {
        if (i.attrs.uid && user_set.size() < at_once)
            user_set.insert(*i.attrs.uid);
        if (i.attrs.gid && group_set.size() < at_once)
            group_set.insert(*i.attrs.gid);
    }
    const std::vector<std::uint32_t> users(user_set.begin(), user_set.end()), groups(group_set.begin(), group_set.end());
    try {
        auto asking = client.names_of(users, groups);
        const auto names = co_await std::move(asking);
        for (std::size_t i = 0; i < users.size() && i < names.first.size(); ++i)
            r.users[users[i]] = names.first[i];
        for (std::size_t i = 0; i < groups.size() && i < names.second.size(); ++i)
            r.groups[groups[i]] = names.second[i];
    } catch (const boost::system::system_error& e) {
        if (!is_harmless(e.code()))
            throw;
    }
    co_return r;
}

unsigned terminal_width(int fd)
{
    struct ::winsize size = {};
    return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

} // namespace programs
