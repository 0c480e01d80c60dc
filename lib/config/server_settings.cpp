#include "config/server_settings.hpp"

#include "base/access.hpp"
#include "config/algorithm_lists.hpp"
#include "config/setting_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace sshoal::conf {
namespace {

bool is_ipv4(const std::string& host) { return host.find_first_not_of("0123456789.") == std::string::npos; }

class server_settings_maker : private setting_reader {
public:
    server_settings_maker(sshd_settings& to, setting_store& from) : setting_reader(from), to_(to), from_(from) {}

    failure make()
    {
        listening();
        log_ins();
        sources();
        sessions();
        forwarding();
        if (!wrong_)
            connection();
        return std::move(wrong_);
    }

private:
    /// Numbers with ':' between.
    std::vector<unsigned> numbers(std::string_view keyword) const
    {
        std::vector<unsigned> all;
        const std::string t = text(keyword);
        for (std::string_view left = t; !left.empty();) {
            const std::string_view one = left.substr(0, left.find(':'));
            left.remove_prefix(std::min(left.size(), one.size() + 1));
            all.push_back(unsigned(number_of(one, 0, std::numeric_limits<unsigned>::max()).value_or(0)));
        }
        return all;
    }

    void listening()
    {
        for (const std::string& p : list("Port"))
            to_.ports.push_back(std::uint16_t(number_of(p, 0, 65'535).value_or(0)));
        to_.address_family = text("AddressFamily");
        for (const std::string& one : list("ListenAddress"))
            to_.listen.push_back(listen_place(one));
        const bool none_of = std::any_of(to_.listen.begin(), to_.listen.end(), [&](const sshd_listen& l) {
            return (to_.address_family == "inet" && l.host.find(':') != std::string::npos)
                   || (to_.address_family == "inet6" && is_ipv4(l.host));
        });
        if (none_of)
            wrong_ = wrong_place(from_[*from_.table().find("ListenAddress")].at,
                                 "ListenAddress: an address that is not of the family " + to_.address_family);
        for (const std::string& one : list("HostKey"))
            if (std::find(to_.host_keys.begin(), to_.host_keys.end(), one) == to_.host_keys.end())
                to_.host_keys.push_back(one);
        to_.default_host_keys = !from_.is_set("HostKey");
        to_.pid_file = unless_none("PidFile");
        to_.moduli_file = unless_none("ModuliFile");
        to_.login_grace_time = time("LoginGraceTime");
        const std::vector<unsigned> startups = numbers("MaxStartups"), bits = numbers("PerSourceNetBlockSize");
        to_.startups_begin = startups.at(0);
        to_.startups_rate = startups.at(1);
        to_.startups_full = startups.at(2);
        if (text("PerSourceMaxStartups") != "none")
            to_.per_source_max_startups = unsigned(number("PerSourceMaxStartups"));
        to_.per_source_ipv4_bits = bits.at(0);
        to_.per_source_ipv6_bits = bits.at(1);
        to_.version_addendum = unless_none("VersionAddendum");
        to_.use_dns = yes("UseDNS");
    }
    void sources()
    {
        sshd_penalties& p = to_.penalties;
        const value words = all_of("PerSourcePenalties");
        p.enabled = !words.empty() && words.front() != "no";
        for (const std::string& word : words) {
            const auto colon = word.find(':');
            const std::string name = word.substr(0, colon), given = colon == std::string::npos ? "" : word.substr(colon + 1);
            const std::chrono::seconds length(time_of(given).value_or(0));
            if (std::chrono::seconds* const to = penalty_named(p, name))
                *to = length;
            else if (name == "max-sources4")
                p.max_sources4 = unsigned(number_of(given, 1, INT32_MAX).value_or(1));
            else if (name == "max-sources6")
                p.max_sources6 = unsigned(number_of(given, 1, INT32_MAX).value_or(1));
            else if (name == "overflow")
                p.deny_all4 = p.deny_all6 = given == "deny-all";
            else if (name == "overflow6")
                p.deny_all6 = given == "deny-all";
        }
        if (const std::string exempt = unless_none("PerSourcePenaltyExemptList"); !exempt.empty())
            p.exempt = comma_list(exempt);
    }
    static std::chrono::seconds* penalty_named(sshd_penalties& p, const std::string& name)
    {
        return name == "crash"              ? &p.crash
               : name == "authfail"         ? &p.auth_fail
               : name == "invaliduser"      ? &p.invalid_user
               : name == "noauth"           ? &p.no_auth
               : name == "grace-exceeded"   ? &p.grace_exceeded
               : name == "refuseconnection" ? &p.refuse_connection
               : name == "max"              ? &p.longest
               : name == "min"              ? &p.least
                                            : nullptr;
    }
    static sshd_listen listen_place(const std::string& written)
    {
        sshd_listen place;
        const auto end = written.starts_with('[') ? written.find(']') + 1 : std::min(written.size(), written.find(':'));
        place.host = written.starts_with('[') ? written.substr(1, end - 2) : written.substr(0, end);
        if (end < written.size())
            if (const auto n = number_of(std::string_view(written).substr(end + 1), 1, 65'535))
                place.port = std::uint16_t(*n);
        return place;
    }

    void log_ins()
    {
        to_.pubkey_authentication = yes("PubkeyAuthentication");
        to_.password_authentication = yes("PasswordAuthentication");
        to_.kbdinteractive_authentication = yes("KbdInteractiveAuthentication");
        for (const std::string& one : all_of("AuthenticationMethods"))
            if (one != "any")
                to_.authentication_methods.push_back(comma_list(one));
        to_.strict_modes = yes("StrictModes");
        to_.use_pam = yes("UsePAM");
        const std::string root = text("PermitRootLogin");
        to_.permit_root_login = root == "yes"                    ? root_login::yes
                                : root == "no"                   ? root_login::no
                                : root == "forced-commands-only" ? root_login::forced_commands_only
                                                                 : root_login::prohibit_password;
        to_.allow_users = all_of("AllowUsers");
        to_.deny_users = all_of("DenyUsers");
        to_.allow_groups = all_of("AllowGroups");
        to_.deny_groups = all_of("DenyGroups");
        to_.authorized_keys_files = list("AuthorizedKeysFile");
        to_.authorized_keys_command = unless_none("AuthorizedKeysCommand");
        to_.authorized_keys_command_user = unless_none("AuthorizedKeysCommandUser");
        if (!to_.authorized_keys_command.empty() && to_.authorized_keys_command_user.empty())
            wrong_ = wrong_place(from_[*from_.table().find("AuthorizedKeysCommand")].at,
                                 "AuthorizedKeysCommand set without AuthorizedKeysCommandUser");
        to_.revoked_keys = list("RevokedKeys");
        to_.max_auth_tries = unsigned(number("MaxAuthTries"));
        to_.required_rsa_size = unsigned(number("RequiredRSASize"));
        to_.banner = unless_none("Banner");
        to_.refuse_connection = yes("RefuseConnection");
        to_.fingerprint_hash = text("FingerprintHash");
    }
    /// A name may be "none" here.
    value all_of(std::string_view keyword) const
    {
        const value* const v = from_.find(keyword);
        return v == nullptr ? value() : *v;
    }

    void sessions()
    {
        to_.force_command = unless_none("ForceCommand");
        to_.chroot_directory = unless_none("ChrootDirectory");
        to_.max_sessions = unsigned(number("MaxSessions"));
        to_.permit_tty = yes("PermitTTY");
        to_.permit_user_rc = yes("PermitUserRC");
        to_.permit_user_environment = text("PermitUserEnvironment");
        to_.expose_auth_info = yes("ExposeAuthInfo");
        to_.accept_env = all_of("AcceptEnv");
        for (const std::string& s : all_of("SetEnv"))
            to_.set_env.emplace_back(s.substr(0, s.find('=')), s.substr(s.find('=') + 1));
        for (const std::string& s : all_of("Subsystem"))
            to_.subsystems.emplace_back(s.substr(0, s.find(' ')), s.substr(s.find(' ') + 1));
        to_.terminate_sessions = yes("TerminateSessions");
        if (text("EndProgramsAfter") != "none")
            to_.end_programs_after = time("EndProgramsAfter");
    }

    forward_rule rule(std::string_view keyword) const
    {
        const std::string t = text(keyword);
        return t == "yes"      ? forward_rule::yes
               : t == "local"  ? forward_rule::local
               : t == "remote" ? forward_rule::remote
                               : forward_rule::no;
    }
    value places_of(std::string_view keyword) const
    {
        value v = all_of(keyword);
        return v.size() == 1 && v.front() == "any" ? value() : v;
    }
    void forwarding()
    {
        to_.allow_tcp_forwarding = rule("AllowTcpForwarding");
        to_.allow_stream_local_forwarding = rule("AllowStreamLocalForwarding");
        to_.disable_forwarding = yes("DisableForwarding");
        to_.allow_agent_forwarding = yes("AllowAgentForwarding");
        to_.x11_forwarding = yes("X11Forwarding");
        to_.x11_use_localhost = yes("X11UseLocalhost");
        to_.x11_display_offset = unsigned(number("X11DisplayOffset"));
        to_.xauth_location = unless_none("XAuthLocation");
        to_.stream_local_bind_mask = unsigned(std::strtoul(text("StreamLocalBindMask").c_str(), nullptr, 8));
        to_.stream_local_bind_unlink = yes("StreamLocalBindUnlink");
        to_.gateway_ports = text("GatewayPorts");
        to_.permit_open = places_of("PermitOpen");
        to_.permit_listen = places_of("PermitListen");
    }

    void connection()
    {
        to_.compression = yes("Compression");
        for (const char* name : {"Ciphers", "MACs", "KexAlgorithms", "HostKeyAlgorithms", "PubkeyAcceptedAlgorithms"}) {
            const std::size_t row = *from_.table().find(name);
            const keyword& k = from_.table()[row];
            if (const value* const v = from_.find(row))
                apply_algorithms(to_.algorithms, k, *v);
            if (to_.algorithms.check() || algorithm_list(to_.algorithms, k).empty()) {
                wrong_ = wrong_place(from_[row].at, std::string(name) + ": no algorithm is left");
                return;
            }
            from_.replace(name, value{joined_words(algorithm_list(to_.algorithms, k), ",")});
        }
        to_.ip_qos = classes("IPQoS");
        const value limit = all_of("RekeyLimit"); // an amount and a time
        to_.rekey_bytes = std::uint64_t(number_of(limit.front(), 0, INT64_MAX).value_or(0));
        to_.rekey_time = std::chrono::seconds(number_of(limit.back(), 0, INT64_MAX).value_or(0));
        to_.client_alive_interval = time("ClientAliveInterval");
        to_.idle.channels = idle_times("ChannelTimeout");
        if (text("UnusedConnectionTimeout") != "none")
            to_.idle.connection = time("UnusedConnectionTimeout");
        to_.client_alive_count_max = unsigned(number("ClientAliveCountMax"));
        to_.log_level = text("LogLevel") == "SILENT" ? "QUIET" : text("LogLevel"); // the name that the manual has
        to_.syslog_facility = text("SyslogFacility");
    }

    sshd_settings& to_;
    setting_store& from_;
    failure wrong_;
};

} // namespace

outcome<sshd_settings> server_settings_of(setting_store store)
{
    store.fill();
    sshd_settings all;
    if (failure f = server_settings_maker(all, store).make())
        return f;
    detail::access::self(all) = std::make_shared<const setting_store>(std::move(store));
    return all;
}

} // namespace sshoal::conf
