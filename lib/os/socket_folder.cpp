#include "os/socket_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace sshoal::os {
namespace {

failure folder_failure(const std::string& path) { return failure(error_code(errno, boost::system::system_category()), path); }

} // namespace

outcome<socket_folder> socket_folder::make()
{
    constexpr std::string_view where = P_tmpdir "/ssh-"; // as sshd, whatever TMPDIR says
    socket_folder made;
    std::string path = std::string(where) + "XXXXXX"; // mkdtemp() makes it with mode 0700
    if (::mkdtemp(path.data()) == nullptr)
        return folder_failure(path);
    made.path_ = std::move(path);
    made.name_ = "agent." + made.path_.substr(where.size());
    made.folder_.reset(::open(made.path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made.folder_)
        return folder_failure(made.path_);
    return made;
}

socket_folder::~socket_folder()
{
    if (path_.empty())
        return;
    if (folder_)
        ::unlinkat(folder_.get(), name_.c_str(), 0);
    ::rmdir(path_.c_str());
}

outcome<void> socket_folder::give_to(::uid_t user, ::gid_t group) const
{
    if (::fchownat(folder_.get(), name_.c_str(), user, group, AT_SYMLINK_NOFOLLOW) != 0
        || ::fchown(folder_.get(), user, group) != 0)
        return folder_failure(socket());
    return {};
}

} // namespace sshoal::os
