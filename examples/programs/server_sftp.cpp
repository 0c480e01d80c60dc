#include "server_sftp.hpp"

#include "option_scanner.hpp"
#include "private_root.hpp"
#include "server_account.hpp"
#include "text_tools.hpp"

#include <sshoal/run_on.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <optional>

namespace programs {
namespace {

using sshoal::awaitable;

std::optional<sshoal::system_account> look_up_account(const std::string& name)
{
    const auto found = find_account(name);
    if (!found)
        return std::nullopt;
    return entry_of(*found);
}

struct look_up_job {
    std::string name;
    std::optional<sshoal::system_account> operator()() const { return look_up_account(name); }
};

std::string quoted(const std::string& word)
{
    std::string q = "'";
    for (const char c : word)
        q += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return q + '\'';
}

/// Returns: the path of this program. The file may have been replaced meanwhile, and is another program then.
std::string own_path()
{
    std::array<char, PATH_MAX> path{};
    const ::ssize_t n = ::readlink("/proc/self/exe", path.data(), path.size());
    return n > 0 ? std::string(path.data(), static_cast<std::size_t>(n)) : std::string();
}

awaitable<void> refuse_loudly(sshoal::session_request request, std::string why)
{
    request.refuse("internal-sftp: " + why);
    co_return;
}

/// The program runs by /bin/sh and not by the user's shell, since accounts that may only transfer files have none.
awaitable<void> serve_elsewhere(sshoal::session_request request, sftp_call call, sshoal::system_account who, std::string chroot)
{
    const std::string program = own_path();
    if (program.empty()) {
        auto refused = refuse_loudly(std::move(request), "cannot tell this program's path");
        co_await std::move(refused);
        co_return;
    }
    const sshoal::connection_info info = request.connection().info();
    const std::string& client = info.peer_identification;
    std::string command = "exec " + quoted(program) + " internal-sftp -I " + quoted(client);
    sshoal::program_options options;
    options.shell("/bin/sh").peer(info.remote, info.local).work_executor(look_up_thread(who.name));
    if (chroot.empty())
        options.user(who.name);
    else // as root until it is below its root
        command += " -C " + programs::quoted(chroot) + " -U " + programs::quoted(who.name);
    for (const std::string& word : call.words)
        command += ' ' + quoted(word);
    options.command(command);
    if (!chroot.empty())
        options.directory("/");
    request.pty.reset();
    request.env.clear();
    if (request.what == sshoal::session_request::kind::subsystem)
        options.subsystem(request.command, command);
    auto running = sshoal::run_program(std::move(request), std::move(options));
    co_await std::move(running);
}

awaitable<void> serve_here(sshoal::session_request request, sftp_call call, sshoal::system_account who)
{
    forbid_tracing();
    std::shared_ptr<sshoal::sftp::file_system> files;
    std::string why;
    try {
        files = sftp_files(call, who.home, who.name, {});
    } catch (const sshoal::error& e) {
        why = e.what();
    }
    if (!files) {
        auto refused = refuse_loudly(std::move(request), std::move(why));
        co_await std::move(refused);
        co_return;
    }
    auto serving = sshoal::sftp::serve(request.accept(), std::move(files), sftp_options(call));
    co_await std::move(serving);
}

/// Tells a client that asks for a shell or a command that there is only SFTP, with the text of OpenSSH's server.
awaitable<void> tell_sftp_only(sshoal::session_request request)
{
    std::string_view words = "This service allows sftp connections only.\n";
    if (request.pty)
        words = "This service allows sftp connections only.\r\n";
    try {
        sshoal::server_session session = request.accept();
        co_await session.write(words);
        co_await session.exit(1);
    } catch (const sshoal::error&) {
        // The client is gone.
    }
}

} // namespace

namespace {

/// Returns: the command that the request leads to; empty for a shell, a command and an unknown subsystem.
std::string command_for(const sshoal::session_request& request, const sshoal::sshd_settings& settings)
{
    if (!settings.force_command.empty())
        return settings.force_command;
    if (request.forced)
        return request.command;
    if (request.what == sshoal::session_request::kind::subsystem)
        for (const auto& [name, command] : settings.subsystems)
            if (name == request.command)
                return command;
    return {};
}

/// Returns: whether the client has asked for a subsystem, also one that a command of its key replaces.
bool asks_for_subsystem(const sshoal::session_request& request, const sshoal::sshd_settings& settings)
{
    if (!request.forced)
        return request.what == sshoal::session_request::kind::subsystem;
    return std::any_of(settings.subsystems.begin(), settings.subsystems.end(),
                       [&](const auto& s) { return s.first == request.original_command; });
}

} // namespace

bool asks_for_internal_sftp(const sshoal::session_request& request, const sshoal::sshd_settings& settings)
{
    const auto words = split_words(command_for(request, settings));
    return words && !words->empty() && words->front() == "internal-sftp";
}

awaitable<void> serve_internal_sftp(sshoal::session_request request, shared_settings settings, std::string account)
{
    if (!asks_for_subsystem(request, *settings)) {
        auto telling = tell_sftp_only(std::move(request));
        co_await std::move(telling);
        co_return;
    }
    look_up_job job{account};
    auto looking = sshoal::run_on(look_up_thread(account), std::move(job));
    const std::optional<sshoal::system_account> who = co_await std::move(looking);
    std::optional<sftp_call> call;
    std::string chroot, trouble = who ? "" : "no such account";
    try {
        call = internal_sftp_call(command_for(request, *settings));
        if (auto path = who ? settings->chroot_path(*who) : sshoal::outcome<std::string>(std::string()))
            chroot = std::move(*path);
        else
            trouble = path.error().context();
    } catch (const config_error& e) {
        trouble = e.what();
    }
    if (!trouble.empty() || !call) {
        auto refused = refuse_loudly(std::move(request), std::move(trouble));
        co_await std::move(refused);
    } else if (chroot.empty() && who->user_id == ::geteuid()) {
        auto serving = serve_here(std::move(request), *call, *who);
        co_await std::move(serving);
    } else {
        auto serving = serve_elsewhere(std::move(request), *call, *who, std::move(chroot));
        co_await std::move(serving);
    }
}

int run_internal_sftp(const std::vector<std::string>& words)
{
    try {
        return serve_sftp_on_standard_io(parse_sftp_call(words, sftp_caller::session), "sshoald-internal-sftp");
    } catch (const usage_error& e) {
        say(verbosity::fatal, std::string("internal-sftp: ") + e.what());
        return 1;
    }
}

} // namespace programs
