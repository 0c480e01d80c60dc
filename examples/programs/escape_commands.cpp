#include "escape_commands.hpp"

#include "text_tools.hpp"

#include <sshoal/child_program.hpp>

#include <algorithm>
#include <optional>

namespace programs {
namespace {

using sshoal::awaitable;

/// A command about a forwarding: "-L 8080:db:5432", "-KD1080".
struct forward_command {
    bool cancel = false;
    char kind = 'L'; ///< L, R or D
    std::string spec;
};

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::optional<forward_command> read_forward_command(std::string_view line)
{
    forward_command f;
    if (line.starts_with('-'))
        line.remove_prefix(1);
    if (line.starts_with('K')) {
        f.cancel = true;
        line.remove_prefix(1);
    }
    if (line.empty() || std::string_view("LRD").find(line.front()) == std::string_view::npos)
        return std::nullopt;
    f.kind = line.front();
    f.spec = trimmed(line.substr(1));
    return f;
}

/// Reads the specification as a line of the configuration. To cancel, it names only where the forwarding listens.
std::optional<sshoal::ssh_forward> read_spec(const forward_command& f, const client_settings& c)
{
    const bool dynamic = f.kind == 'D' || (f.kind == 'L' && f.cancel);
    sshoal::ssh_config lines;
    const std::string keyword = f.kind == 'R' ? "RemoteForward" : dynamic ? "DynamicForward" : "LocalForward";
    if (!lines.set("GatewayPorts " + c.get("GatewayPorts").value_or("no")) || !lines.set(keyword + ' ' + sshoal::quoted_config_value(f.spec)))
        return std::nullopt;
    const auto read = lines.lookup_now("host", sshoal::config_facts());
    if (!read)
        return std::nullopt;
    const auto& all = f.kind == 'R' ? read->remote_forwards : read->local_forwards;
    return all.size() == 1 ? std::optional(all.front()) : std::nullopt;
}

bool same_place(const sshoal::endpoint& a, const sshoal::endpoint& b) { return a.to_string() == b.to_string(); }

/// Ends the first forwarding of this kind that listens there. Returns: whether there was one.
bool cancel_forward(client_forwards& all, const forward_command& f, const sshoal::endpoint& listen)
{
    const auto it = std::find_if(all.ports.begin(), all.ports.end(), [&](const client_forwards::port& p) {
        const bool socks = p.what.target.what() == sshoal::endpoint::kind::none;
        return !p.cancelled && p.local == (f.kind != 'R') && (!p.local || socks == (f.kind == 'D')) && same_place(p.what.listen, listen);
    });
    if (it == all.ports.end())
        return false;
    it->runs.drain();
    it->cancelled = true;
    return true;
}

std::string help(bool local_commands)
{
    std::string text = "Commands:\n"
                       "      -L[bind_address:]port:host:hostport    Request local forward\n"
                       "      -R[bind_address:]port:host:hostport    Request remote forward\n"
                       "      -D[bind_address:]port                  Request dynamic forward\n"
                       "      -KL[bind_address:]port                 Cancel local forward\n"
                       "      -KR[bind_address:]port                 Cancel remote forward\n"
                       "      -KD[bind_address:]port                 Cancel dynamic forward\n";
    if (local_commands)
        text += "      !args                                  Execute local command\n";
    return text;
}

std::string run_here(const std::string& command, bool permitted)
{
    if (!permitted)
        return "PermitLocalCommand does not permit commands here.\n";
    try {
        (void)sshoal::run_to_end(sshoal::child_command::shell(command));
    } catch (const sshoal::error& e) {
        return std::string(e.what()) + '\n';
    }
    return {};
}

std::string place_text(const sshoal::endpoint& e)
{
    if (e.is_unix())
        return e.path().empty() ? "a Unix socket" : e.path();
    return e.is_tcp() ? e.describe() : "somewhere";
}

} // namespace

std::string list_connections(const client_forwards& all)
{
    std::string text = "The following connections are open:\r\n  #0 client-session\r\n";
    std::size_t number = 0;
    for (const client_forwards::port& p : all.ports)
        for (const sshoal::forward::open_stream& s : p.runs.streams()) {
            text += "  #" + std::to_string(++number) + ' ' + describe(p) + ": from " + place_text(s.originator);
            if (p.what.target.what() == sshoal::endpoint::kind::none)
                text += " to " + (s.target.is_tcp() ? s.target.to_string() : std::string("no target yet"));
            text += ", " + std::to_string(s.bytes_to_target) + " bytes there, " + std::to_string(s.bytes_from_target) + " back\r\n";
        }
    return text;
}

awaitable<std::string> obey_command_line(std::string line, const client_settings& c, sshoal::connection connection,
                                         std::shared_ptr<client_forwards> all)
{
    const std::string command(trimmed(line));
    if (command.empty())
        co_return std::string();
    if (command == "?" || command == "h" || command == "-h" || command == "help")
        co_return help(c.permit_local_command);
    if (command.front() == '!')
        co_return run_here(command.substr(1), c.permit_local_command);
    const std::optional<forward_command> f = read_forward_command(command);
    if (!f)
        co_return std::string("Invalid command.\n");
    std::optional<sshoal::ssh_forward> what = read_spec(*f, c);
    if (!what)
        co_return std::string("Bad forwarding specification.\n");
    if (f->cancel)
        co_return std::string(cancel_forward(*all, *f, what->listen) ? "Canceled forwarding.\n" : "Unknown port forwarding.\n");
    auto beginning = begin_forward(c, connection, std::move(*what), f->kind != 'R', all);
    const bool runs = co_await std::move(beginning);
    co_return std::string(runs ? "Forwarding port.\n" : "Port forwarding failed.\n");
}

} // namespace programs
