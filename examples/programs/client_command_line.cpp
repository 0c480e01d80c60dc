#include "client_command_line.hpp"

#include "escape_sequences.hpp"
#include "option_scanner.hpp"
#include "remote_place.hpp"
#include "text_tools.hpp"

namespace programs {
namespace {

constexpr char known_flags[] = "1246ab:c:e:fgi:kl:m:no:p:qstvxyAB:CD:E:F:GI:J:KL:MNO:P:Q:R:S:TVw:W:XY";

/// "[user@]host" or "ssh://[user@]host[:port]".
void take_host(client_command_line& c, client_config& config, const std::string& text)
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
    if (!config.user)
        config.user = place->user;
    if (!config.port)
        config.port = place->port;
}

/// A flag that stands for a line of ssh_config.
struct flag_setting {
    char flag;
    std::string_view keyword, value; ///< an empty value stands for the flag's argument
    bool last_counts = false;
};

constexpr flag_setting flag_settings[] = {
    {'4', "AddressFamily", "inet"},
    {'6', "AddressFamily", "inet6"},
    {'A', "ForwardAgent", "yes", true},
    {'B', "BindInterface", ""},
    {'C', "Compression", "yes"},
    {'D', "DynamicForward", ""},
    {'I', "PKCS11Provider", ""},
    {'J', "ProxyJump", ""},
    {'K', "GSSAPIAuthentication", "yes", true},
    {'L', "LocalForward", ""},
    {'M', "ControlMaster", "yes"},
    {'N', "SessionType", "none"},
    {'R', "RemoteForward", ""},
    {'S', "ControlPath", ""},
    {'X', "ForwardX11", "yes", true},
    {'Y', "ForwardX11", "yes", true},
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

void take_setting(client_config& config, char flag, const std::string& argument)
{
    for (const flag_setting& s : flag_settings) {
        if (s.flag != flag)
            continue;
        if (s.last_counts)
            std::erase_if(config.unsupported, [&](const config_line& known) { return known.keyword == lower(s.keyword); });
        apply_client_line(config, flag_line(flag, s.keyword, s.value.empty() ? argument : std::string(s.value)));
    }
}

void take_flag(client_command_line& c, client_config& config, char flag, const std::string& value)
{
    switch (flag) {
    case '1': throw config_error("SSH protocol version 1 is not supported");
    case '2': break;
    case 'E': c.log_file = value; break;
    case 'F': c.config_file = value; break;
    case 'G': c.describe = true; break;
    case 'O': throw config_error("-O: connections are not shared, so there is no other process to ask");
    case 'P': throw config_error("-P: not implemented; \"-o Tag=NAME\" sets a tag");
    case 'Q': c.query = value; break;
    case 'T': config.terminal = terminal_wish::no; break;
    case 'V': c.version = true; break;
    case 'W': throw config_error("-W: forwarding is not implemented");
    case 'e': config.escape_character.emplace(escape_character(value)); break; // the last one counts
    case 'l':
        if (!config.user)
            config.user = value;
        break;
    case 'n': config.null_input = true; break;
    case 'o': apply_client_option(config, value); break;
    case 'q': ++c.flags.quiet; break;
    case 't': config.terminal = config.terminal == terminal_wish::yes ? terminal_wish::force : terminal_wish::yes; break;
    case 'v': ++c.flags.loud; break;
    case 'y': c.to_syslog = true; break;
    default: take_setting(config, flag, value);
    }
    if (flag == 'f')
        config.null_input = true;
}

void check(const client_command_line& c, const client_config& config)
{
    if (c.host.empty())
        throw usage_error("a host is missing");
    if (!is_harmless_host(c.host))
        throw config_error("hostname contains invalid characters");
    if (config.user && !is_harmless_user(*config.user))
        throw config_error("remote username contains invalid characters");
    if (c.to_syslog && !c.log_file.empty())
        throw config_error("Can't specify both -y and -E");
}

} // namespace

client_command_line parse_client_command_line(std::vector<std::string> words, client_config& config)
{
    client_command_line c;
    option_scanner scan(std::move(words), known_flags);
    for (;;) {
        while (const char flag = scan.next())
            take_flag(c, config, flag, scan.argument());
        if (c.version || c.query)
            return c;
        if (!c.host.empty() || !scan.has_word())
            break;
        take_host(c, config, scan.take_word());
        if (scan.ended())
            break;
    }
    check(c, config);
    c.command = join(scan.take_rest());
    return c;
}

std::string client_usage()
{
    return "usage: sshoal [-246aCfGgKkMNnqsTtVvxy] [-c cipher] [-E log] [-e escape] [-F config] [-i identity] [-J none]\n"
           "              [-l user] [-m macs] [-o option] [-p port] [-Q query] [-S path] destination [command [argument ...]]\n";
}

} // namespace programs
