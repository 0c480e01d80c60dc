#include "prompt.hpp"

#include "child_program.hpp"
#include "program_log.hpp"
#include "terminal_question.hpp"
#include "text_tools.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace programs {
namespace {

constexpr char usual_program[] = "/usr/bin/ssh-askpass";
constexpr std::size_t longest_answer = 4096;

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

/// The last line of a question, in which it is asked.
std::string shown(std::string question)
{
    const auto last = question.find_last_not_of(" \n");
    question.resize(last == std::string::npos ? 0 : last + 1);
    return '"' + question.substr(question.rfind('\n') + 1) + '"';
}

std::optional<std::string> ask_by_program(const std::string& program, const std::string& prompt)
{
    auto answer = output_of({program, prompt}, longest_answer);
    if (!answer) {
        say(verbosity::error, "ssh_askpass: exec(" + program + "): " + answer.error().code().message());
        return std::nullopt;
    }
    if (*answer)
        (*answer)->resize(std::min((*answer)->size(), (*answer)->find_first_of("\r\n")));
    return std::move(*answer);
}

void say_nowhere_to_ask(const std::string& prompt, int error)
{
    say(verbosity::error,
        "Cannot ask " + shown(prompt) + ": no terminal to ask at (/dev/tty: " + std::strerror(error)
            + "). SSH_ASKPASS can name a program that asks, with SSH_ASKPASS_REQUIRE=force where there is no display.");
}

} // namespace

askpass_rules rules_for_askpass()
{
    askpass_rules rules;
    rules.program = variable("SSH_ASKPASS");
    if (rules.program.empty())
        rules.program = usual_program;
    rules.allowed = !variable("DISPLAY").empty() || !variable("WAYLAND_DISPLAY").empty();
    const std::string wish = lower(variable("SSH_ASKPASS_REQUIRE"));
    if (wish == "force")
        rules.allowed = true;
    else if (wish == "never")
        rules.allowed = false;
    rules.preferred = rules.allowed && (wish == "force" || wish == "prefer");
    return rules;
}

std::optional<std::string> ask_user(const std::string& prompt, bool echo)
{
    const askpass_rules rules = rules_for_askpass();
    if (rules.preferred)
        return ask_by_program(rules.program, prompt);
    const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
    const int error = errno;
    if (terminal >= 0) {
        auto line = ask_at_terminal(terminal, prompt, echo);
        ::close(terminal);
        return line;
    }
    if (rules.allowed)
        return ask_by_program(rules.program, prompt);
    say_nowhere_to_ask(prompt, error);
    return std::nullopt;
}

} // namespace programs
