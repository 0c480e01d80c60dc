// The line of "ls -l" that NAME packets carry beside each name.

#include "sftp/protocol/messages.hpp"

#include <algorithm>

#include <ctime>

#include <sys/stat.h>

namespace sshoal::sftp {
namespace {

char letter_of(file_type t) noexcept
{
    switch (t) {
    case file_type::directory: return 'd';
    case file_type::symlink: return 'l';
    case file_type::socket: return 's';
    case file_type::block_device: return 'b';
    case file_type::character_device: return 'c';
    case file_type::fifo: return 'p';
    case file_type::regular: return '-';
    case file_type::unknown: return '?';
    }
    return '?';
}

std::string mode_text(const attributes& a)
{
    const std::uint32_t mode = a.permissions.value_or(0);
    std::string text = "?---------";
    text[0] = letter_of(a.type());
    for (std::size_t i = 0; i < 9; ++i)
        if ((mode >> (8 - i) & 1) != 0)
            text[1 + i] = "rwx"[i % 3];
    const auto special = [&](std::uint32_t bit, std::size_t at, char with, char without) {
        if ((mode & bit) != 0)
            text[at] = text[at] == 'x' ? with : without;
    };
    special(S_ISUID, 3, 's', 'S');
    special(S_ISGID, 6, 's', 'S');
    special(S_ISVTX, 9, 't', 'T');
    return text;
}

std::string padded(std::string text, std::size_t width, bool to_the_right)
{
    if (text.size() < width)
        text.insert(to_the_right ? 0 : text.size(), width - text.size(), ' ');
    return text;
}

} // namespace

std::string long_name(const directory_entry& e, file_time now, std::string_view user, std::string_view group, std::uint64_t links)
{
    const std::string owner = user.empty() ? std::to_string(e.attrs.uid.value_or(0)) : std::string(user);
    const std::string owners = group.empty() ? std::to_string(e.attrs.gid.value_or(0)) : std::string(group);
    char date[64] = "";
    if (e.attrs.mtime) {
        const std::time_t when = std::time_t(e.attrs.mtime->time_since_epoch().count());
        const auto age = now - *e.attrs.mtime;
        constexpr auto half_a_year = std::chrono::hours(365 * 24 / 2);
        std::tm parts{};
        if (::localtime_r(&when, &parts) != nullptr)
            std::strftime(date, sizeof date, age >= half_a_year || age < -half_a_year ? "%b %e  %Y" : "%b %e %H:%M", &parts);
    }
    return mode_text(e.attrs) + ' ' + padded(std::to_string(links), 4, true) + ' ' + padded(owner, 8, false) + ' '
           + padded(owners, 8, false) + ' ' + padded(std::to_string(e.attrs.size.value_or(0)), 8, true) + ' '
           + padded(date, 12, false) + ' ' + e.name;
}

} // namespace sshoal::sftp

namespace sshoal::sftp_protocol {

void add_type_by_long_name(sftp::directory_entry& e)
{
    constexpr std::size_t mode_bits = 9;
    if (e.attrs.type() != sftp::file_type::unknown || e.long_name.size() <= mode_bits)
        return;
    constexpr std::pair<char, std::uint32_t> letters[]
        = {{'d', S_IFDIR}, {'-', S_IFREG}, {'l', S_IFLNK}, {'s', S_IFSOCK}, {'b', S_IFBLK}, {'c', S_IFCHR}, {'p', S_IFIFO}};
    const auto type = std::find_if(std::begin(letters), std::end(letters), [&](auto& l) { return l.first == e.long_name[0]; });
    std::uint32_t mode = 0;
    for (std::size_t i = 0; i < mode_bits; ++i) {
        const char c = e.long_name[1 + i], plain = "rwx"[i % 3];
        if (c != '-' && c != plain && (plain != 'x' || std::string_view("sStT").find(c) == std::string_view::npos))
            return; // the text is no such line
        if (c == plain || c == 's' || c == 't')
            mode |= 1u << (mode_bits - 1 - i);
    }
    if (type != std::end(letters))
        e.attrs.permissions = (e.attrs.permissions.value_or(mode) & 07777) | type->second;
}

} // namespace sshoal::sftp_protocol
