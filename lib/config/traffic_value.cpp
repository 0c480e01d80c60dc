// Classes of traffic: the names that IPQoS takes.
#include "config/keyword.hpp"

#include "base/wildcard.hpp"

#include <cstdio>

namespace sshoal::conf {
namespace {

/// Classes of traffic by name (RFC 2474, 2597, 3246, 8622; RFC 1349 for the three old names).
constexpr std::pair<std::string_view, int> services[]
    = {{"af11", 0x28}, {"af12", 0x30}, {"af13", 0x38}, {"af21", 0x48},     {"af22", 0x50},       {"af23", 0x58},
       {"af31", 0x68}, {"af32", 0x70}, {"af33", 0x78}, {"af41", 0x88},     {"af42", 0x90},       {"af43", 0x98},
       {"cs0", 0x00},  {"cs1", 0x20},  {"cs2", 0x40},  {"cs3", 0x60},      {"cs4", 0x80},        {"cs5", 0xa0},
       {"cs6", 0xc0},  {"cs7", 0xe0},  {"ef", 0xb8},   {"le", 0x04},       {"lowdelay", 0x10},   {"throughput", 0x08},
       {"reliability", 0x04}};

std::optional<std::int64_t> octet_in_hexadecimal(std::string_view text)
{
    std::int64_t sum = 0;
    if (!text.starts_with("0x") || text.size() < 3 || text.size() > 4)
        return std::nullopt;
    for (const char c : text.substr(2)) {
        const auto digit = std::string_view("0123456789abcdef").find(c);
        if (digit == std::string_view::npos)
            return std::nullopt;
        sum = sum * 16 + std::int64_t(digit);
    }
    return sum;
}

std::optional<std::string> service_name(const std::string& word)
{
    const std::string wanted = lower_case(word);
    for (const auto& [name, number] : services)
        if (name == wanted)
            return std::string(name);
    if (wanted == "none")
        return wanted;
    const auto n = wanted.starts_with("0x") ? octet_in_hexadecimal(wanted) : number_of(wanted, 0, 255);
    if (!n)
        return std::nullopt;
    for (const auto& [name, number] : services)
        if (number == *n)
            return std::string(name);
    char text[16];
    std::snprintf(text, sizeof text, "0x%02x", unsigned(*n));
    return std::string(text);
}

} // namespace

outcome<value> read_traffic_value(const config_line& line)
{
    if (line.words.empty())
        return wrong_line(line, "an argument is missing");
    if (line.words.size() > 2)
        return wrong_word(line, 2, "extra arguments at the end of the line");
    value names;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        auto name = service_name(line.words[i].text);
        if (!name)
            return wrong_word(line, i, "no class of traffic: " + printable(line.words[i].text));
        names.push_back(std::move(*name));
    }
    return value{names.front() + ' ' + names.back()};
}

int traffic_class_of(std::string_view name) noexcept
{
    for (const auto& [known, number] : services)
        if (known == name)
            return number;
    return int(octet_in_hexadecimal(name).value_or(-1));
}

} // namespace sshoal::conf
