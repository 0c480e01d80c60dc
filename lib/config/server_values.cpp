// The arguments of forms that only sshd_config has.
#include "config/algorithm_lists.hpp"
#include "config/keyword.hpp"
#include "trust/address_list.hpp"

#include <algorithm>
#include <filesystem>

namespace sshoal::conf {
namespace {

failure not_such(const config_line& line, std::size_t word, const std::string& what)
{
    return wrong_word(line, word, "not " + what + ": " + printable(line.words[word].text));
}

/// Returns: why there is not exactly one word.
failure not_one_word(const config_line& line)
{
    if (line.words.empty() || line.words.front().text.empty())
        return wrong_line(line, "an argument is missing");
    return line.words.size() > 1 ? wrong_word(line, 1, "extra arguments at the end of the line") : failure();
}

/// Returns: why a list has no word, or an empty one.
failure bad_list(const config_line& line)
{
    if (line.words.empty())
        return wrong_line(line, "an argument is missing");
    for (std::size_t i = 0; i < line.words.size(); ++i)
        if (line.words[i].text.empty())
            return wrong_word(line, i, "an empty argument");
    return {};
}

value all_words(const config_line& line)
{
    value v;
    for (const config_word& w : line.words)
        v.push_back(w.text);
    return v;
}

outcome<value> file_name(const config_line& line)
{
    if (failure f = not_one_word(line))
        return f;
    const std::string& path = line.words.front().text;
    if (path.starts_with('/') || lower_case(path) == "none")
        return value{path};
    std::error_code unknown;
    const std::filesystem::path here = std::filesystem::current_path(unknown);
    if (unknown)
        return wrong_word(line, 0, "the current folder is not known, and the name is relative: " + printable(path));
    return value{(here / path).string()};
}

outcome<value> port_number(const keyword& k, const config_line& line)
{
    if (failure f = not_one_word(line))
        return f;
    const auto n = number_of(line.words.front().text, k.least, k.most);
    if (!n)
        return not_such(line, 0, "a number from " + std::to_string(k.least) + " to " + std::to_string(k.most));
    return value{std::to_string(*n)};
}

outcome<value> name_patterns(const keyword& k, const config_line& line)
{
    if (failure f = bad_list(line))
        return f;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string& word = line.words[i].text;
        if (k.words == "variable" && word.find('=') != std::string::npos)
            return wrong_word(line, i, "a name of a variable has no '=': " + printable(word));
        const auto at = word.find('@');
        if (k.words != "user" || at == std::string::npos)
            continue;
        const std::string wrong = trust::wrong_address(word.substr(at + 1));
        if (!wrong.empty())
            return wrong_word(line, i, wrong);
    }
    return all_words(line);
}

outcome<value> choices(const keyword& k, const config_line& line)
{
    const std::vector<std::string> known = comma_list(k.words);
    value v;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string word = lower_case(line.words[i].text);
        if (word != "none" && std::find(known.begin(), known.end(), word) == known.end())
            return wrong_word(line, i, "\"" + printable(word) + "\" is none of none, " + joined_words(known, ", "));
    }
    for (const std::string& one : known)
        if (std::any_of(line.words.begin(), line.words.end(), [&](const config_word& w) { return lower_case(w.text) == one; }))
            v.push_back(one);
    return v.empty() ? value{"none"} : v;
}

/// Reads "host", "host:port", "[address]:port", "[address]" and IPv6 addresses. Returns: "host:port" or "host", with '[' and ']'
/// around an IPv6 address.
outcome<value> listen_address_text(const config_line& line)
{
    if (line.words.empty() || line.words.front().text.empty())
        return wrong_line(line, "an address is missing");
    if (line.words.size() > 1)
        return wrong_word(line, 1, line.words[1].text == "rdomain" ? "routing domains are not implemented"
                                                                   : "extra arguments at the end of the line");
    const std::string& text = line.words.front().text;
    std::string host = text, port;
    bool named_port = false;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string::npos || (end + 1 < text.size() && text[end + 1] != ':'))
            return not_such(line, 0, "an address");
        host = text.substr(1, end - 1);
        named_port = end + 1 < text.size();
        port = named_port ? text.substr(end + 2) : port;
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        host = text.substr(0, text.find(':'));
        port = text.substr(text.find(':') + 1);
        named_port = true;
    }
    const auto n = number_of(port, 1, 65'535);
    if (host.empty() || (named_port && !n))
        return not_such(line, 0, named_port && !n ? "an address with a port" : "an address");
    if (host.find(':') != std::string::npos)
        host = '[' + host + ']';
    return value{n ? host + ':' + std::to_string(*n) : host};
}

std::vector<std::string> colon_parts(std::string_view text)
{
    std::vector<std::string> parts;
    for (;;) {
        const auto colon = text.find(':');
        parts.emplace_back(text.substr(0, colon));
        if (colon == std::string_view::npos)
            return parts;
        text.remove_prefix(colon + 1);
    }
}

outcome<value> startup_limits(const config_line& line)
{
    if (failure f = not_one_word(line))
        return f;
    constexpr std::int64_t most = 0x7fffffff;
    const auto parts = colon_parts(line.words.front().text);
    const auto begin = number_of(parts.front(), 1, most), full = number_of(parts.back(), 1, most);
    const auto rate = parts.size() == 3 ? number_of(parts[1], 1, 100) : std::optional<std::int64_t>(30);
    if ((parts.size() != 1 && parts.size() != 3) || !begin || !rate || !full || *begin > *full)
        return not_such(line, 0, "a number, or three as in 10:30:100");
    return value{std::to_string(*begin) + ':' + std::to_string(*rate) + ':' + std::to_string(*full)};
}

outcome<value> net_block_sizes(const config_line& line)
{
    if (failure f = not_one_word(line))
        return f;
    const auto parts = colon_parts(line.words.front().text);
    const auto v4 = number_of(parts.front(), 0, 32);
    const auto v6 = parts.size() == 2 ? number_of(parts[1], 0, 128) : std::optional<std::int64_t>(128);
    if (parts.size() > 2 || !v4 || !v6)
        return not_such(line, 0, "numbers of bits as in 32:128");
    return value{std::to_string(*v4) + ':' + std::to_string(*v6)};
}

/// Words that a shell has to be kept from taking apart get quotes again.
std::string quoted_again(const std::string& word)
{
    if (word.find_first_of(" \t'\"") == std::string::npos && !word.empty())
        return word;
    std::string out = "\"";
    for (const char c : word)
        out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    return out + '"';
}

outcome<value> subsystem_text(const config_line& line)
{
    if (line.words.size() < 2 || line.words[0].text.empty() || line.words[1].text.empty())
        return wrong_line(line, "a name and a command are expected");
    std::string text = line.words.front().text;
    if (text.find(' ') != std::string::npos)
        return wrong_word(line, 0, "a name with a blank: " + printable(text));
    for (std::size_t i = 1; i < line.words.size(); ++i)
        text += ' ' + quoted_again(line.words[i].text);
    return value{std::move(text)};
}

bool is_port_pattern(std::string_view text) { return text == "*" || number_of(text, 0, 65'535).has_value(); }

outcome<value> forwarding_places(const keyword& k, const config_line& line)
{
    if (failure f = bad_list(line))
        return f;
    value v;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string& word = line.words[i].text;
        if (word == "any" || word == "none") {
            if (i > 0)
                return wrong_word(line, i, '"' + word + "\" must stand alone");
            v.push_back(word);
            continue;
        }
        const auto colon = word.rfind(':');
        const bool only_port = k.words == "listen" && colon == std::string::npos;
        if (!only_port && (colon == std::string::npos || colon == 0))
            return wrong_word(line, i, "a host is missing: " + printable(word));
        if (!is_port_pattern(only_port ? std::string_view(word) : std::string_view(word).substr(colon + 1)))
            return wrong_word(line, i, "not a port: " + printable(word));
        v.push_back((only_port ? "*:" : "") + word);
    }
    return v;
}

outcome<value> method_lists(const config_line& line)
{
    constexpr std::string_view known[]
        = {"none", "password", "publickey", "keyboard-interactive", "hostbased", "gssapi-with-mic"};
    if (failure f = bad_list(line))
        return f;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string& word = line.words[i].text;
        if (word == "any" && line.words.size() > 1)
            return wrong_word(line, i, "\"any\" must stand alone");
        const std::vector<std::string> needed = comma_list(word);
        for (const std::string& one : needed) {
            if (one.starts_with("keyboard-interactive:"))
                return wrong_word(line, i, "devices are not implemented: " + printable(one));
            if (word != "any" && std::find(std::begin(known), std::end(known), one) == std::end(known))
                return wrong_word(line, i, "there is no method " + printable(one));
            if (std::count(needed.begin(), needed.end(), one) > 1)
                return wrong_word(line, i, "a method that is needed twice is not implemented: " + printable(one));
        }
    }
    return all_words(line);
}

outcome<value> channel_timeouts(const config_line& line)
{
    if (failure f = bad_list(line))
        return f;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string& word = line.words[i].text;
        const auto equals = word.find('=');
        if (lower_case(word) == "none" && line.words.size() == 1)
            return value{"none"};
        if (equals == 0 || equals == std::string::npos || !time_of(std::string_view(word).substr(equals + 1)))
            return not_such(line, i, "a type of channel and a time such as session=5m");
    }
    return all_words(line);
}

outcome<value> penalty_words(const config_line& line)
{
    constexpr std::string_view known[] = {"crash", "authfail", "invaliduser", "noauth", "grace-exceeded", "refuseconnection",
                                          "max", "min", "max-sources4", "max-sources6", "overflow", "overflow6"};
    if (failure f = bad_list(line))
        return f;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string& word = line.words[i].text;
        if ((lower_case(word) == "no" || lower_case(word) == "yes") && line.words.size() == 1)
            return value{lower_case(word)};
        const auto colon = word.find(':');
        const std::string name = word.substr(0, colon);
        if (colon == std::string::npos || std::find(std::begin(known), std::end(known), name) == std::end(known))
            return not_such(line, i, "yes, no, or a penalty such as authfail:5s");
        const std::string given = word.substr(colon + 1);
        const bool good = name.starts_with("max-sources") ? number_of(given, 1, INT32_MAX).has_value()
                          : name.starts_with("overflow")  ? given == "deny-all" || given == "permissive"
                                                          : time_of(given).has_value();
        if (!good)
            return wrong_word(line, i, "not a value for " + name + ": " + printable(given));
    }
    return all_words(line);
}

} // namespace

outcome<value> read_server_value(const keyword& k, const config_line& line)
{
    switch (k.what) {
    case form::file:
    case form::each_file: return file_name(line);
    case form::each_number: return port_number(k, line);
    case form::names: return name_patterns(k, line);
    case form::some_of: return choices(k, line);
    case form::listen: return listen_address_text(line);
    case form::startups: return startup_limits(line);
    case form::net_blocks: return net_block_sizes(line);
    case form::subsystem: return subsystem_text(line);
    case form::places: return forwarding_places(k, line);
    case form::methods: return method_lists(line);
    case form::timeouts: return channel_timeouts(line);
    case form::penalties: return penalty_words(line);
    default: return wrong_line(line, "an argument is missing");
    }
}

} // namespace sshoal::conf
