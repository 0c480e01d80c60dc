#include "prompt.hpp"

#include "program_log.hpp"
#include "terminal_question.hpp"
#include "text_tools.hpp"

#include <sshoal/child_program.hpp>
#include <sshoal/owned_descriptor.hpp>

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

/// Returns: the last line of a question, which has the question itself.
std::string shown(std::string question)
{
    const auto last = question.find_last_not_of(" \n");
    question.resize(last == std::string::npos ? 0 : last + 1);
    return '"' + question.substr(question.rfind('\n') + 1) + '"';
}

std::optional<std::string> ask_by_program(const std::string& program, const std::string& prompt)
{
    try {
        const auto command = sshoal::child_command({program, prompt}).capture(longest_answer);
        sshoal::child_result answer = sshoal::run_to_end(command);
        if (!answer.end.ok())
            return std::nullopt;
        answer.out.resize(std::min(answer.out.size(), answer.out.find_first_of("\r\n")));
        return std::move(answer.out);
    } catch (const sshoal::error& e) {
        say(verbosity::error, "ssh_askpass: exec(" + program + "): " + e.code().message());
        return std::nullopt;
    }
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
    const sshoal::owned_descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
    const int error = errno;
    if (terminal)
        return ask_at_terminal(terminal.get(), prompt, echo);
    if (rules.allowed)
        return ask_by_program(rules.program, prompt);
    say_nowhere_to_ask(prompt, error);
    return std::nullopt;
}

} // namespace programs
