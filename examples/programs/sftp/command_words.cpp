#include "command_words.hpp"

#include <cctype>

namespace programs {
namespace {

constexpr std::size_t most_words = 128, most_alternatives = 4096;

bool is_wildcard(char c) { return c == '*' || c == '?' || c == '['; }

/// The end of the group that begins at `open`, and its commas.
std::size_t end_of_braces(const std::string& text, std::size_t open, std::vector<std::size_t>& commas)
{
    unsigned depth = 0;
    for (std::size_t i = open; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '{') {
            ++depth;
        } else if (text[i] == '}' && --depth == 0) {
            return i;
        } else if (text[i] == ',' && depth == 1) {
            commas.push_back(i);
        }
    }
    return std::string::npos;
}

void expand_from(const std::string& text, std::size_t from, std::vector<std::string>& into)
{
    for (std::size_t i = from; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
            continue;
        }
        std::vector<std::size_t> cuts;
        if (text[i] != '{')
            continue;
        const std::size_t end = end_of_braces(text, i, cuts);
        if (end == std::string::npos || cuts.empty())
            continue;
        cuts.push_back(end);
        std::size_t begin = i + 1;
        for (const std::size_t cut : cuts) {
            expand_from(text.substr(0, i) + text.substr(begin, cut - begin) + text.substr(end + 1), i, into);
            begin = cut + 1;
        }
        return;
    }
    if (into.size() >= most_alternatives)
        throw command_error("Too many alternatives in braces.");
    into.push_back(text);
}

} // namespace

command_words cut_words(std::string_view line)
{
    command_words r;
    std::string word;
    const auto end_word = [&] {
        if (!r.between)
            r.words.push_back(std::move(word));
        word.clear();
        r.between = true;
    };
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        const char next = i + 1 < line.size() ? line[i + 1] : '\0';
        if (r.open_quote != 0) {
            if (c == r.open_quote) {
                r.open_quote = 0;
            } else if (c == '\\' && next != '\0') {
                ++i;
                if (is_wildcard(next))
                    word += "\\\\\\"; // the backslash is one, and the wildcard is none
                else if (next != r.open_quote)
                    word += '\\';
                word += next;
            } else {
                if (is_wildcard(c))
                    word += '\\';
                word += c;
            }
            continue;
        }
        if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            end_word();
            continue;
        }
        if (c == '#')
            break;
        r.between = false;
        if (c == '"' || c == '\'') {
            r.open_quote = c;
        } else if (c == '\\' && next != '\0') {
            ++i;
            if (is_wildcard(next) || next == '\\')
                word += '\\';
            word += next;
        } else {
            word += c;
        }
    }
    if (!r.between)
        r.words.push_back(std::move(word));
    return r;
}

std::vector<std::string> split_command(std::string_view line)
{
    command_words r = cut_words(line);
    if (r.open_quote != 0)
        throw command_error("Unterminated quoted argument");
    if (r.words.size() >= most_words)
        throw command_error("Too many arguments.");
    return std::move(r.words);
}

std::string without_escapes(std::string_view pattern)
{
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\' && i + 1 < pattern.size())
            ++i;
        out += pattern[i];
    }
    return out;
}

std::string with_escapes(std::string_view name)
{
    std::string out;
    for (const char c : name) {
        if (is_wildcard(c) || c == '\\')
            out += '\\';
        out += c;
    }
    return out;
}

bool has_wildcard(std::string_view pattern)
{
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\')
            ++i;
        else if (is_wildcard(pattern[i]))
            return true;
    }
    return false;
}

std::vector<std::string> expand_braces(const std::string& pattern)
{
    std::vector<std::string> all;
    expand_from(pattern, 0, all);
    return all;
}

} // namespace programs
