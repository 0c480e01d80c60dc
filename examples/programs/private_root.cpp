#include "private_root.hpp"

#include <sshoal/system_account.hpp>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace programs {
namespace {

[[noreturn]] void fail(const std::string& what) { throw private_root_error(what + ": " + std::strerror(errno)); }

void must_be_roots(const std::string& folder)
{
    struct ::stat what = {};
    if (::stat(folder.c_str(), &what) != 0)
        fail(folder);
    if (!S_ISDIR(what.st_mode))
        throw private_root_error(folder + ": not a folder");
    if (what.st_uid != 0 || (what.st_mode & 022) != 0)
        throw private_root_error("bad ownership or modes for chroot directory component \"" + folder + '"');
}

void enter(const std::string& folder)
{
    if (!folder.starts_with('/'))
        throw private_root_error("chroot path does not begin at root: " + folder);
    must_be_roots("/");
    for (std::size_t at = 1; at <= folder.size(); ++at)
        if (at == folder.size() || folder[at] == '/')
            must_be_roots(folder.substr(0, at));
    if (::chdir(folder.c_str()) != 0 || ::chroot(".") != 0 || ::chdir("/") != 0)
        fail(folder);
}

} // namespace

void enter_private_root(const std::string& folder, const std::string& user)
{
    const auto found = sshoal::system_account::find(user);
    if (!found || !*found)
        throw private_root_error("no such user: " + user);
    const ::uid_t id = (*found)->user_id;
    const ::gid_t group = (*found)->group_id;
    const std::string home = (*found)->home;
    if (::initgroups(user.c_str(), group) != 0)
        fail("initgroups");
    if (!folder.empty() && folder != "none")
        enter(folder);
    if (::setresgid(group, group, group) != 0 || ::setresuid(id, id, id) != 0)
        fail("cannot become " + user);
    if (id != 0 && (::setuid(0) == 0 || ::seteuid(0) == 0 || ::getuid() != id || ::geteuid() != id))
        throw private_root_error("the way back to root is open");
    if (::chdir(home.c_str()) != 0 && ::chdir("/") != 0)
        fail("/");
    ::setenv("HOME", home.c_str(), 1);
}

} // namespace programs
