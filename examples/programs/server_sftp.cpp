#include "server_sftp.hpp"

#include "option_scanner.hpp"
#include "private_root.hpp"
#include "server_account.hpp"
#include "text_tools.hpp"

#include <sshoal/run_on.hpp>

#include <unistd.h>

#include <array>
#include <climits>
#include <optional>

namespace programs {
namespace {

using sshoal::awaitable;

struct account_facts {
    std::string name, home;
    ::uid_t id = 0;
};

std::optional<account_facts> look_up_account(const std::string& name)
{
    const auto found = find_account(name);
    if (!found)
        return std::nullopt;
    return account_facts{found->name, found->home, found->user_id};
}

struct look_up_job {
    std::string name;
    std::optional<account_facts> operator()() const { return look_up_account(name); }
};

/// Expands the tokens. Errors: private_root_error for a result that is no absolute path.
std::string chroot_for(const server_config& config, const account_facts& who)
{
    if (!config.chroot || config.chroot->empty())
        return {};
    const auto folder = expand_tokens(*config.chroot, [&](char token) -> std::optional<std::string> {
        switch (token) {
        case 'h': return who.home;
        case 'u': return who.name;
        case 'U': return std::to_string(who.id);
        default: return std::nullopt;
        }
    });
    if (!folder || !folder->starts_with('/'))
        throw private_root_error("no absolute path: ChrootDirectory " + *config.chroot);
    return *folder;
}

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
awaitable<void> serve_elsewhere(sshoal::session_request request, sftp_call call, account_facts who, std::string chroot)
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

awaitable<void> serve_here(sshoal::session_request request, sftp_call call, account_facts who)
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

const sftp_call* internal_sftp_for(const sshoal::session_request& request, const server_config& config) noexcept
{
    if (config.forced_sftp)
        return &*config.forced_sftp;
    if (config.force_command && !config.force_command->empty())
        return nullptr;
    if (request.what == sshoal::session_request::kind::subsystem)
        for (const auto& [name, call] : config.internal_sftp)
            if (name == request.command)
                return &call;
    return nullptr;
}

awaitable<void> serve_internal_sftp(sshoal::session_request request, std::shared_ptr<const server_config> config,
                                    std::string account)
{
    if (config->forced_sftp && request.what != sshoal::session_request::kind::subsystem) {
        auto telling = tell_sftp_only(std::move(request));
        co_await std::move(telling);
        co_return;
    }
    const sftp_call call = *internal_sftp_for(request, *config);
    look_up_job job{account};
    auto looking = sshoal::run_on(look_up_thread(account), std::move(job));
    const std::optional<account_facts> who = co_await std::move(looking);
    std::string chroot, trouble;
    try {
        if (who)
            chroot = chroot_for(*config, *who);
        else
            trouble = "no such account";
    } catch (const private_root_error& e) {
        trouble = e.what();
    }
    if (!trouble.empty()) {
        auto refused = refuse_loudly(std::move(request), std::move(trouble));
        co_await std::move(refused);
    } else if (chroot.empty() && who->id == ::geteuid()) {
        auto serving = serve_here(std::move(request), call, *who);
        co_await std::move(serving);
    } else {
        auto serving = serve_elsewhere(std::move(request), call, *who, std::move(chroot));
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
