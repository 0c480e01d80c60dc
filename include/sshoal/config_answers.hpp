// config_answers.hpp - answers to the questions that a configuration asks: the command of "Match exec", and names to look up.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>

#include <functional>
#include <optional>
#include <string>

namespace sshoal SSHOAL_API {

/// Answers the questions that conditions ask. All functions are optional.
class config_answers {
public:
    config_answers() {}
    /// Runs the command of "Match exec" in a shell. Returns: whether it ended with the status 0. Default: the command is run, off
    /// the caller's thread.
    config_answers& exec(std::function<awaitable<bool>(std::string command)> run);
    /// A "Match exec" that is needed for the answer is errc::bad_configuration.
    config_answers& forbid_exec();
    /// Looks up a name for CanonicalizeHostname. Returns: the canonical name of the host, which may be another one (CNAME);
    /// nothing if there is no such host. Default: the system's resolver.
    config_answers& canonical_name(std::function<awaitable<std::optional<std::string>>(std::string name)> look_up);
    /// Keywords that are not implemented are no error, as "ssh -G" needs it: the settings are for showing, not for connecting.
    config_answers& only_to_show(bool on = true);

    const std::function<awaitable<bool>(std::string)>& exec() const noexcept { return exec_; }
    bool forbids_exec() const noexcept { return forbids_; }
    bool is_only_to_show() const noexcept { return only_to_show_; }
    const std::function<awaitable<std::optional<std::string>>(std::string)>& canonical_name() const noexcept { return look_up_; }

private:
    std::function<awaitable<bool>(std::string)> exec_;
    std::function<awaitable<std::optional<std::string>>(std::string)> look_up_;
    bool forbids_ = false, only_to_show_ = false;
};

} // namespace sshoal
