// The keywords of sshd_config, and the treatment of those that are not implemented.
#include "option_scanner.hpp"
#include "server_config.hpp"
#include "shared_keywords.hpp"

#include <syslog.h>

namespace programs {
namespace {

using handler = void (*)(server_config&, const config_line&);

struct keyword_entry {
    std::string_view keyword;
    handler apply;
};

void listen_address(server_config& c, const config_line& line)
{
    std::string text = line.one();
    listen_place place;
    const auto port_of = [&](const std::string& digits) {
        const auto n = number(digits, 1, 65'535);
        if (!n)
            line.fail("not a port: " + digits);
        place.port = static_cast<std::uint16_t>(*n);
    };
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string::npos || (end + 1 < text.size() && text[end + 1] != ':'))
            line.fail("not an address: " + text);
        place.host = text.substr(1, end - 1);
        if (end + 1 < text.size())
            port_of(text.substr(end + 2));
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        place.host = text.substr(0, text.find(':'));
        port_of(text.substr(text.find(':') + 1));
    } else {
        place.host = text;
    }
    if (place.host.empty())
        line.fail("not an address: " + text);
    c.listen.push_back(std::move(place));
}

void permit_root_login(server_config& c, const config_line& line)
{
    const std::string value = lower(line.one());
    if (value == "yes")
        set_once(c.permit_root, root_login::yes);
    else if (value == "no")
        set_once(c.permit_root, root_login::no);
    else if (value == "prohibit-password" || value == "without-password")
        set_once(c.permit_root, root_login::prohibit_password);
    else if (value == "forced-commands-only")
        line.fail("forced-commands-only is not implemented");
    else
        line.fail("no such value: " + value);
}

/// Patterns of names, and for users also of addresses. A pattern that cannot be read is an error, since it would never fit.
void name_patterns(std::vector<std::string>& list, const config_line& line)
{
    if (line.arguments.empty())
        line.fail("an argument is missing");
    for (const std::string& p : line.arguments) {
        if (p.find_first_of("!/") != std::string::npos)
            line.fail("negation and CIDR masks are not implemented: " + p);
        list.push_back(p);
    }
}

void max_startups(server_config& c, const config_line& line)
{
    const auto parts = split_list(line.one(), ':');
    startup_limits limits;
    const auto at = [&](std::size_t i, std::uint64_t most) {
        const auto n = number(parts[i], 1, most);
        if (!n)
            line.fail("not a limit: " + line.one());
        return static_cast<unsigned>(*n);
    };
    if (parts.size() == 3) {
        limits = {at(0, 1'000'000), at(1, 100), at(2, 1'000'000)};
        if (limits.begin > limits.full)
            line.fail("the first number is larger than the last");
    } else if (parts.size() == 1) {
        limits = {at(0, 1'000'000), 100, at(0, 1'000'000)};
    } else {
        line.fail("one number or three are expected");
    }
    set_once(c.max_startups, limits);
}

/// The words behind internal-sftp. A word that cannot be followed is an error.
sftp_call internal_sftp(const config_line& line, std::vector<std::string> words)
{
    words.erase(words.begin());
    try {
        sftp_call call = parse_sftp_call(words, sftp_caller::configuration);
        if (call.list_requests)
            throw usage_error("-Q is for the command line");
        return call;
    } catch (const usage_error& e) {
        line.fail(std::string("internal-sftp: ") + e.what());
    }
}

void subsystem(server_config& c, const config_line& line)
{
    if (line.arguments.size() < 2)
        line.fail("a name and a command are expected");
    const std::string& name = line.arguments.front();
    for (const auto& [known, command] : c.subsystems)
        if (known == name)
            return;
    if (line.arguments[1] == "internal-sftp")
        c.internal_sftp.emplace_back(name, internal_sftp(line, {line.arguments.begin() + 1, line.arguments.end()}));
    c.subsystems.emplace_back(name, join({line.arguments.begin() + 1, line.arguments.end()}));
}

void set_env(server_config& c, const config_line& line)
{
    if (line.arguments.empty())
        line.fail("NAME=value is expected");
    for (const std::string& a : line.arguments) {
        const auto equals = a.find('=');
        if (equals == 0 || equals == std::string::npos)
            line.fail("NAME=value is expected: " + a);
        std::string name = a.substr(0, equals);
        const bool known = std::any_of(c.set_env.begin(), c.set_env.end(), [&](const auto& e) { return e.first == name; });
        if (!known)
            c.set_env.emplace_back(std::move(name), a.substr(equals + 1));
    }
}

void log_facility(server_config& c, const config_line& line)
{
    constexpr std::pair<std::string_view, int> known[]
        = {{"daemon", LOG_DAEMON}, {"user", LOG_USER},     {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV},
           {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3},
           {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}};
    const std::string wanted = lower(line.one());
    for (const auto& [name, value] : known)
        if (name == wanted)
            return set_once(c.log_facility, value);
    line.fail("no such facility: " + wanted);
}

void address_family(server_config& c, const config_line& line)
{
    const std::string value = lower(line.one());
    if (value != "any" && value != "inet" && value != "inet6")
        line.fail("neither any, inet nor inet6: " + value);
    set_once(c.address_family, value);
}

void authorized_keys(server_config& c, const config_line& line)
{
    if (line.arguments.empty())
        line.fail("an argument is missing");
    if (line.arguments.size() == 1 && lower(line.arguments.front()) == "none")
        return set_once(c.authorized_keys_files, std::vector<std::string>());
    for (const std::string& file : line.arguments)
        if (!expand_tokens(file, [](char t) {
                return t == 'u' || t == 'h' || t == 'U' ? std::optional<std::string>("") : std::nullopt;
            }))
            line.fail("only the tokens %h, %u, %U and %% are known: " + file);
    set_once(c.authorized_keys_files, line.arguments);
}

void end_programs_after(server_config& c, const config_line& line)
{
    if (std::exchange(c.program_patience_set, true) || lower(line.one()) == "none")
        return;
    c.program_patience = duration_argument(line);
}

void use_pam(server_config& c, const config_line& line)
{
    const bool first = !c.use_pam;
    set_once(c.use_pam, line.yes_or_no());
    if (first && *c.use_pam)
        say(verbosity::info,
            line.place()
                + ": UsePAM: there is no PAM here; accounts are checked for expiry and locks, and passwords by shadow(5)");
}

template <class T>
void optional_text(std::optional<T>& slot, const std::string& text)
{
    set_once(slot, lower(text) == "none" ? std::string() : text);
}

void force_command(server_config& c, const config_line& line)
{
    if (c.force_command)
        return;
    optional_text(c.force_command, line.rest);
    const auto words = split_words(line.rest);
    if (words && !words->empty() && words->front() == "internal-sftp")
        c.forced_sftp = internal_sftp(line, *words);
}

void chroot_directory(server_config& c, const config_line& line)
{
    const std::string& folder = line.one();
    const auto known = [](char t) { return t == 'h' || t == 'u' || t == 'U' ? std::optional<std::string>("") : std::nullopt; };
    if (lower(folder) != "none" && (!expand_tokens(folder, known) || (folder.front() != '/' && !folder.starts_with("%h"))))
        line.fail("not an absolute path with tokens that are known: " + folder);
    optional_text(c.chroot, folder);
}

constexpr keyword_entry keywords[] = {
    {"port", [](auto& c, auto& l) { c.ports.push_back(static_cast<std::uint16_t>(number_argument(l, 1, 65'535))); }},
    {"listenaddress", listen_address},
    {"addressfamily", address_family},
    {"hostkey", [](auto& c, auto& l) { c.host_keys.push_back(l.one()); }},
    {"pidfile", [](auto& c, auto& l) { set_once(c.pid_file, l.one()); }},
    {"authorizedkeysfile", authorized_keys},
    {"strictmodes", [](auto& c, auto& l) { set_once(c.strict_modes, l.yes_or_no()); }},
    {"pubkeyauthentication", [](auto& c, auto& l) { set_once(c.publickey, l.yes_or_no()); }},
    {"passwordauthentication", [](auto& c, auto& l) { set_once(c.password, l.yes_or_no()); }},
    {"kbdinteractiveauthentication", [](auto& c, auto& l) { set_once(c.interactive, l.yes_or_no()); }},
    {"permitrootlogin", permit_root_login},
    {"allowusers", [](auto& c, auto& l) { name_patterns(c.allow_users, l); }},
    {"denyusers", [](auto& c, auto& l) { name_patterns(c.deny_users, l); }},
    {"allowgroups", [](auto& c, auto& l) { name_patterns(c.allow_groups, l); }},
    {"denygroups", [](auto& c, auto& l) { name_patterns(c.deny_groups, l); }},
    {"maxauthtries", [](auto& c, auto& l) { set_once(c.max_auth_tries, number_argument(l, 1, 1'000'000)); }},
    {"requiredrsasize", [](auto& c, auto& l) { set_once(c.required_rsa_bits, number_argument(l, 1024, 65'536)); }},
    {"logingracetime", [](auto& c, auto& l) { set_once(c.login_grace, duration_argument(l)); }},
    {"maxstartups", max_startups},
    {"banner", [](auto& c, auto& l) { optional_text(c.banner, l.one()); }},
    {"maxsessions", [](auto& c, auto& l) { set_once(c.max_sessions, number_argument(l, 0, 1'000'000)); }},
    {"clientaliveinterval", [](auto& c, auto& l) { set_once(c.alive_interval, duration_argument(l)); }},
    {"clientalivecountmax", [](auto& c, auto& l) { set_once(c.alive_count, number_argument(l, 0, 1'000'000)); }},
    {"acceptenv", [](auto& c, auto& l) { c.accept_env.insert(c.accept_env.end(), l.arguments.begin(), l.arguments.end()); }},
    {"setenv", set_env},
    {"subsystem", subsystem},
    {"forcecommand", force_command},
    {"chrootdirectory", chroot_directory},
    {"permittty", [](auto& c, auto& l) { set_once(c.permit_tty, l.yes_or_no()); }},
    {"compression", [](auto& c, auto& l) { set_once(c.compression, lower(l.one()) == "delayed" || l.yes_or_no()); }},
    {"ciphers", [](auto& c, auto& l) { set_algorithms(c.algorithms, c.algorithm_keywords, l, &sshoal::algorithms::ciphers); }},
    {"macs", [](auto& c, auto& l) { set_algorithms(c.algorithms, c.algorithm_keywords, l, &sshoal::algorithms::macs); }},
    {"kexalgorithms", [](auto& c, auto& l) { set_algorithms(c.algorithms, c.algorithm_keywords, l, &sshoal::algorithms::kex); }},
    {"hostkeyalgorithms",
     [](auto& c, auto& l) { set_algorithms(c.algorithms, c.algorithm_keywords, l, &sshoal::algorithms::host_keys); }},
    {"pubkeyacceptedalgorithms",
     [](auto& c, auto& l) { set_algorithms(c.algorithms, c.algorithm_keywords, l, &sshoal::algorithms::public_keys); }},
    {"rekeylimit",
     [](auto& c, auto& l) {
         std::optional<std::uint64_t> bytes;
         std::optional<std::chrono::seconds> time;
         rekey_arguments(l, bytes, time);
         if (std::exchange(c.rekey_set, true))
             return;
         c.rekey_bytes = bytes;
         c.rekey_time = time;
     }},
    {"modulifile", [](auto& c, auto& l) { set_once(c.moduli_file, l.one()); }},
    {"loglevel", [](auto& c, auto& l) { set_once(c.log_level, level_argument(l)); }},
    {"syslogfacility", log_facility},
    {"usepam", use_pam},
    // Keywords that only sshoald has.
    {"terminatesessions", [](auto& c, auto& l) { set_once(c.terminate_sessions, l.yes_or_no()); }},
    {"endprogramsafter", end_programs_after},
};

constexpr std::pair<std::string_view, std::string_view> other_names[] = {
    {"challengeresponseauthentication", "kbdinteractiveauthentication"},
    {"skeyauthentication", "kbdinteractiveauthentication"},
    {"pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"},
    {"dsaauthentication", "pubkeyauthentication"},
    {"hostbasedacceptedkeytypes", "hostbasedacceptedalgorithms"},
};

/// Keywords that are not implemented. Requests that a value would allow are refused to every client anyway; a value that would
/// forbid something stops the server, unless the thing is forbidden anyway.
constexpr unsupported_keyword unsupported[] = {
    // Allowed to no client.
    {"allowagentforwarding", "no", if_asked::pass},
    {"allowstreamlocalforwarding", "no", if_asked::pass},
    {"allowtcpforwarding", "no", if_asked::pass},
    {"disableforwarding", "*"},
    {"gatewayports", "no", if_asked::pass},
    {"permitlisten", "*"},
    {"permitopen", "*"},
    {"permittunnel", "no", if_asked::pass},
    {"streamlocalbindmask", "*"},
    {"streamlocalbindunlink", "*"},
    {"x11displayoffset", "*"},
    {"x11forwarding", "no", if_asked::pass},
    {"x11uselocalhost", "*"},
    {"xauthlocation", "*"},
    // Methods of log-in that no client is offered, and what belongs to them.
    {"gssapiauthentication", "no", if_asked::pass},
    {"gssapicleanupcredentials", "*"},
    {"gssapikexalgorithms", "*"},
    {"gssapikeyexchange", "no", if_asked::pass},
    {"gssapistorecredentialsonrekey", "*"},
    {"gssapistrictacceptorcheck", "*"},
    {"casignaturealgorithms", "*"},
    {"hostbasedacceptedalgorithms", "*"},
    {"hostbasedauthentication", "no", if_asked::pass},
    {"hostbasedusesnamefrompacketonly", "*"},
    {"ignorerhosts", "*"},
    {"ignoreuserknownhosts", "*"},
    {"kerberosauthentication", "no", if_asked::pass},
    {"kerberosorlocalpasswd", "*"},
    {"kerberosticketcleanup", "*"},
    {"permitemptypasswords", "no", if_asked::pass},
    // Additions for users.
    {"exposeauthinfo", "no", if_asked::pass},
    {"permituserenvironment", "no", if_asked::pass},
    {"permituserrc", "no", if_asked::pass},
    {"printlastlog", "no", if_asked::pass},
    {"printmotd", "no", if_asked::pass},
    // Settings that a client cannot notice, or that do not matter.
    {"debianbanner", "*"},
    {"fingerprinthash", "sha256", if_asked::pass},
    {"ipqos", "none", if_asked::pass},
    {"logverbose", "*"},
    {"securitykeyprovider", "*"},
    {"tcpkeepalive", "*"},
    {"versionaddendum", "none", if_asked::pass},
    // Rules that would not be kept.
    {"authenticationmethods", "any"},
    {"authorizedkeyscommand", "none"},
    {"authorizedkeyscommanduser", "none"},
    {"authorizedprincipalscommand", "none"},
    {"authorizedprincipalsfile", "none"},
    {"channeltimeout", "none"},
    {"hostcertificate", "none"},
    {"hostkeyagent", "none"},
    {"persourcemaxstartups", "none"},
    {"persourcenetblocksize", "*"},
    {"persourcepenalties", "no"},
    {"revokedkeys", "none"},
    {"trustedusercakeys", "none"},
    {"unusedconnectiontimeout", "none,0"},
    {"usedns", "no"},
    // Keywords of very old versions.
    {"protocol", "*"},
};

constexpr std::string_view deprecated[] = {
    "keyregenerationinterval",
    "serverkeybits",
    "rsaauthentication",
    "rhostsauthentication",
    "rhostsrsaauthentication",
    "useprivilegeseparation",
    "uselogin",
    "checkmail",
    "kerberosgetafstoken",
    "afstokenpassing",
};

void pass_over_or_refuse(const config_line& line)
{
    const unsupported_keyword* const k = find_unsupported(unsupported, line.keyword);
    if (k == nullptr)
        line.fail("Bad configuration option: " + line.keyword);
    if (asks_for_nothing(*k, line))
        return;
    if (k->what != if_asked::pass)
        line.fail(why_unsupported(*k) + "; only accepted: " + std::string(k->harmless));
    say(verbosity::debug1, line.place() + ": " + line.written + ": " + why_unsupported(*k));
}

} // namespace

void apply_server_line(server_config& c, const config_line& line)
{
    line.check_quotes();
    config_line named = line;
    for (const auto& [other, name] : other_names)
        if (line.keyword == other)
            named.keyword = name;
    for (const keyword_entry& k : keywords)
        if (k.keyword == named.keyword)
            return k.apply(c, named);
    if (std::find(std::begin(deprecated), std::end(deprecated), line.keyword) != std::end(deprecated))
        say(verbosity::info, line.place() + ": " + line.written + " is deprecated and has no effect");
    else
        pass_over_or_refuse(named);
}

} // namespace programs
