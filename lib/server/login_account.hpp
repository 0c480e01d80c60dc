// login_account.hpp - the account of the operating system that a program runs for.
#pragma once

#include "sshoal/process_runner.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace sshoal::server {

struct login_account {
    std::string name, home, shell;
    ::uid_t user_id = 0;
    ::gid_t group_id = 0;
    std::vector<::gid_t> groups;
    /// True if the child must change to this identity; otherwise the process has it already.
    bool take_on = false;
};

/// Finds the account of this name, or of this process for an empty name. `look_up`, if not empty, replaces the system's
/// databases. The function may wait for a disk or another machine.
/// Errors: errc::not_supported (there is no such account, or this process may not change to it), and those of the system's
/// databases.
outcome<login_account> find_login_account(const std::string& name, const account_function& look_up = {});

} // namespace sshoal::server
