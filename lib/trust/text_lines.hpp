// text_lines.hpp - helpers for readers of line-based key files: whole lines with a limit, and a bounded list of warnings.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal::trust {

constexpr std::size_t most_line_bytes = 8 * 1024;

struct text_line {
    std::string_view words; ///< the line without its end and the blanks around it
    std::size_t number;
    bool usable; ///< false for a line past the limit or with a NUL, which must be left out as a whole
};

/// Calls `use` for each line that is neither blank nor a comment, and `skip` with the text of each that is. The byte order mark of
/// Windows' editors is skipped. A line ends at LF only, so that no part of an over-long line, and nothing behind a NUL, can pass
/// for a line of its own.
template <class Use, class Skip>
void each_line(std::string_view text, Use use, Skip skip)
{
    constexpr std::string_view blanks = " \t\r";
    if (constexpr std::string_view mark = "\xef\xbb\xbf"; text.starts_with(mark))
        text.remove_prefix(mark.size());
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() < text.size() ? line.size() + 1 : line.size());
        const auto first = line.find_first_not_of(blanks);
        if (first == std::string_view::npos || line[first] == '#') {
            skip(line);
            continue;
        }
        const std::string_view words = line.substr(first, line.find_last_not_of(blanks) - first + 1);
        use(text_line{words, number, line.size() <= most_line_bytes && line.find('\0') == std::string_view::npos});
    }
}

template <class Use>
void each_line(std::string_view text, Use use)
{
    each_line(text, std::move(use), [](std::string_view) {});
}

/// Cuts the next word off the front of `text`, together with the blanks around it.
inline std::string_view next_word(std::string_view& text) noexcept
{
    constexpr std::string_view blanks = " \t";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return word;
}

/// Adds "source:line: why" for the first hundred lines only, since a file of a million damaged lines must not become a million
/// texts.
inline void warn(std::vector<std::string>& warnings, std::string_view source, std::size_t line, std::string_view why)
{
    constexpr std::size_t most = 100;
    if (warnings.size() > most)
        return;
    std::string text(source);
    text.append(source.empty() ? "line " : ":").append(std::to_string(line)).append(": ").append(why);
    warnings.push_back(warnings.size() < most ? std::move(text) : "further warnings are left out");
}

} // namespace sshoal::trust
