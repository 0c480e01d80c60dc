// sshoal - an SSH client with OpenSSH's command line and ssh_config.
#include "background.hpp"
#include "client_link.hpp"
#include "client_login.hpp"
#include "client_session.hpp"
#include "option_scanner.hpp"
#include "text_tools.hpp"

#include <sshoal/client.hpp>
#include <sshoal/version.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>

namespace {

using namespace programs;
using sshoal::awaitable;

constexpr char known_flags[] = "1246ab:c:e:fgi:kl:m:no:p:qstvxyAB:CD:E:F:I:J:KL:MNO:P:Q:R:S:TVw:W:XY";

struct command_line {
    std::string host, command, log_file;
    std::optional<std::string> config_file;
    unsigned quiet = 0, loud = 0, terminal = 0;
};

void list_algorithms(const std::string& what)
{
    const sshoal::algorithms& all = sshoal::algorithms::all();
    std::vector<std::string> names;
    const auto key_types = [&](bool with_signatures) {
        for (const std::string& n : all.host_keys())
            if (with_signatures || !n.starts_with("rsa-sha2-"))
                names.push_back(n);
    };
    const std::string query = lower(what);
    if (query == "cipher" || query == "ciphers") {
        names = all.ciphers();
    } else if (query == "cipher-auth") {
        for (const std::string& n : all.ciphers())
            if (n.find("gcm") != std::string::npos || n.find("poly1305") != std::string::npos)
                names.push_back(n);
    } else if (query == "mac" || query == "macs") {
        names = all.macs();
    } else if (query == "kex" || query == "kexalgorithms") {
        names = all.kex();
    } else if (query == "key" || query == "key-plain") {
        key_types(false);
    } else if (query == "sig" || query == "key-sig" || query == "hostkeyalgorithms" || query == "pubkeyacceptedalgorithms") {
        key_types(true);
    } else if (query == "key-cert") {
        // none
    } else if (query == "compression") {
        names = all.compression();
    } else if (query == "help") {
        names = {"cipher", "cipher-auth", "compression", "kex", "key", "key-cert", "key-plain", "mac", "sig"};
    } else {
        throw usage_error("Unsupported query \"" + what + '"');
    }
    for (const std::string& n : names)
        std::cout << n << '\n';
}

/// "[user@]host" or "ssh://[user@]host[:port]".
void take_host(command_line& c, client_config& config, std::string text)
{
    if (text.starts_with("ssh://")) {
        text = text.substr(6, text.find('/', 6) == std::string::npos ? std::string::npos : text.find('/', 6) - 6);
        const auto colon = text.rfind(':');
        if (colon != std::string::npos && text.find(']', colon) == std::string::npos) {
            apply_client_line(config, parse_config_line("Port " + text.substr(colon + 1), "command line", 0));
            text.erase(colon);
        }
        const auto bracket = text.find('[');
        if (bracket != std::string::npos && text.ends_with(']'))
            text = text.substr(0, bracket) + text.substr(bracket + 1, text.size() - bracket - 2);
    }
    const auto at = text.rfind('@');
    if (at != std::string::npos && !config.user)
        config.user = text.substr(0, at);
    c.host = at == std::string::npos ? text : text.substr(at + 1);
    if (c.host.empty() || c.host.starts_with('-') || (config.user && config.user->starts_with('-')))
        throw usage_error("Bad host name: " + text);
}

void take_flag(command_line& c, client_config& config, char flag, const std::string& value)
{
    const auto set = [&](const std::string& text) { apply_client_line(config, parse_config_line(text, "command line", 0)); };
    switch (flag) {
    case '2': case 'a': case 'x': case 'k': break;
    case '4': set("AddressFamily inet"); break;
    case '6': set("AddressFamily inet6"); break;
    case 'C': set("Compression yes"); break;
    case 'E': c.log_file = value; break;
    case 'F': c.config_file = value; break;
    case 'N': set("SessionType none"); break;
    case 'Q': list_algorithms(value); std::exit(0);
    case 'T': set("RequestTTY no"); break;
    case 'V': std::cerr << "OpenSSH_9.2 compatible, sshoal_" << sshoal::version() << '\n'; std::exit(0);
    case 'c': set("Ciphers " + value); break;
    case 'f': set("ForkAfterAuthentication yes"); config.null_input = true; break;
    case 'i': config.identity_files.push_back(value); break;
    case 'l': if (!config.user) config.user = value; break;
    case 'm': set("MACs " + value); break;
    case 'n': set("StdinNull yes"); break;
    case 'o': set(value); break;
    case 'p': set("Port " + value); break;
    case 'q': ++c.quiet; break;
    case 's': set("SessionType subsystem"); break;
    case 't': ++c.terminal; break;
    case 'v': ++c.loud; break;
    default: throw usage_error(std::string("option not implemented -- ") + flag);
    }
}

command_line parse(int argc, char** argv, client_config& config)
{
    command_line c;
    option_scanner scan({argv + 1, argv + argc}, known_flags);
    for (;;) {
        while (const char flag = scan.next())
            take_flag(c, config, flag, scan.argument());
        if (!c.host.empty() || !scan.has_word())
            break;
        take_host(c, config, scan.take_word());
        if (scan.ended())
            break;
    }
    if (c.host.empty())
        throw usage_error("a host is missing");
    if (!is_harmless_host(c.host))
        throw config_error("hostname contains invalid characters");
    if (config.user && !is_harmless_user(*config.user))
        throw config_error("remote username contains invalid characters");
    c.command = join(scan.take_rest());
    if (c.terminal > 0)
        config.terminal = c.terminal > 1 ? terminal_wish::force : terminal_wish::yes;
    return c;
}

void open_log(const command_line& c, const client_config& config)
{
    program_log& log = program_log::get();
    log.level(*config.log_level);
    if (c.loud > 0)
        log.level(c.loud == 1 ? verbosity::debug1 : c.loud == 2 ? verbosity::debug2 : verbosity::debug3);
    if (c.quiet > 0)
        log.level(verbosity::quiet);
}

awaitable<int> work(const client_config& config, std::string host, std::string command, int tell_ready)
{
    auto options = co_await make_client_options(config, host);
    auto link = co_await reach_server(config, host);
    if (!link)
        throw sshoal::error(link.error());
    std::unique_ptr<child_process> proxy = std::move(link->proxy);
    sshoal::connection connection = co_await sshoal::connect(std::move(link->stream), *config.host_name, std::move(options));
    const sshoal::connection_info info = connection.info();
    say(verbosity::verbose,
        "Authenticated to " + *config.host_name + " ([" + info.remote + "]) using \"" + join(info.auth_methods, ",") + "\".");
    if (tell_ready >= 0) {
        (void)!::write(tell_ready, "", 1);
        ::close(tell_ready);
        ::setsid();
    }
    const int status = co_await run_client_session(config, connection, std::move(command));
    connection.disconnect(sshoal::disconnect_reason::by_application, "disconnected by user");
    co_return status;
}

void give_null_input()
{
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0) {
        ::dup2(null, 0);
        ::close(null);
    }
}

/// Descriptors 0 to 2 must be something, or a connection would become one of them.
void fill_standard_io()
{
    int fd = 0;
    while (fd >= 0 && fd < 3)
        fd = ::open("/dev/null", O_RDWR);
    if (fd > 2)
        ::close(fd);
}

int run_client(int argc, char** argv)
{
    client_config config;
    command_line c = parse(argc, argv, config);
    program_log& log = program_log::get();
    if (!c.log_file.empty() && !log.to_file(c.log_file))
        throw config_error("Couldn't open logfile " + c.log_file);
    if (c.quiet > 0)
        log.level(verbosity::quiet);
    read_client_configuration(config, c.config_file, c.host);
    complete_client_config(config, c.host);
    open_log(c, config);
    if (c.command.empty() && !config.remote_command.value_or("").empty())
        c.command = expand_client_tokens(config, c.host, *config.remote_command);
    else if (!c.command.empty() && !config.remote_command.value_or("").empty())
        throw config_error("Cannot execute command-line and remote command.");
    if (c.command.empty() && *config.session == session_kind::subsystem)
        throw usage_error("You must specify a subsystem to invoke.");
    if (*config.to_background && c.command.empty() && *config.session == session_kind::command)
        throw usage_error("Cannot fork into background without a command to execute.");
    const int tell_ready = *config.to_background ? into_background() : -1;
    if (*config.null_input)
        give_null_input();
    int status = 255;
    sshoal::run([&]() -> awaitable<void> {
        status = co_await work(config, c.host, c.command, tell_ready);
    });
    return status;
}

} // namespace

int main(int argc, char** argv)
{
    fill_standard_io();
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run_client(argc, argv);
    } catch (const usage_error& e) {
        std::cerr << "sshoal: " << e.what()
                  << "\nusage: sshoal [-246aCfNnqsTtVvx] [-c cipher] [-E log] [-F config] [-i identity] [-l user] [-m macs]\n"
                  << "              [-o option] [-p port] [-Q query] destination [command [argument ...]]\n";
    } catch (const config_error& e) {
        std::cerr << e.what() << '\n';
    } catch (const std::exception& e) {
        say(verbosity::fatal, std::string("ssh: ") + e.what());
    }
    return 255;
}
