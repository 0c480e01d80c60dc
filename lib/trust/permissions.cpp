#include "sshoal/permissions.hpp"

#include "trust/address_list.hpp"
#include "trust/pattern.hpp"

#include <algorithm>

namespace sshoal {
namespace {

struct place_pattern {
    std::string_view host, port;
};

/// Splits "host:port" or "[host]:port"; a text without a colon is a port alone.
place_pattern split_place(std::string_view text) noexcept
{
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos || text.substr(end + 1, 1) != ":")
            return {};
        return {text.substr(1, end - 1), text.substr(end + 2)};
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return {"*", text};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

bool any_place_fits(const std::vector<std::string>& list, std::string_view host, std::uint32_t port)
{
    const std::string number = std::to_string(port);
    return std::any_of(list.begin(), list.end(), [&](const std::string& entry) {
        const place_pattern p = split_place(entry);
        return (p.port == "*" || p.port == number) && trust::matches_pattern(p.host, host);
    });
}

/// Keeps the entries that stand in both lists; an empty list stands for everything. Returns: false if the lists have no entry in
/// common.
bool keep_common(std::vector<std::string>& mine, const std::vector<std::string>& other)
{
    if (other.empty())
        return true;
    if (mine.empty()) {
        mine = other;
        return true;
    }
    std::erase_if(mine, [&](const std::string& s) { return std::find(other.begin(), other.end(), s) == other.end(); });
    return !mine.empty();
}

/// Keeps the addresses that both lists allow: entries without '!' that stand in both, and the exclusions of either.
void keep_common_sources(std::vector<std::string>& mine, const std::vector<std::string>& other)
{
    if (mine.empty() || other.empty()) {
        keep_common(mine, other);
        return;
    }
    std::vector<std::string> common;
    for (const std::string& entry : mine)
        if (entry.starts_with('!') || std::find(other.begin(), other.end(), entry) != other.end())
            common.push_back(entry);
    for (const std::string& entry : other)
        if (entry.starts_with('!') && std::find(common.begin(), common.end(), entry) == common.end())
            common.push_back(entry);
    if (common.empty())
        common.push_back("!*"); // an empty list would allow every address
    mine = std::move(common);
}

} // namespace

permissions permissions::restricted()
{
    permissions p;
    p.terminal = p.x11 = p.agent = p.port_forwarding = p.user_rc = false;
    return p;
}

bool permissions::may_open(std::string_view host, std::uint32_t port) const
{
    return port_forwarding && (permit_open.empty() || any_place_fits(permit_open, host, port));
}

bool permissions::may_listen(std::string_view host, std::uint32_t port) const
{
    return port_forwarding && (permit_listen.empty() || any_place_fits(permit_listen, host, port));
}

bool permissions::may_come_from(std::string_view address) const
{
    return source_addresses.empty() || trust::match_addresses(source_addresses, address) == trust::list_match::yes;
}

bool permissions::may_come_from(std::string_view address, std::string_view host) const
{
    if (source_addresses.empty())
        return true;
    const trust::list_match by_address = trust::match_addresses(source_addresses, address);
    const trust::list_match by_name = trust::match_names(source_addresses, host);
    if (by_address == trust::list_match::negated || by_name == trust::list_match::negated)
        return false;
    return by_address == trust::list_match::yes || by_name == trust::list_match::yes;
}

void permissions::narrow(const permissions& other)
{
    if (command && other.command && *command != *other.command)
        sessions = false;
    if (!command)
        command = other.command;
    for (const auto& variable : other.environment) {
        const auto same = [&](const auto& mine) { return mine.first == variable.first; };
        if (std::none_of(environment.begin(), environment.end(), same))
            environment.push_back(variable);
    }
    sessions = sessions && other.sessions;
    if (accept_env && other.accept_env)
        std::erase_if(*accept_env, [&](const std::string& p) {
            return std::find(other.accept_env->begin(), other.accept_env->end(), p) == other.accept_env->end();
        });
    else if (!accept_env)
        accept_env = other.accept_env;
    if (other.max_sessions)
        max_sessions = std::min(max_sessions.value_or(*other.max_sessions), *other.max_sessions);
    if (!idle)
        idle = other.idle; // two steps that differ: the first one counts
    if (!rekey)
        rekey = other.rekey;
    if (!log)
        log = other.log;
    terminal = terminal && other.terminal;
    x11 = x11 && other.x11;
    agent = agent && other.agent;
    user_rc = user_rc && other.user_rc;
    const bool opens = keep_common(permit_open, other.permit_open);
    const bool listens = keep_common(permit_listen, other.permit_listen);
    port_forwarding = port_forwarding && other.port_forwarding && opens && listens;
    keep_common_sources(source_addresses, other.source_addresses);
    if (other.expiry && (!expiry || *other.expiry < *expiry))
        expiry = other.expiry;
    if (!keep_common(principals, other.principals))
        sessions = port_forwarding = false;
}

} // namespace sshoal
