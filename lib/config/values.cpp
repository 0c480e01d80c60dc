// The arguments of a keyword, by the form that its row in the table says.
#include "config/keyword.hpp"

#include "base/wildcard.hpp"
#include "config/algorithm_lists.hpp"
#include "config/forward_spec.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace sshoal::conf {
namespace {

using outcome_value = outcome<value>;

failure missing(const config_line& line) { return wrong_line(line, "an argument is missing"); }

/// Returns: the only word. Errors: there is none, an empty one, or more.
outcome<std::string> one_word(const config_line& line)
{
    if (line.words.empty() || line.words.front().text.empty())
        return missing(line);
    if (line.words.size() > 1)
        return wrong_word(line, 1, "extra arguments at the end of the line");
    return line.words.front().text;
}

outcome_value single(std::string text) { return value{std::move(text)}; }

/// Returns: the shown form of a choice; nothing for another word.
std::optional<std::string> chosen(std::string_view choices, const std::string& word)
{
    const std::string wanted = lower_case(word);
    for (const std::string& group : comma_list(choices)) {
        std::string_view left = group, first;
        while (!left.empty()) {
            const std::string_view name = left.substr(0, left.find('|'));
            left.remove_prefix(std::min(left.size(), name.size() + 1));
            if (first.empty())
                first = name;
            if (lower_case(name) == wanted)
                return std::string(first);
        }
    }
    return std::nullopt;
}

std::string told_choices(std::string_view choices)
{
    std::string text;
    for (const std::string& group : comma_list(choices))
        text += (text.empty() ? "" : ", ") + group.substr(0, group.find('|'));
    return text;
}

outcome_value choice_value(std::string_view choices, const config_line& line)
{
    const auto word = one_word(line);
    if (!word)
        return word.error();
    auto found = chosen(choices, *word);
    if (!found)
        return wrong_word(line, 0, "\"" + printable(*word) + "\" is none of " + told_choices(choices));
    return single(std::move(*found));
}

outcome_value number_value(const keyword& k, const config_line& line)
{
    const auto word = one_word(line);
    if (!word)
        return word.error();
    if (!k.words.empty() && lower_case(*word) == k.words)
        return single(std::string(k.words));
    const auto n = number_of(*word, k.least, k.most);
    if (!n)
        return wrong_word(line, 0, "not a number from " + std::to_string(k.least) + " to " + std::to_string(k.most) + ": "
                                       + printable(*word));
    return single(std::to_string(*n));
}

outcome_value time_value(const keyword& k, const config_line& line)
{
    const auto word = one_word(line);
    if (!word)
        return word.error();
    if (lower_case(*word) == "none")
        return k.words == "none" ? single("none")
               : k.words == "-"  ? wrong_word(line, 0, "not a time such as 90 or 1h30m: none")
                                 : outcome_value(value());
    const auto t = time_of(*word);
    if (!t)
        return wrong_word(line, 0, "not a time such as 90 or 1h30m: " + printable(*word));
    return single(std::to_string(*t));
}

outcome_value text_value(const config_line& line)
{
    auto word = one_word(line);
    if (!word)
        return word.error();
    return single(std::move(*word));
}

/// All words; an empty one is an error, and "none" stands alone.
outcome_value word_list(const config_line& line, bool none_alone)
{
    value v;
    if (line.words.empty())
        return missing(line);
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string& word = line.words[i].text;
        if (word.empty())
            return wrong_word(line, i, "an empty argument");
        if (none_alone && line.words.size() > 1 && lower_case(word) == "none")
            return wrong_word(line, i, "\"none\" must stand alone");
        v.push_back(word);
    }
    return v;
}

outcome_value environment_names(const config_line& line)
{
    auto v = word_list(line, false);
    for (std::size_t i = 0; v && i < v->size(); ++i)
        if ((*v)[i].find('=') != std::string::npos)
            return wrong_word(line, i, "a name of a variable has no '=': " + printable((*v)[i]));
    return v;
}

outcome_value environment_settings(const config_line& line)
{
    value v;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string& word = line.words[i].text;
        const auto equals = word.find('=');
        if (equals == 0 || equals == std::string::npos)
            return wrong_word(line, i, "NAME=value is expected: " + printable(word));
        const std::string_view head = std::string_view(word).substr(0, equals + 1);
        if (std::none_of(v.begin(), v.end(), [&](const std::string& known) { return known.starts_with(head); }))
            v.push_back(word);
    }
    if (v.empty())
        return wrong_line(line, "NAME=value is expected");
    return v;
}

outcome_value rekey_value(const config_line& line)
{
    if (line.words.empty() || line.words.front().text.empty())
        return missing(line);
    if (line.words.size() > 2)
        return wrong_word(line, 2, "extra arguments at the end of the line");
    constexpr std::uint64_t least = 16;
    std::uint64_t bytes = 0;
    const std::string& amount = line.words.front().text;
    if (amount != "default") {
        const auto n = bytes_of(amount);
        if (!n)
            return wrong_word(line, 0, "not an amount such as 512M or 1G: " + printable(amount));
        if (*n != 0 && *n < least)
            return wrong_word(line, 0, "less than " + std::to_string(least) + " bytes");
        bytes = *n;
    }
    value v{std::to_string(bytes)};
    if (line.words.size() == 2 && line.words.back().text != "none") {
        const auto t = time_of(line.words.back().text);
        if (!t)
            return wrong_word(line, 1, "not a time such as 90 or 1h30m: " + printable(line.words.back().text));
        v.push_back(std::to_string(*t));
    }
    return v;
}

outcome_value command_value(const keyword& k, const config_line& line)
{
    std::string text = line.rest;
    if (k.words == "#") {
        text = text.substr(0, text.find('#'));
        text.erase(text.find_last_not_of(" \t") + 1); // an empty text stays empty
    } else if (k.words == "/" && !text.starts_with('/') && lower_case(text) != "none") {
        return wrong_word(line, 0, "neither an absolute path nor none: " + printable(text));
    }
    return single(std::move(text));
}

outcome_value escape_value(const config_line& line)
{
    const auto word = one_word(line);
    if (!word)
        return word.error();
    const bool control = word->size() == 2 && word->front() == '^' && (*word)[1] >= '@' && (*word)[1] != '\x7f';
    if (*word != "none" && word->size() != 1 && !control)
        return wrong_word(line, 0, "neither a character, ^ with a letter, nor none: " + printable(*word));
    return control ? single({'^', char(((*word)[1] & 31) + '@')}) : single(*word);
}

outcome_value mask_value(const config_line& line)
{
    const auto word = one_word(line);
    if (!word)
        return word.error();
    unsigned mask = 0;
    for (const char c : *word) {
        if (c < '0' || c > '7' || mask > 0777)
            return wrong_word(line, 0, "not an octal mask: " + printable(*word));
        mask = mask * 8 + unsigned(c - '0');
    }
    if (mask > 0777)
        return wrong_word(line, 0, "not an octal mask: " + printable(*word));
    char text[16];
    std::snprintf(text, sizeof text, "0%o", mask);
    return single(text);
}

/// Returns: "true", "false", "ask", "confirm", "confirm" and a time, or a time alone, which means "true" with this time.
outcome_value agent_value(const config_line& line)
{
    if (line.words.empty())
        return missing(line);
    auto v = value();
    if (auto first = chosen("true|yes,false|no,ask,confirm", line.words.front().text))
        v.push_back(std::move(*first));
    const std::size_t most = v == value{"confirm"} ? 2 : 1;
    if (line.words.size() > most)
        return wrong_word(line, most, "extra arguments at the end of the line");
    if (v.size() == line.words.size())
        return v;
    const auto t = time_of(line.words.back().text);
    if (!t)
        return wrong_word(line, v.size(), "neither yes, no, ask, confirm, nor a time such as 90 or 1h30m: "
                                              + printable(line.words.back().text));
    if (*t > 0 || v.empty()) // no time is without end
        v.push_back(*t > 0 ? std::to_string(*t) : "true");
    return v;
}

/// One word, or two that are the two ends.
outcome_value forwarding_value(const keyword& k, const config_line& line)
{
    const auto words = word_list(line, false);
    if (!words)
        return words.error();
    if (words->size() > 2)
        return wrong_word(line, 2, "extra arguments at the end of the line");
    const forward_kind kind = forward_kind_of(k);
    const auto f = parse_forward(joined_words(*words, ":"), kind);
    if (!f)
        return wrong_word(line, 0, f.error().context());
    return single(shown_forward(*f, kind));
}

} // namespace

outcome<value> read_value(const keyword& k, const config_line& line, std::vector<std::string>& passed_over)
{
    switch (k.what) {
    case form::flag: return choice_value("yes|true,no|false", line);
    case form::choice: return choice_value(k.words, line);
    case form::number: return number_value(k, line);
    case form::seconds: return time_value(k, line);
    case form::text:
    case form::path:
    case form::each_line: return text_value(line);
    case form::command: return command_value(k, line);
    case form::words: return word_list(line, true);
    case form::each_word: return k.words == "-" ? environment_names(line) : word_list(line, false);
    case form::environment: return environment_settings(line);
    case form::algorithms: return algorithm_value(k, line, passed_over);
    case form::rekey: return rekey_value(line);
    case form::escape: return escape_value(line);
    case form::octal: return mask_value(line);
    case form::service: return read_traffic_value(line);
    case form::agent_keeping: return agent_value(line);
    case form::forwarding: return forwarding_value(k, line);
    default: return read_server_value(k, line);
    }
}

} // namespace sshoal::conf
