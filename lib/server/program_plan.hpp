// program_plan.hpp - which program a session request comes to: identity, arguments, environment, folder.
#pragma once

#include "server/login_account.hpp"
#include "sshoal/process_runner.hpp"

namespace sshoal {

struct program_options::impl {
    std::string user, shell, command, directory;
    std::optional<std::pair<endpoint, endpoint>> peer; ///< remote and local
    account_function accounts;
    executor work;
    bool has_command = false;
    std::optional<std::chrono::milliseconds> patience; ///< with programs whose client has gone; none: they live on
    std::vector<std::pair<std::string, std::string>> env, subsystems;
};

} // namespace sshoal

namespace sshoal::server {

struct program_plan {
    login_account who;
    std::string shell;
    std::vector<std::string> arguments;                    ///< the first is the name that the program is given
    std::vector<std::pair<std::string, std::string>> env;
    std::string directory;
    bool directory_needed = false;                         ///< not just the home directory, which may be missing
    std::optional<terminal> pty;
    bool may_signal = true;                                ///< the client may; a forced command is not at its mercy
};

/// Sets a variable, in place of an older one of the name.
void set_variable(std::vector<std::pair<std::string, std::string>>& env, std::string name, std::string value);

/// The command for a subsystem; null where there is none of that name.
const std::string* subsystem_command(const program_options::impl& o, const std::string& name) noexcept;

/// Errors: those of find_login_account(), for whose look-up this may wait.
outcome<program_plan> plan_program(const session_request& request, const program_options::impl& o);

} // namespace sshoal::server
