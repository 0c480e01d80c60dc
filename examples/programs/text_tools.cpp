#include "text_tools.hpp"

#include <sshoal/owned_descriptor.hpp>
#include <sshoal/system_account.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <limits>

namespace programs {
namespace {

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_quote(char c) noexcept { return c == '"' || c == '\''; }

std::string home_of_account()
{
    const auto found = sshoal::system_account::find(::getuid());
    return found && *found ? (*found)->home : std::string();
}

} // namespace

std::string lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::optional<std::vector<std::string>> split_words(std::string_view line)
{
    std::vector<std::string> words;
    std::size_t i = 0;
    for (;;) {
        while (i < line.size() && is_blank(line[i]))
            ++i;
        if (i == line.size() || line[i] == '#')
            return words;
        std::string word;
        char quote = 0;
        for (; i < line.size() && (quote != 0 || !is_blank(line[i])); ++i) {
            const char c = line[i];
            const char next = i + 1 < line.size() ? line[i + 1] : '\0';
            if (c == '\\' && (is_quote(next) || next == '\\' || (quote == 0 && next == ' '))) {
                word += next;
                ++i;
            } else if (quote == 0 && is_quote(c)) {
                quote = c;
            } else if (quote != 0 && c == quote) {
                quote = 0;
            } else {
                word += c;
            }
        }
        if (quote != 0)
            return std::nullopt;
        words.push_back(std::move(word));
    }
}

std::vector<std::string> split_list(std::string_view list, char separator)
{
    std::vector<std::string> parts;
    while (!list.empty()) {
        const auto part = list.substr(0, list.find(separator));
        list.remove_prefix(std::min(list.size(), part.size() + 1));
        if (!part.empty())
            parts.emplace_back(part);
    }
    return parts;
}

std::string join(const std::vector<std::string>& words, std::string_view between)
{
    std::string out;
    for (const std::string& w : words) {
        if (&w != &words.front())
            out += between;
        out += w;
    }
    return out;
}

std::optional<std::uint64_t> number(std::string_view text, std::uint64_t least, std::uint64_t most)
{
    std::uint64_t n = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (ec != std::errc() || end != text.data() + text.size() || n < least || n > most)
        return std::nullopt;
    return n;
}

std::optional<std::string> expand_tokens(std::string_view text, const std::function<std::optional<std::string>(char)>& value)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (++i == text.size())
            return std::nullopt;
        const auto v = text[i] == '%' ? std::optional<std::string>("%") : value(text[i]);
        if (!v)
            return std::nullopt;
        out += *v;
    }
    return out;
}

std::string home_directory()
{
    if (std::string home = home_of_account(); !home.empty())
        return home;
    const char* set = std::getenv("HOME");
    return set != nullptr ? set : "";
}

std::optional<std::string> read_file(const std::string& path, std::size_t most, bool pipes)
{
    const sshoal::owned_descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return std::nullopt;
    struct ::stat what = {};
    std::optional<std::string> content;
    // /dev/null is a way to say "none".
    if (::fstat(fd.get(), &what) != 0 || !(S_ISREG(what.st_mode) || S_ISCHR(what.st_mode) || (pipes && S_ISFIFO(what.st_mode)))) {
        errno = S_ISDIR(what.st_mode) ? EISDIR : EINVAL;
    } else {
        if (S_ISFIFO(what.st_mode))
            ::fcntl(fd.get(), F_SETFL, O_RDONLY); // its writer may still be at work
        content.emplace();
        char room[16 * 1024];
        for (;;) {
            const ::ssize_t n = ::read(fd.get(), room, sizeof room);
            if (n > 0 && content->size() + static_cast<std::size_t>(n) <= most) {
                content->append(room, static_cast<std::size_t>(n));
                continue;
            }
            if (n < 0 && errno == EINTR)
                continue;
            if (n != 0) {
                if (n > 0)
                    errno = EFBIG;
                content.reset();
            }
            break;
        }
    }
    return content;
}

} // namespace programs
