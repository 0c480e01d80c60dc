#include "forward_call.hpp"

#include "config_error.hpp"
#include "option_scanner.hpp"

#include <algorithm>
#include <charconv>

namespace programs {
namespace {

using sshoal::ssh_config;

std::chrono::seconds seconds_of(char flag, const std::string& text)
{
    unsigned n = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (ec != std::errc() || end != text.data() + text.size() || n > 86400)
        throw usage_error(std::string("-") + flag + " takes a number of seconds up to 86400, not \"" + text + "\"");
    return std::chrono::seconds(n);
}

void take_option(forward_call& call, char flag, const std::string& argument, std::vector<std::string>& lines)
{
    switch (flag) {
    case 'L': lines.push_back("LocalForward " + argument); break;
    case 'R': lines.push_back("RemoteForward " + argument); break;
    case 'D': lines.push_back("DynamicForward " + argument); break;
    case 'o': lines.push_back(argument); break;
    case 'f': call.tunnels_file = argument; break;
    case 'F': call.user_config = argument; break;
    case 'm': call.reports = sshoal::endpoint::parse(argument).value(); break;
    case 'r': call.most_delay = seconds_of(flag, argument); break;
    case 'w': call.patience = seconds_of(flag, argument); break;
    case 't': call.only_check = true; break;
    default: call.verbose = true;
    }
}

ssh_config user_config(const forward_call& call)
{
    if (!call.user_config)
        return ssh_config::load_default().value();
    return *call.user_config == "none" ? ssh_config() : ssh_config::load_file(*call.user_config).value();
}

} // namespace

forward_call parse_forward_call(std::vector<std::string> words)
{
    forward_call call;
    std::vector<std::string> lines;
    option_scanner scanner(std::move(words), "D:F:L:R:f:m:o:r:tvw:");
    for (;;) {
        while (const char flag = scanner.next())
            take_option(call, flag, scanner.argument(), lines);
        if (!scanner.has_word())
            break;
        forward_call::host& h = call.hosts.emplace_back();
        h.to = sshoal::parse_target(scanner.take_word()).value();
        h.lines = std::exchange(lines, {});
    }
    if (!lines.empty())
        throw usage_error("options for a host stand before the host: " + lines.front());
    if (call.most_delay < std::chrono::seconds(1))
        throw usage_error("-r takes 1 second at least");
    if (call.hosts.empty() && call.tunnels_file.empty())
        throw usage_error("neither a file with tunnels nor a host");
    return call;
}

std::vector<wanted_tunnel> read_wanted(const forward_call& call)
{
    const ssh_config usual = user_config(call);
    std::vector<wanted_tunnel> all;
    const auto add = [&](sshoal::login_target to, ssh_config config) {
        wanted_tunnel w{std::move(to), std::move(config)};
        if (std::any_of(all.begin(), all.end(), [&](const wanted_tunnel& other) { return other.name() == w.name(); }))
            throw config_error(w.name() + " is named twice");
        all.push_back(std::move(w));
    };
    for (const forward_call::host& h : call.hosts) {
        ssh_config own = usual;
        for (const std::string& line : h.lines)
            own.set(line).value();
        add(h.to, std::move(own));
    }
    if (!call.tunnels_file.empty()) {
        ssh_config tunnels = ssh_config::load_file(call.tunnels_file).value();
        const std::vector<std::string> names = tunnels.hostnames();
        if (names.empty()) // it may be in an editor's hands
            throw config_error(call.tunnels_file + " names no host: a tunnel begins with \"Host NAME\", without wildcards");
        tunnels.append(usual);
        for (const std::string& name : names) {
            sshoal::login_target to;
            to.host = name;
            add(std::move(to), tunnels);
        }
    }
    return all;
}

} // namespace programs
