// program_plan.hpp - the program that serves a session request: its identity, arguments, environment and folder.
#pragma once

#include "os/child.hpp"
#include "server/login_account.hpp"
#include "sshoal/process_runner.hpp"

namespace sshoal {

enum class login_scripts_of { nobody, system, user_and_system };

struct program_options::impl {
    std::string user, shell, command, directory, root;
    login_scripts_of scripts = login_scripts_of::nobody;
    std::optional<std::pair<endpoint, endpoint>> peer; ///< remote and local
    account_function accounts;
    executor work;
    bool has_command = false;
    std::optional<std::chrono::milliseconds> patience; ///< for a program whose client has gone; none: it lives on
    std::vector<std::pair<std::string, std::string>> env, subsystems;
};

} // namespace sshoal

namespace sshoal::server {

struct program_plan {
    login_account who;
    std::string shell;
    std::vector<std::string> arguments;                    ///< the first one is the program's name
    std::vector<std::pair<std::string, std::string>> env;
    std::string directory;
    bool directory_needed = false;                         ///< false for a home directory, which may be missing
    std::string root;                                      ///< the folder that the program sees as the root; empty: the root
    std::vector<os::early_program> scripts;                ///< the first that exists runs before the program
    std::optional<terminal> pty;
    std::string x11_trouble;                               ///< why the cookie of X11 was not written; empty: nothing is wrong
    bool may_signal = true;                                ///< whether the client may send signals; false for a forced command
};

/// Sets a variable, and replaces an older one of this name.
void set_variable(std::vector<std::pair<std::string, std::string>>& env, std::string name, std::string value);

/// Returns: the command for a subsystem; null if there is none of that name.
const std::string* subsystem_command(const program_options::impl& o, const std::string& name) noexcept;

/// Waits for the account's look-up. Errors: those of find_login_account().
outcome<program_plan> plan_program(const session_request& request, const program_options::impl& o);

} // namespace sshoal::server
