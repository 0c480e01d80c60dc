// Options of a server as the settings of sshd_config say.
#include "config/config_file.hpp"
#include "server/server_options_impl.hpp"
#include "sshoal/admission.hpp"
#include "sshoal/sshd_config.hpp"
#include "trust/address_list.hpp"

#include <unistd.h>

#include <algorithm>

namespace sshoal {
namespace {

std::string banner_of(const sshd_settings& s)
{
    config_reading how;
    how.most_bytes = 200 * 1024; // RFC 4252 §5.4 has no limit; a packet has one
    if (s.banner.empty())
        return {};
    auto text = conf::read_config_file(s.banner, how);
    return text && *text ? std::move(**text) : std::string();
}

} // namespace

admission_limits admission_limits::from(const sshd_settings& s)
{
    admission_limits l;
    l.max_startups(s.startups_begin, s.startups_rate, s.startups_full);
    l.source_prefix(s.per_source_ipv4_bits, s.per_source_ipv6_bits);
    if (s.per_source_max_startups)
        l.max_startups_per_source(*s.per_source_max_startups);
    const sshd_penalties& p = s.penalties;
    if (p.enabled) {
        l.penalty(p.auth_fail, p.least, p.longest); // no connection of this server can crash alone, so p.crash is never due
        l.penalty_for(login_end::unknown_user, std::max(p.auth_fail, p.invalid_user));
        l.penalty_for(login_end::no_attempt, p.no_auth).penalty_for(login_end::timed_out, p.grace_exceeded);
        l.penalty_for(login_end::refused, p.refuse_connection);
        if (!p.exempt.empty())
            l.exempt([list = p.exempt](std::string_view address) {
                return trust::match_addresses(list, address) == trust::list_match::yes;
            });
        l.max_penalties(std::size_t(p.max_sources4) + p.max_sources6);
    }
    return l;
}

server_options server_options::from(const sshd_settings& s)
{
    server_options o;
    for (const std::string& path : s.host_keys)
        if (!s.default_host_keys || ::access(path.c_str(), F_OK) == 0)
            o.host_key_file(path);
    o.algorithms(s.algorithms).compression(s.compression);
    sshoal::limits l;
    l.login_timeout = s.login_grace_time;
    if (s.rekey_bytes != 0)
        l.rekey_bytes = s.rekey_bytes;
    l.rekey_time = s.rekey_time;
    l.idle = s.idle;
    o.limits(l).traffic(s.ip_qos);
    if (s.client_alive_interval.count() > 0) // a count of 0 asks without ever giving up
        o.keepalive(s.client_alive_interval, s.client_alive_count_max == 0 ? 1'000'000'000u : s.client_alive_count_max);
    o.required_rsa_bits(s.required_rsa_size);
    if (!s.version_addendum.empty())
        o.software("sshoal", s.version_addendum);
    if (s.get("ModuliFile") && s.place_of("ModuliFile") && !s.moduli_file.empty())
        o.moduli_file(s.moduli_file);
    o.banner(banner_of(s));
    o.max_auth_tries(std::max(s.max_auth_tries, 1u)).max_sessions(s.max_sessions).accept_env(s.accept_env);
    o.admission(std::make_shared<sshoal::admission>(admission_limits::from(s)));
    return o;
}

} // namespace sshoal
