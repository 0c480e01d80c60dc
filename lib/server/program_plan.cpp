#include "server/program_plan.hpp"

#include "os/safe_path.hpp"
#include "sshoal/shell_quote.hpp"

#include <algorithm>
#include <cstdlib>

namespace sshoal::server {
namespace {

constexpr char path_of_users[] = "/usr/local/bin:/usr/bin:/bin:/usr/games";
constexpr char path_of_root[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string last_part(const std::string& path)
{
    return path.substr(path.find_last_of('/') + 1); // npos + 1 is 0
}

/// Variables that a program may take for the server's, even if the server has not set them.
bool is_server_variable(std::string_view name) noexcept
{
    constexpr std::string_view names[] = {"SSH_CLIENT", "SSH_CONNECTION", "SSH_ORIGINAL_COMMAND", "SSH_TTY", "SSH_USER_AUTH"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Returns: an end in the form of SSH_CONNECTION.
std::string address_and_port(const endpoint& e)
{
    return e.is_tcp() ? e.address() + ' ' + std::to_string(e.port()) : std::string("UNKNOWN 65535");
}

void fill_environment(program_plan& p, const session_request& request, const program_options::impl& o)
{
    // Later variables win, so that the client never replaces variables that the server sets.
    for (const auto& [name, value] : request.env)
        if (!is_server_variable(name))
            set_variable(p.env, name, value);
    if (request.forced && !request.original_command.empty()) {
        const std::string* const subsystem = subsystem_command(o, request.original_command);
        set_variable(p.env, "SSH_ORIGINAL_COMMAND", subsystem != nullptr ? *subsystem : request.original_command);
    }
    set_variable(p.env, "USER", p.who.name);
    set_variable(p.env, "LOGNAME", p.who.name);
    set_variable(p.env, "HOME", p.who.home);
    set_variable(p.env, "PATH", p.who.user_id == 0 ? path_of_root : path_of_users);
    set_variable(p.env, "MAIL", "/var/mail/" + p.who.name);
    set_variable(p.env, "SHELL", p.shell);
    if (const char* zone = std::getenv("TZ"))
        set_variable(p.env, "TZ", zone);
    if (p.pty && !p.pty->type.empty()) // without a type from the client, TERM stays unset, which shells can handle
        set_variable(p.env, "TERM", p.pty->type);
    if (o.peer) {
        const std::string remote = address_and_port(o.peer->first), local = address_and_port(o.peer->second);
        set_variable(p.env, "SSH_CLIENT", remote + ' ' + local.substr(local.find(' ') + 1));
        set_variable(p.env, "SSH_CONNECTION", remote + ' ' + local);
    }
}

/// Returns: the scripts of which the first that exists runs before the program.
std::vector<os::early_program> scripts_for(const program_plan& p, const session_request& request, const program_options::impl& o)
{
    std::vector<os::early_program> all;
    if (o.scripts == login_scripts_of::nobody)
        return all;
    const std::string own = p.who.home + "/.ssh/rc", system = "/etc/ssh/sshrc";
    if (o.scripts == login_scripts_of::user_and_system && !o.has_command && request.what != session_request::kind::subsystem)
        all.push_back({own, p.shell, {last_part(p.shell), "-c", "/bin/sh " + shell_quote(own)}});
    all.push_back({system, "/bin/sh", {"sh", system}});
    return all;
}

} // namespace

void set_variable(std::vector<std::pair<std::string, std::string>>& env, std::string name, std::string value)
{
    const auto it = std::find_if(env.begin(), env.end(), [&](const auto& e) { return e.first == name; });
    if (it != env.end())
        it->second = std::move(value);
    else
        env.emplace_back(std::move(name), std::move(value));
}

const std::string* subsystem_command(const program_options::impl& o, const std::string& name) noexcept
{
    for (const auto& [known, command] : o.subsystems)
        if (known == name)
            return &command;
    return nullptr;
}

outcome<program_plan> plan_program(const session_request& request, const program_options::impl& o)
{
    outcome<login_account> who = find_login_account(o.user, o.accounts);
    if (!who)
        return who.error();
    program_plan p;
    p.who = std::move(*who);
    p.shell = o.shell.empty() ? p.who.shell : o.shell;
    p.directory = o.directory.empty() ? p.who.home : o.directory;
    p.directory_needed = !o.directory.empty();
    p.pty = request.pty;
    p.may_signal = !o.has_command && !request.forced;
    p.root = o.root;
    if (!p.root.empty())
        if (const auto safe = os::check_root_folder(p.root); !safe)
            return safe.error();
    p.scripts = scripts_for(p, request, o);

    std::optional<std::string> asked;
    if (request.what == session_request::kind::exec) {
        asked = request.command;
    } else if (request.what == session_request::kind::subsystem) {
        if (const std::string* command = subsystem_command(o, request.command))
            asked = *command;
    }
    fill_environment(p, request, o);
    if (o.has_command && asked && !request.forced)
        set_variable(p.env, "SSH_ORIGINAL_COMMAND", *asked);
    for (const auto& [name, value] : o.env)
        set_variable(p.env, name, value);

    const std::optional<std::string> runs = o.has_command ? o.command : asked;
    if (runs)
        p.arguments = {last_part(p.shell), "-c", *runs};
    else
        p.arguments = {'-' + last_part(p.shell)}; // the leading '-' tells a shell that it is a login shell
    return p;
}

} // namespace sshoal::server
