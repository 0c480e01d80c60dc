#include "config/config_line.hpp"

#include "base/wildcard.hpp"
#include "sshoal/failure_detail.hpp"
#include "sshoal/ssh_config.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sshoal::conf {
namespace {

constexpr std::string_view blanks = " \t\r\n\f";

bool is_word_end(char c) noexcept { return c == ' ' || c == '\t'; }
bool is_quote_mark(char c) noexcept { return c == '"' || c == '\''; }

/// Returns: nothing if a quote stays open.
std::optional<std::vector<config_word>> split(std::string_view text, std::size_t first_column)
{
    std::vector<config_word> words;
    std::size_t i = 0;
    for (;;) {
        while (i < text.size() && is_word_end(text[i]))
            ++i;
        if (i == text.size() || text[i] == '#')
            return words;
        config_word word;
        word.column = first_column + i;
        char quote = 0;
        for (; i < text.size() && (quote != 0 || !is_word_end(text[i])); ++i) {
            const char c = text[i];
            const char next = i + 1 < text.size() ? text[i + 1] : '\0';
            if (c == '\\' && (is_quote_mark(next) || next == '\\' || (quote == 0 && next == ' '))) {
                word.text += next;
                ++i;
            } else if (quote == 0 && is_quote_mark(c)) {
                quote = c;
            } else if (quote != 0 && c == quote) {
                quote = 0;
            } else {
                word.text += c;
            }
        }
        if (quote != 0)
            return std::nullopt;
        words.push_back(std::move(word));
    }
}

std::size_t skip_blanks(std::string_view text, std::size_t from) noexcept
{
    return std::min(text.size(), text.find_first_not_of(blanks, from));
}

failure failure_at(const config_place& at, const std::string& why)
{
    failure_detail facts;
    facts.place = at;
    return with_detail(failure(errc::bad_configuration, at.to_string() + ": " + why), std::move(facts));
}

} // namespace

failure wrong_place(const config_place& at, const std::string& why) { return failure_at(at, why); }

failure wrong_line(const config_line& line, const std::string& why)
{
    return failure_at(line.place, printable(line.written) + ": " + why);
}

failure wrong_word(const config_line& line, std::size_t word, const std::string& why)
{
    config_place at = line.place;
    if (word < line.words.size() && at.line != 0)
        at.column = line.words[word].column;
    return failure_at(at, printable(line.written) + ": " + why);
}

config_line read_config_line(std::string_view text, config_place at)
{
    config_line line;
    const std::size_t begin = skip_blanks(text, 0);
    const std::size_t end = std::min(text.size(), text.find_first_of(" \t\r\n\f=", begin));
    line.written = text.substr(begin, end - begin);
    line.keyword = lower_case(line.written);
    line.place = std::move(at);
    line.place.column = begin + 1;
    std::size_t rest = skip_blanks(text, end);
    if (rest < text.size() && text[rest] == '=')
        rest = skip_blanks(text, rest + 1);
    if (const auto last = text.find_last_not_of(blanks); last != std::string_view::npos)
        text = text.substr(0, last + 1);
    line.rest = text.substr(std::min(rest, text.size()));
    if (auto words = split(line.rest, rest + 1))
        line.words = std::move(*words);
    else
        line.trouble = wrong_line(line, "a quote is not closed");
    if (line.rest.empty())
        line.trouble = wrong_line(line, "an argument is missing");
    return line;
}

outcome<std::vector<config_line>> read_config_lines(std::string_view text, const std::string& file)
{
    std::vector<config_line> all;
    if (constexpr std::string_view byte_order_mark = "\xef\xbb\xbf"; text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view one = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), one.size() + 1));
        config_place at(file, number, 1);
        if (const auto nul = one.find('\0'); nul != std::string_view::npos) {
            at.column = nul + 1;
            return wrong_place(at, "a NUL");
        }
        const auto first = one.find_first_not_of(blanks);
        if (first == std::string_view::npos || one[first] == '#')
            continue;
        all.push_back(read_config_line(one, std::move(at)));
    }
    return all;
}

std::vector<std::string> comma_list(std::string_view list)
{
    std::vector<std::string> parts;
    while (!list.empty()) {
        const std::string_view part = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), part.size() + 1));
        if (!part.empty())
            parts.emplace_back(part);
    }
    return parts;
}

std::string joined_words(const std::vector<std::string>& words, std::string_view between)
{
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0)
            out += between;
        out += words[i];
    }
    return out;
}

} // namespace sshoal::conf

namespace sshoal {

std::string quoted_config_value(std::string_view value)
{
    std::string all = "\"";
    for (const char c : value) {
        if (conf::is_quote_mark(c) || c == '\\')
            all += '\\';
        all += c;
    }
    return all + '"';
}

} // namespace sshoal

namespace sshoal::conf {

std::string lower_case(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
    return out;
}

} // namespace sshoal::conf
