#include "config/server_match.hpp"

#include "base/wildcard.hpp"
#include "config/keyword.hpp"
#include "trust/address_list.hpp"

#include <algorithm>

namespace sshoal::conf {
namespace {

constexpr std::string_view login_attributes[]
    = {"user", "group", "host", "address", "localaddress", "localport", "rdomain", "version"};

bool is_login_attribute(std::string_view name)
{
    return std::find(std::begin(login_attributes), std::end(login_attributes), name) != std::end(login_attributes);
}

/// Patterns with commas; one with '!' that fits decides against the list.
trust::list_match login_list(std::string_view list, std::string_view text, bool fold_case = false)
{
    auto found = trust::list_match::no;
    for (const std::string& pattern : comma_list(list)) {
        const bool negated = pattern.starts_with('!');
        if (!matches_wildcard(std::string_view(pattern).substr(negated ? 1 : 0), text, fold_case))
            continue;
        if (negated)
            return trust::list_match::negated;
        found = trust::list_match::yes;
    }
    return found;
}

bool in_login_list(std::string_view list, const std::optional<std::string>& text, bool fold_case = false)
{
    return text && login_list(list, *text, fold_case) == trust::list_match::yes;
}

bool in_networks(std::string_view list, const std::optional<std::string>& address)
{
    return address && trust::match_addresses(comma_list(list), *address) == trust::list_match::yes;
}

/// A group that a pattern with '!' names decides against the whole list.
bool in_groups(std::string_view list, const std::vector<std::string>& groups)
{
    bool found = false;
    for (const std::string& g : groups) {
        const auto m = login_list(list, g);
        if (m == trust::list_match::negated)
            return false;
        found = found || m == trust::list_match::yes;
    }
    return found;
}

bool condition_holds(const login_condition& c, const login_facts* who)
{
    if (c.name == "all")
        return true;
    if (c.name == "version")
        return in_login_list(c.argument, "sshoal_" SSHOAL_VERSION);
    if (who == nullptr)
        return false;
    if (c.name == "invalid-user")
        return who->invalid_user;
    if (c.name == "user")
        return in_login_list(c.argument, who->user);
    if (c.name == "group")
        return in_groups(c.argument, who->groups);
    if (c.name == "host")
        return in_login_list(c.argument, who->host, true);
    if (c.name == "address")
        return in_networks(c.argument, who->address);
    if (c.name == "localaddress")
        return in_networks(c.argument, who->local_address);
    if (c.name == "rdomain")
        return in_login_list(c.argument, who->routing_domain);
    return who->local_port && number_of(c.argument, 0, 65'535) == std::int64_t(*who->local_port); // localport
}

failure check_argument(const config_line& line, std::size_t word, const login_condition& c)
{
    if (c.argument.empty())
        return wrong_word(line, word, "a value is missing behind " + c.name);
    if (c.name == "localport" && !number_of(c.argument, 0, 65'535))
        return wrong_word(line, word, "not a port: " + printable(c.argument));
    if (c.name == "address" || c.name == "localaddress")
        if (const std::string wrong = trust::wrong_address(c.argument); !wrong.empty())
            return wrong_word(line, word, wrong);
    return {};
}

} // namespace

outcome<std::vector<login_condition>> read_login_conditions(const config_line& line)
{
    std::vector<login_condition> all;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        login_condition c;
        const std::string& word = line.words[i].text;
        const std::size_t begin = i;
        const auto equals = word.find('=');
        c.name = lower_case(std::string_view(word).substr(0, equals));
        if (equals != std::string::npos && is_login_attribute(c.name)) {
            c.argument = word.substr(equals + 1);
        } else {
            c.name = lower_case(word);
            if (is_login_attribute(c.name) && ++i < line.words.size())
                c.argument = line.words[i].text;
        }
        if (c.name == "all") {
            if (line.words.size() > 1)
                return wrong_word(line, begin, "\"all\" cannot be combined with other conditions");
        } else if (c.name != "invalid-user") {
            if (!is_login_attribute(c.name))
                return wrong_word(line, begin, "there is no condition " + printable(c.name));
            if (failure f = check_argument(line, begin, c))
                return f;
        }
        all.push_back(std::move(c));
    }
    if (all.empty())
        return wrong_line(line, "a condition is missing");
    return all;
}

bool login_fits(const std::vector<login_condition>& all, const login_facts* who)
{
    return std::all_of(all.begin(), all.end(), [&](const login_condition& c) { return condition_holds(c, who); });
}

bool user_fits(const std::string& pattern, const login_facts& who)
{
    const auto at = pattern.find('@');
    if (!who.user || !matches_wildcard(std::string_view(pattern).substr(0, at), *who.user))
        return false;
    if (at == std::string::npos)
        return true;
    const std::string hosts = pattern.substr(at + 1);
    const auto by_address = who.address ? trust::match_addresses(comma_list(hosts), *who.address) : trust::list_match::no;
    const auto by_name = who.host ? login_list(hosts, *who.host, true) : trust::list_match::no;
    return by_address != trust::list_match::negated && by_name != trust::list_match::negated
           && (by_address == trust::list_match::yes || by_name == trust::list_match::yes);
}

} // namespace sshoal::conf
