// login_account.hpp - an account of the operating system, as a program that runs for it needs to know it.
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
    /// The process has to take on this identity; otherwise it has it already.
    bool take_on = false;
};

/// The account of this name, or of this process for an empty name; `look_up`, where there is one, takes the place of the
/// system's databases for names. It may wait for a disk or another machine.
/// Errors: errc::not_supported (no such account, or this process may not become it), and those of the system's databases.
outcome<login_account> find_login_account(const std::string& name, const account_function& look_up = {});

} // namespace sshoal::server
