#include "scp/protocol/control.hpp"

#include "sshoal/sftp_types.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

namespace sshoal::scp_protocol {
namespace {

/// Takes a number from the head of the text: digits alone, without a sign.
std::optional<std::uint64_t> take_number(std::string_view& text, std::uint64_t most)
{
    std::uint64_t n = 0;
    const char* end = text.data() + text.size();
    const auto [stop, trouble] = std::from_chars(text.data(), end, n);
    if (trouble != std::errc() || stop == text.data() || n > most)
        return std::nullopt;
    text.remove_prefix(std::size_t(stop - text.data()));
    return n;
}

bool take(std::string_view& text, char c)
{
    if (text.empty() || text.front() != c)
        return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::uint32_t> take_mode(std::string_view& text)
{
    if (text.size() < 4)
        return std::nullopt;
    std::uint32_t mode = 0;
    for (const char c : text.substr(0, 4)) {
        if (c < '0' || c > '7')
            return std::nullopt;
        mode = mode * 8 + std::uint32_t(c - '0');
    }
    text.remove_prefix(4);
    return mode;
}

outcome<control> parse_entry(record what, std::string_view rest, bool allow_dots)
{
    control c;
    c.what = what;
    const auto mode = take_mode(rest);
    if (!mode || !take(rest, ' '))
        return copy_protocol_error("bad mode");
    const auto size = take_number(rest, most_size);
    if (!size || !take(rest, ' '))
        return copy_protocol_error("bad size");
    const bool dots = allow_dots && what == record::directory && (rest == "." || rest == "..");
    if (!dots && !sftp::is_plain_name(rest))
        return copy_protocol_error("unexpected file name: " + printable(rest));
    c.mode = *mode;
    c.size = *size;
    c.name = rest;
    return c;
}

outcome<control> parse_times(std::string_view rest)
{
    control c;
    c.what = record::times;
    const auto mtime = take_number(rest, most_seconds);
    const bool gap = take(rest, ' ') && take_number(rest, 999'999) && take(rest, ' ');
    const auto atime = take_number(rest, most_seconds);
    const bool end = take(rest, ' ') && take_number(rest, 999'999) && rest.empty();
    if (!mtime || !gap || !atime || !end)
        return copy_protocol_error("bad times");
    c.mtime = std::int64_t(*mtime);
    c.atime = std::int64_t(*atime);
    return c;
}

std::string entry_line(char kind, std::uint32_t mode, std::uint64_t size, std::string_view name)
{
    char head[40];
    std::snprintf(head, sizeof head, "%c%04o %llu ", kind, unsigned(mode & mode_bits), static_cast<unsigned long long>(size));
    return std::string(head).append(name) + '\n';
}

std::string message_line(char kind, std::string_view text)
{
    return kind + ("scp: " + printable(text, most_line / 2)) + '\n';
}

} // namespace

failure copy_protocol_error(std::string text) { return failure(errc::protocol_error, std::move(text)); }

outcome<control> parse_control(std::string_view line, bool allow_dots)
{
    if (line.size() > most_line)
        return copy_protocol_error("a line of more than " + std::to_string(most_line) + " bytes");
    if (line.empty())
        return copy_protocol_error("an empty line");
    const std::string_view rest = line.substr(1);
    control c;
    switch (line.front()) {
    case 'C': return parse_entry(record::file, rest, allow_dots);
    case 'D': return parse_entry(record::directory, rest, allow_dots);
    case 'T': return parse_times(rest);
    case 'E':
        if (!rest.empty())
            return copy_protocol_error("something behind the end of a directory");
        return c;
    case '\1':
    case '\2':
        c.what = line.front() == '\1' ? record::warning : record::fatal;
        c.text = printable(rest, most_line);
        return c;
    default: return copy_protocol_error("expected a control line, but got: " + printable(line));
    }
}

std::string file_line(std::uint32_t mode, std::uint64_t size, std::string_view name) { return entry_line('C', mode, size, name); }
std::string directory_line(std::uint32_t mode, std::string_view name) { return entry_line('D', mode, 0, name); }

std::string times_line(std::int64_t mtime, std::int64_t atime)
{
    const auto said = [](std::int64_t t) { return std::to_string(std::clamp<std::int64_t>(t, 0, std::int64_t(most_seconds))); };
    return "T" + said(mtime) + " 0 " + said(atime) + " 0\n";
}

std::string warning_line(std::string_view text) { return message_line('\1', text); }
std::string fatal_line(std::string_view text) { return message_line('\2', text); }

bool can_be_sent(std::string_view name) noexcept
{
    // "C0644 18446744073709551615 " takes 27 bytes.
    return sftp::is_plain_name(name) && name.find('\n') == name.npos && name.size() + 32 <= most_line;
}

std::string quoted_noise(std::string_view text)
{
    constexpr std::size_t most = 200;
    return '"' + printable(text.substr(0, most), 4 * most) + "\" (does a shell print something at log-in?)";
}

} // namespace sshoal::scp_protocol
