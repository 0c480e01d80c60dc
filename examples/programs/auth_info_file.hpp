// auth_info_file.hpp - the file that tells a session's programs how their user has logged in (sshd_config(5), ExposeAuthInfo).
#pragma once

#include <sshoal/presented_key.hpp>

#include <string>
#include <vector>

namespace programs {

/// A file in the temporary folder that only the user can read, with a line for each method that the user has passed: "publickey
/// ssh-ed25519 AAAA...". It goes away with the object. A file that cannot be made is told to the log, and has no path. Making it may wait.
class auth_info_file {
public:
    auth_info_file(const std::vector<std::string>& methods, const sshoal::presented_key& key, const std::string& account);
    auth_info_file(const auth_info_file&) = delete;
    auth_info_file& operator=(const auth_info_file&) = delete;
    ~auth_info_file();

    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

} // namespace programs
