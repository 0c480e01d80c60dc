// server_account.hpp - accounts of the operating system, for log-ins. All functions may wait for a disk or another machine, and
// so belong on a thread where no other client waits.
#pragma once

#include <sshoal/executor.hpp>
#include <sshoal/sshd_config.hpp>
#include <sshoal/system_account.hpp>

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
    std::string barred;          ///< why no one may log in to the account; empty: log-ins are allowed
    std::string password_barred; ///< why the password does not count now, while the keys do
    bool locked = false;         ///< the password begins with '!'
};

/// Returns: the thread on which an account is looked up and its user's files are read, one at a time for each user. A home folder
/// that does not answer delays only log-ins to that account. The threads exist until the process ends.
sshoal::executor look_up_thread(const std::string& user);

/// Returns: the account; nothing if there is none of this name.
std::optional<account> find_account(const std::string& name);

/// Returns: the account as the library knows it.
sshoal::system_account entry_of(const account& a);

/// Returns: why this account may not log in by this kind of proof, in OpenSSH's text; empty if it may. `from`: the facts about the
/// client; the account's own are filled in.
std::string objection(const sshoal::sshd_settings& s, const account& a, sshoal::login_facts from, bool by_password);

/// Calls `work` on a thread of its own that opens files as their user, so that a link in a home directory cannot make root read
/// another file. The process's other threads keep their identity, and this thread ends with the call.
/// Returns: whether the thread could change to the identity. Errors: exceptions of `work`.
bool as_user(const account& a, const std::function<void()>& work);

/// Returns: a hash with which the passwords of users without one are compared. It is made as this system makes hashes, so that
/// the time does not tell which users exist.
std::string usual_hash();
/// Compares a password with a hash. This is slow on purpose, and as slow for users that do not exist.
bool password_fits(std::string given, const std::string& stored, const std::string& usual);

} // namespace programs
