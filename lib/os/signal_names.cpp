#include "os/signal_names.hpp"

#include <csignal>

namespace sshoal::os {
namespace {

struct known_signal {
    std::string_view name;
    int number;
};

constexpr known_signal known_signals[] = {
    {"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"FPE", SIGFPE},   {"HUP", SIGHUP},   {"ILL", SIGILL},
    {"INT", SIGINT},   {"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV},
    {"TERM", SIGTERM}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
};

} // namespace

int signal_number(std::string_view name) noexcept
{
    for (const known_signal& s : known_signals)
        if (s.name == name)
            return s.number;
    return 0;
}

std::string signal_name(int number)
{
    for (const known_signal& s : known_signals)
        if (s.number == number)
            return std::string(s.name);
    return "SIG" + std::to_string(number) + "@sshoal";
}

} // namespace sshoal::os
