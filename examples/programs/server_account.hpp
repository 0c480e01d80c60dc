// server_account.hpp - accounts of the operating system as a log-in sees them. All of this may wait for a disk or another
// machine, and so belongs on a thread where nobody else waits.
#pragma once

#include "server_config.hpp"

#include <sshoal/executor.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace programs {

struct account {
    std::string name, home, shell, password;
    ::uid_t user_id = 0;
    ::gid_t group_id = 0;
    std::vector<::gid_t> group_ids;
    std::vector<std::string> groups;
    std::string barred;          ///< why nobody may log in to it; empty: they may
    std::string password_barred; ///< why its password does not count now, while its keys do
    bool locked = false;         ///< by a password that begins with '!'
};

/// The thread on which an account is looked up and its user's files are read, one at a time for each user: a home that does not
/// answer holds up those who want to log in to that account, and nobody else. The threads are there until the process ends.
sshoal::executor look_up_thread(const std::string& user);

/// Nothing where there is no such account.
std::optional<account> find_account(const std::string& name);

/// Why this account may not log in by this kind of proof, in OpenSSH's words; empty: it may.
std::string objection(const server_config& c, const account& a, const std::string& address, bool by_password);

/// Calls `work` on a thread of its own that opens files as the user whose they are: a link in a home directory must not make root
/// read something else. No other thread is another user meanwhile, and this one ends with the call.
/// Returns: whether the thread could take on the identity. Errors: what `work` throws.
bool as_user(const account& a, const std::function<void()>& work);

/// What the passwords of users without one are compared with: hashed as this system hashes, or the time would tell who exists.
std::string usual_hash();
/// Slow on purpose, and as slow for users that do not exist.
bool password_fits(std::string given, const std::string& stored, const std::string& usual);

} // namespace programs
