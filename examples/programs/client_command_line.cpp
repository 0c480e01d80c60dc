#include "client_command_line.hpp"

#include "option_scanner.hpp"
#include "remote_place.hpp"
#include "text_tools.hpp"

#include <utility>

namespace programs {
namespace {

constexpr char known_flags[] = "1246ab:c:e:fgi:kl:m:no:p:qstvxyAB:CD:E:F:GI:J:KL:MNO:P:Q:R:S:TVw:W:XY";

/// "[user@]host" or "ssh://[user@]host[:port]".
void take_host(client_command_line& c, const std::string& text)
{
    auto place = parse_place_uri("ssh", text);
    if (!place) {
        const auto at = text.rfind('@');
        place.emplace();
        if (at != std::string::npos)
            place->user = text.substr(0, at);
        place->host = at == std::string::npos ? text : text.substr(at + 1);
    }
    if (place->path)
        throw usage_error(text + ": a path means nothing here");
    const auto odd = [](const std::string& name) { return name.empty() || name.starts_with('-'); };
    if (odd(place->host) || (place->user && odd(*place->user)))
        throw usage_error("Bad host name: " + text);
    c.host = place->host;
    if (place->user)
        c.wishes.set("User", *place->user, "command line");
    if (place->port)
        c.wishes.set("Port", std::to_string(*place->port), "command line");
}

/// A flag that stands for a line of ssh_config.
struct flag_setting {
    char flag;
    std::string_view keyword, value; ///< an empty value stands for the flag's argument
    bool last_counts = false;
    bool whole_line = false; ///< quotes would be a part of the value
};

constexpr flag_setting flag_settings[] = {
    {'4', "AddressFamily", "inet"},
    {'6', "AddressFamily", "inet6"},
    {'A', "ForwardAgent", "yes", true},
    {'B', "BindInterface", ""},
    {'C', "Compression", "yes"},
    {'D', "DynamicForward", ""},
    {'I', "PKCS11Provider", ""},
    {'J', "ProxyJump", "", false, true},
    {'K', "GSSAPIAuthentication", "yes", true},
    {'L', "LocalForward", ""},
    {'M', "ControlMaster", "yes"},
    {'N', "SessionType", "none"},
    {'R', "RemoteForward", ""},
    {'S', "ControlPath", ""},
    {'X', "ForwardX11", "yes", true},
    {'Y', "ForwardX11", "yes", true},
    {'Y', "ForwardX11Trusted", "yes", true},
    {'a', "ForwardAgent", "no", true},
    {'b', "BindAddress", ""},
    {'c', "Ciphers", ""},
    {'f', "ForkAfterAuthentication", "yes"},
    {'g', "GatewayPorts", "yes"},
    {'i', "IdentityFile", ""},
    {'k', "GSSAPIDelegateCredentials", "no", true},
    {'m', "MACs", ""},
    {'p', "Port", ""},
    {'s', "SessionType", "subsystem"},
    {'w', "Tunnel", "yes"},
    {'x', "ForwardX11", "no", true},
};

void take_setting(client_wishes& wishes, char flag, const std::string& argument)
{
    const std::string name = std::string("-") + flag;
    for (const flag_setting& s : flag_settings) {
        if (s.flag != flag)
            continue;
        const std::string keyword(s.keyword), value = s.value.empty() ? argument : std::string(s.value);
        if (s.last_counts)
            wishes.set_last(keyword, value, name);
        else if (s.whole_line)
            wishes.set(keyword + ' ' + value, name);
        else
            wishes.set(keyword, value, name);
    }
}

void take_flag(client_command_line& c, char flag, const std::string& value)
{
    switch (flag) {
    case '1': throw config_error("SSH protocol version 1 is not supported");
    case '2': break;
    case 'E': c.log_file = value; break;
    case 'F': c.wishes.file = value; break;
    case 'G': c.describe = true; break;
    case 'O': throw config_error("-O: connections are not shared, so there is no other process to ask");
    case 'P': c.wishes.set("Tag", value, "-P"); break;
    case 'Q': c.query = value; break;
    case 'T': c.wishes.set_last("RequestTTY", "no", "-T"); break;
    case 'V': c.version = true; break;
    case 'W': c.stdio_target = value; break;
    case 'e': c.wishes.set_last("EscapeChar", value, "-e"); break;
    case 'l': c.wishes.set("User", value, "-l"); break;
    case 'n': c.wishes.set_last("StdinNull", "yes", "-n"); break;
    case 'o': c.wishes.set(value); break;
    case 'q': ++c.wishes.quiet; break;
    case 't': c.wishes.set_last("RequestTTY", std::exchange(c.terminal, true) ? "force" : "yes", "-t"); break;
    case 'v': ++c.wishes.loud; break;
    case 'y': c.to_syslog = true; break;
    default: take_setting(c.wishes, flag, value);
    }
    if (flag == 'f')
        c.wishes.set_last("StdinNull", "yes", "-f");
    if (flag == 'T')
        c.terminal = false;
}

/// Adds the settings that -W implies beside its target. Lines of -o count before them.
void add_stdio_settings(client_wishes& wishes)
{
    wishes.set_last("RequestTTY", "no", "-W");
    wishes.set("SessionType", "none", "-W");
    wishes.set("ClearAllForwardings", "yes", "-W");
    wishes.set("ExitOnForwardFailure", "yes", "-W");
}

void check(const client_command_line& c)
{
    if (c.host.empty())
        throw usage_error("a host is missing");
    if (!sshoal::is_harmless_host(c.host))
        throw config_error("hostname contains invalid characters");
    if (!sshoal::is_harmless_user(c.wishes.first("User").value_or("")))
        throw config_error("remote username contains invalid characters");
    if (c.to_syslog && !c.log_file.empty())
        throw config_error("Can't specify both -y and -E");
}

} // namespace

client_command_line parse_client_command_line(std::vector<std::string> words)
{
    client_command_line c;
    option_scanner scan(std::move(words), known_flags);
    for (;;) {
        while (const char flag = scan.next())
            take_flag(c, flag, scan.argument());
        if (c.version || c.query)
            return c;
        if (!c.host.empty() || !scan.has_word())
            break;
        take_host(c, scan.take_word());
        if (scan.ended())
            break;
    }
    if (c.stdio_target)
        add_stdio_settings(c.wishes);
    check(c);
    c.command = join(scan.take_rest());
    c.wishes.remote_command = c.command;
    return c;
}

std::string client_usage()
{
    return "usage: sshoal [-246AaCfGgKkMNnqsTtVvXxYy] [-B interface] [-b address] [-c cipher] [-D [address:]port] [-E log]\n"
           "              [-e escape] [-F config] [-i identity] [-J jump] [-L address] [-l user] [-m macs] [-o option]\n"
           "              [-P tag] [-p port] [-Q query] [-R address] [-S path] [-W host:port] destination [command [argument ...]]\n";
}

} // namespace programs
