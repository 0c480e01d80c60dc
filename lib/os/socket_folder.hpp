// socket_folder.hpp - a new folder for temporary files that only its owner can enter, for one Unix socket.
#pragma once

#include "os/descriptor.hpp"
#include "sshoal/error.hpp"

#include <sys/types.h>

#include <string>
#include <utility>

namespace sshoal::os {

/// The folder and the socket in it are removed with the object. Calls of the operating system go through the folder's descriptor
/// where they could otherwise be led elsewhere by an owner who replaces the folder.
class socket_folder {
public:
    /// Makes the folder; its owner is this process's user at first. The names are as those of OpenSSH: ssh-xxx/agent.xxx.
    /// Errors: those of mkdtemp(3) and open(2).
    static outcome<socket_folder> make();
    socket_folder(socket_folder&& o) noexcept
        : path_(std::exchange(o.path_, {})), name_(std::move(o.name_)), folder_(std::move(o.folder_))
    {
    }
    socket_folder& operator=(socket_folder&&) = delete;
    ~socket_folder();

    /// Returns: the path of the socket, whose name no other such folder has.
    std::string socket() const { return path_ + '/' + name_; }
    /// Gives the socket, which exists by now, and then the folder to this user. Errors: those of fchownat(2).
    outcome<void> give_to(::uid_t user, ::gid_t group) const;

private:
    socket_folder() = default;
    std::string path_, name_;
    descriptor folder_;
};

} // namespace sshoal::os
