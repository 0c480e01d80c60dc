#include "sshoal/key_options.hpp"

#include "base/wildcard.hpp"
#include "trust/address_list.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace sshoal {
namespace {

std::string in_lower_case(std::string_view text)
{
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
    return lower;
}

bool all_digits(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int digits_at(std::string_view text, std::size_t at, std::size_t count) noexcept
{
    int value = 0;
    for (const char c : text.substr(at, count))
        value = value * 10 + (c - '0');
    return value;
}

/// Reads "YYYYMMDD", "YYYYMMDDHHMM" or "YYYYMMDDHHMMSS": a local time, or UTC with "Z" behind it. Returns: nothing for another text.
std::optional<std::chrono::system_clock::time_point> moment_of(std::string_view text)
{
    const bool utc = text.ends_with('Z') || text.ends_with('z');
    if (utc)
        text.remove_suffix(1);
    if (!all_digits(text) || (text.size() != 8 && text.size() != 12 && text.size() != 14))
        return std::nullopt;
    std::tm asked = {};
    asked.tm_year = digits_at(text, 0, 4) - 1900;
    asked.tm_mon = digits_at(text, 4, 2) - 1;
    asked.tm_mday = digits_at(text, 6, 2);
    if (text.size() > 8) {
        asked.tm_hour = digits_at(text, 8, 2);
        asked.tm_min = digits_at(text, 10, 2);
    }
    if (text.size() > 12)
        asked.tm_sec = digits_at(text, 12, 2);
    asked.tm_isdst = -1;
    std::tm made = asked;
    const std::time_t t = utc ? ::timegm(&made) : ::mktime(&made);
    // A day that the month does not have would have become one of the next month.
    const bool is_a_day = made.tm_mon == asked.tm_mon && made.tm_mday == asked.tm_mday;
    if (t < 0 || !is_a_day || asked.tm_hour > 23 || asked.tm_min > 59 || asked.tm_sec > 60)
        return std::nullopt;
    return std::chrono::system_clock::from_time_t(t);
}

bool is_port(std::string_view text) noexcept
{
    std::uint32_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    return text == "*" || (all_digits(text) && ec == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535);
}

/// Returns: why the text is no "host:port" of permitopen= or permitlisten=; empty if it is one. Only a place to listen at may be a port
/// alone, and only its host may have wildcards.
std::string wrong_place(std::string_view text, bool listen)
{
    std::string_view host = "*", port = text;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos || text.substr(end + 1, 1) != ":")
            return "has no \"]:\" behind the address";
        host = text.substr(1, end - 1);
        port = text.substr(end + 2);
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (port.find(':') != std::string_view::npos)
            return "has more than one colon; IPv6 addresses stand in \"[]\"";
    } else if (!listen) {
        return "has no port";
    }
    if (host.empty())
        return "has no host";
    if (!is_port(port))
        return "has no port from 1 to 65535, and no \"*\" in its place";
    if (!listen && host != "*" && host.find_first_of("*?") != std::string_view::npos)
        return "has a host with wildcards, which only \"*\" alone may be";
    return {};
}

bool is_variable_name(std::string_view name) noexcept
{
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

std::vector<std::string> split_list(std::string_view text)
{
    std::vector<std::string> entries;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.size(), text.find(',', begin));
        entries.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return entries;
}

/// Reads options one by one.
class options_reader {
public:
    explicit options_reader(std::string_view text) : rest_(text) {}

    outcome<key_options> read()
    {
        do {
            if (std::string why = one(); !why.empty())
                return failure(errc::bad_configuration, why);
        } while (another());
        if (!rest_.empty())
            return failure(errc::bad_configuration, "text without a comma behind the option \"" + name_ + '"');
        if (to_.certificate_authority)
            to_.allowed.principals = principals_.value_or(std::vector<std::string>());
        return std::move(to_);
    }

private:
    bool another() noexcept
    {
        if (!rest_.starts_with(','))
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    /// Reads one option. Returns: why it cannot be used.
    std::string one()
    {
        const std::size_t end = std::min(rest_.size(), rest_.find_first_of(",=\""));
        name_ = printable(rest_.substr(0, end), 64);
        const std::string name = in_lower_case(rest_.substr(0, end));
        rest_.remove_prefix(end);
        if (!rest_.starts_with('='))
            return is_flag(name) ? std::string() : unknown();
        rest_.remove_prefix(1);
        std::string value;
        if (!quoted(value))
            return "the option \"" + name_ + "\" has no value in quotes";
        std::string why = take(name, value);
        return why.empty() ? why : "the option " + name_ + "=\"" + printable(value, 128) + "\" " + why;
    }

    std::string unknown() const { return "the option \"" + name_ + "\" is not understood"; }

    /// Reads a value in quotes, where \" stands for a quote.
    bool quoted(std::string& value)
    {
        if (!rest_.starts_with('"'))
            return false;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                return true;
            }
            if (rest_[i] == '\\' && i + 1 < rest_.size() && rest_[i + 1] == '"')
                ++i;
            value += rest_[i];
        }
        return false;
    }

    bool is_flag(std::string_view name)
    {
        if (name == "restrict") {
            for (const auto& [word, member] : switches)
                to_.allowed.*member = false;
            return true;
        }
        if (name == "cert-authority") {
            to_.certificate_authority = true;
            return true;
        }
        const bool on = !name.starts_with("no-");
        if (!on)
            name.remove_prefix(3);
        // No key of a security key can log in, so there is nobody whose touch or PIN could be missing.
        if (name == "touch-required" || name == "verify-required")
            return true;
        for (const auto& [word, member] : switches)
            if (word == name) {
                to_.allowed.*member = on;
                return true;
            }
        return false;
    }

    std::string take(std::string_view name, const std::string& value)
    {
        permissions& p = to_.allowed;
        if (value.find('\0') != std::string::npos)
            return "has a NUL";
        if (name == "command") {
            if (p.command)
                return "is given twice";
            p.command = value;
        } else if (name == "environment") {
            return take_variable(value);
        } else if (name == "from") {
            if (!p.source_addresses.empty())
                return "is given twice";
            p.source_addresses = split_list(value);
            return trust::wrong_address(value);
        } else if (name == "permitopen" || name == "permitlisten") {
            const bool listen = name == "permitlisten";
            (listen ? p.permit_listen : p.permit_open).push_back(value);
            return wrong_place(value, listen);
        } else if (name == "expiry-time") {
            const auto moment = moment_of(value);
            if (!moment)
                return "is no time like 20301231 or 203012312359Z";
            p.expiry = p.expiry ? std::min(*p.expiry, *moment) : *moment;
        } else if (name == "principals") {
            if (principals_)
                return "is given twice";
            principals_ = split_list(value);
        } else if (name == "tunnel") {
            // There are no tunnels yet, so there is none that this option would have to keep to one device.
            if (value != "any" && !all_digits(value))
                return "is no number of a device";
        } else {
            return "is not understood";
        }
        return {};
    }

    /// The first value of a name counts.
    std::string take_variable(const std::string& value)
    {
        const std::size_t equals = value.find('=');
        if (equals == std::string::npos || !is_variable_name(std::string_view(value).substr(0, equals)))
            return "is no NAME=value";
        auto& all = to_.allowed.environment;
        std::string name = value.substr(0, equals);
        if (std::none_of(all.begin(), all.end(), [&](const auto& e) { return e.first == name; }))
            all.emplace_back(std::move(name), value.substr(equals + 1));
        return {};
    }

    static constexpr std::pair<std::string_view, bool permissions::*> switches[] = {
        {"port-forwarding", &permissions::port_forwarding}, {"agent-forwarding", &permissions::agent},
        {"x11-forwarding", &permissions::x11}, {"pty", &permissions::terminal}, {"user-rc", &permissions::user_rc}};

    std::string_view rest_;
    std::string name_; ///< of the option that is being read, for messages
    key_options to_;
    std::optional<std::vector<std::string>> principals_;
};

} // namespace

outcome<key_options> key_options::parse(std::string_view text) { return options_reader(text).read(); }

std::string key_options::objection(const key_use& use) const
{
    if (certificate_authority)
        return "the line is that of a certificate authority";
    if (allowed.expiry && use.at >= *allowed.expiry)
        return "its time is over";
    if (allowed.may_come_from(use.address, use.host))
        return {};
    const bool named = !use.host.empty() && use.host != use.address;
    return "the key is not allowed from " + printable(named ? use.host + " (" + use.address + ')' : use.address, 300);
}

} // namespace sshoal
