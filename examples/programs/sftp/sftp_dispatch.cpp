// The commands of sshoal-sftp other than those that move and list files.
#include "remote_listing.hpp"
#include "sftp_state.hpp"

#include "../child_program.hpp"
#include "../text_tools.hpp"

#include <sshoal/run_on.hpp>
#include <sshoal/system_account.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>

namespace programs {
namespace {

namespace sftp = sshoal::sftp;
using sshoal::awaitable;

/// Awaits one request. Returns: whether it worked; if not, says "WHAT: WHY".
awaitable<bool> try_request(awaitable<void> request, std::string what)
{
    try {
        co_await std::move(request);
    } catch (const boost::system::system_error& e) {
        if (!is_harmless(e.code()))
            throw;
        complain(what + ": " + words_of(e));
        co_return false;
    }
    co_return true;
}

std::string quoted(const std::string& path) { return '"' + shown(path) + '"'; }

/// A pattern's matches, or the name itself where there are none.
awaitable<std::vector<std::string>> paths_for(sftp_state& s, const std::string& pattern)
{
    const std::string whole = absolute_path(pattern, with_escapes(s.folder));
    std::vector<std::string> paths;
    if (has_wildcard(whole)) {
        auto looking = remote_glob(s.sftp, whole);
        for (remote_match& m : co_await std::move(looking))
            paths.push_back(std::move(m.path));
    }
    if (paths.empty())
        paths.push_back(without_escapes(whole));
    co_return paths;
}

awaitable<bool> remove_files(sftp_state& s, const sftp_command& c, bool stop)
{
    bool all_well = true;
    for (const std::string& path : co_await paths_for(s, *c.first)) {
        if (!s.quiet)
            tell("Removing " + shown(path));
        auto removing = try_request(s.sftp.remove(path), "remote delete " + shown(path));
        const bool well = co_await std::move(removing);
        all_well = all_well && well;
        if (!well && stop)
            break;
    }
    co_return all_well;
}

awaitable<bool> change_attributes(sftp_state& s, const sftp_command& c, bool stop)
{
    const char* what = c.what == verb::chmod ? "mode" : c.what == verb::chown ? "owner" : "group";
    bool all_well = true;
    for (const std::string& path : co_await paths_for(s, *c.first)) {
        sftp::attributes change;
        bool well = true;
        if (c.what == verb::chmod) {
            change.with_permissions(c.number);
        } else {
            auto looking = remote_stat(s.sftp, path);
            const std::optional<sftp::attributes> now = co_await std::move(looking);
            well = now && now->uid && now->gid;
            if (well)
                change.with_owner(c.what == verb::chown ? c.number : *now->uid, c.what == verb::chgrp ? c.number : *now->gid);
            else
                complain(now ? "Can't get current ownership of remote file " + quoted(path)
                             : "stat remote: " + shown(path) + ": No such file or directory");
        }
        if (well) {
            if (!s.quiet)
                tell(std::string("Changing ") + what + " on " + shown(path));
            auto asking = c.link_itself ? s.sftp.set_link_attributes(path, change) : s.sftp.set_attributes(path, change);
            auto changing
                = try_request(std::move(asking), (c.link_itself ? "remote lsetstat " : "remote setstat ") + quoted(path));
            well = co_await std::move(changing);
        }
        all_well = all_well && well;
        if (!well && stop)
            break;
    }
    co_return all_well;
}

awaitable<bool> change_directory(sftp_state& s, const sftp_command& c)
{
    const std::string wanted = c.first && !c.first->empty() ? *c.first : s.first_folder;
    try {
        const std::string asked = absolute_path(wanted, s.folder);
        auto resolving = s.sftp.real_path(asked);
        const std::string real = co_await std::move(resolving);
        const std::string path = is_absolute(real) ? real : asked;
        auto looking = s.sftp.is_directory(path);
        const bool is = co_await std::move(looking);
        if (!is) {
            looking = s.sftp.exists(path);
            const bool there = co_await std::move(looking);
            if (!there) {
                complain("stat remote: No such file or directory");
                co_return false;
            }
            complain("Can't change directory: " + quoted(path) + " is not a directory");
            co_return false;
        }
        s.folder = path;
    } catch (const boost::system::system_error& e) {
        if (!is_harmless(e.code()))
            throw;
        complain("stat remote: " + words_of(e));
        co_return false;
    }
    co_return true;
}

awaitable<bool> rename_file(sftp_state& s, const sftp_command& c)
{
    const std::string from = absolute_path(*c.first, s.folder), to = absolute_path(*c.second, s.folder);
    const bool replace = !c.legacy && s.sftp.supports(sftp::extension::posix_rename);
    auto asking = replace ? s.sftp.replace(from, to) : s.sftp.rename(from, to);
    auto renaming = try_request(std::move(asking), "remote rename " + quoted(from) + " to " + quoted(to));
    const bool well = co_await std::move(renaming);
    co_return well;
}

awaitable<bool> make_link(sftp_state& s, const sftp_command& c)
{
    const std::string from = c.symbolic ? *c.first : absolute_path(*c.first, s.folder);
    const std::string to = absolute_path(*c.second, s.folder);
    auto asking = c.symbolic ? s.sftp.make_symlink(from, to) : s.sftp.make_hard_link(from, to);
    auto linking = try_request(std::move(asking),
                               (c.symbolic ? "remote symlink file " : "remote link ") + quoted(from) + " to " + quoted(to));
    const bool well = co_await std::move(linking);
    co_return well;
}

awaitable<void> forget_result(awaitable<sshoal::transfer_result> moving) { co_await std::move(moving); }

awaitable<bool> copy_file(sftp_state& s, const sftp_command& c)
{
    const std::string from = absolute_path(*c.first, s.folder), to = absolute_path(*c.second, s.folder);
    if (!s.sftp.supports(sftp::extension::copy_data)) {
        complain("Server does not support copy-data extension");
        co_return false;
    }
    auto copying = try_request(forget_result(s.sftp.copy(from, to)), "remote copy " + quoted(from) + " to " + quoted(to));
    const bool well = co_await std::move(copying);
    co_return well;
}

awaitable<bool> show_space(sftp_state& s, const sftp_command& c)
{
    const std::string path = c.first ? absolute_path(*c.first, s.folder) : s.folder;
    try {
        auto asking = s.sftp.statvfs(path);
        const sftp::file_system_info space = co_await std::move(asking);
        tell(df_lines(space, c.human, c.inodes));
    } catch (const boost::system::system_error& e) {
        if (!is_harmless(e.code()))
            throw;
        complain(e.code() == sshoal::errc::not_supported ? "Server does not support statvfs@openssh.com extension"
                                                         : "remote statvfs: " + words_of(e));
        co_return false;
    }
    co_return true;
}

struct shell_call {
    std::string command;
    sshoal::child_status operator()() { return run_at_terminal(sshoal::child_command::shell(std::move(command))); }
};

/// A shell of the user's has the terminal; the connection lives on beside it.
awaitable<void> run_here(std::string command)
{
    // Only the child may read the terminal until the child has ended, so an interrupt does not end this wait.
    co_await sshoal::asio::this_coro::reset_cancellation_state(sshoal::asio::disable_cancellation());
    shell_call call;
    call.command = std::move(command);
    std::fflush(stdout);
    auto running = sshoal::run_on(sshoal::disk_threads(), std::move(call));
    try {
        const sshoal::child_status end = co_await std::move(running);
        if (!end.status)
            complain("Shell exited abnormally");
        else if (!end.ok())
            complain("Shell exited with status " + std::to_string(*end.status));
    } catch (const sshoal::error&) {
        complain("Couldn't execute the shell");
    }
}

/// "~user/x" too.
std::string local_path(const std::string& path)
{
    if (!path.starts_with('~'))
        return path;
    const auto slash = std::min(path.find('/'), path.size());
    if (slash == 1)
        return home_directory() + path.substr(1);
    const auto found = sshoal::system_account::find(path.substr(1, slash - 1));
    return found && *found ? (*found)->home + path.substr(slash) : path;
}

bool run_local(sftp_state& s, const sftp_command& c)
{
    switch (c.what) {
    case verb::lchdir: {
        const std::string path = local_path(c.first && !c.first->empty() ? *c.first : "~");
        if (::chdir(path.c_str()) == 0)
            return true;
        complain("Couldn't change local directory to \"" + path + "\": " + std::strerror(errno));
        return false;
    }
    case verb::lmkdir:
        if (::mkdir(c.first->c_str(), 0777) == 0)
            return true;
        complain("Couldn't create local directory \"" + *c.first + "\": " + std::strerror(errno));
        return false;
    case verb::lpwd: {
        char path[PATH_MAX];
        if (::getcwd(path, sizeof path) == nullptr) {
            complain(std::string("Couldn't get local cwd: ") + std::strerror(errno));
            return false;
        }
        tell(std::string("Local working directory: ") + path);
        return true;
    }
    case verb::lumask: {
        char text[32];
        ::umask(static_cast<::mode_t>(c.number));
        std::snprintf(text, sizeof text, "Local umask: %03o", unsigned(c.number));
        tell(text);
        return true;
    }
    case verb::progress:
        s.progress = !s.progress;
        tell(s.progress ? "Progress meter enabled" : "Progress meter disabled");
        return true;
    case verb::help: tell(std::string(sftp_help())); return true;
    case verb::pwd: tell("Remote working directory: " + shown(s.folder)); return true;
    case verb::version: tell("SFTP protocol version " + std::to_string(s.sftp.version())); return true;
    default: return true;
    }
}

awaitable<bool> run_known(sftp_state& s, const sftp_command& c, bool stop)
{
    bool well = true;
    switch (c.what) {
    case verb::get: well = co_await sftp_get(s, c); break;
    case verb::put: well = co_await sftp_put(s, c); break;
    case verb::ls: well = co_await sftp_list(s, c); break;
    case verb::rm: well = co_await remove_files(s, c, stop); break;
    case verb::chmod:
    case verb::chown:
    case verb::chgrp: well = co_await change_attributes(s, c, stop); break;
    case verb::chdir: well = co_await change_directory(s, c); break;
    case verb::rename: well = co_await rename_file(s, c); break;
    case verb::link: well = co_await make_link(s, c); break;
    case verb::copy: well = co_await copy_file(s, c); break;
    case verb::df: well = co_await show_space(s, c); break;
    case verb::mkdir: {
        const std::string path = absolute_path(*c.first, s.folder);
        sftp::attributes mode;
        mode.with_permissions(0777);
        auto making = try_request(s.sftp.make_directory(path, mode), "remote mkdir " + quoted(path));
        well = co_await std::move(making);
        break;
    }
    case verb::rmdir: {
        const std::string path = absolute_path(*c.first, s.folder);
        auto removing = try_request(s.sftp.remove_directory(path), "remote rmdir " + quoted(path));
        well = co_await std::move(removing);
        break;
    }
    case verb::lls:
    case verb::shell: {
        const std::string command = c.what == verb::shell ? c.rest : c.rest.empty() ? "ls" : "ls " + c.rest;
        co_await run_here(command);
        break;
    }
    default: well = run_local(s, c);
    }
    co_return well;
}

} // namespace

awaitable<bool> run_sftp_command(sftp_state& s, const sftp_command& c, bool stop_at_error)
{
    if (!c.error.empty()) {
        complain(c.error);
        co_return false;
    }
    try {
        const bool well = co_await run_known(s, c, stop_at_error);
        co_return well;
    } catch (const command_error& e) {
        complain(e.what());
    }
    co_return false;
}

} // namespace programs
