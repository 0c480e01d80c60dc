#include "terminal_question.hpp"

#include <sshoal/owned_descriptor.hpp>

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace programs {
namespace {

constexpr std::size_t longest_terminal_answer = 4096;
/// Signals that end the process come first, since they count if several have come.
constexpr std::array asked_about{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT};

std::atomic<int> signal_pipe{-1};

/// Signals may reach any thread of the process, so they are told through a pipe and not by an interrupted read().
void tell_signal(int signal)
{
    const int error = errno;
    const unsigned char number = static_cast<unsigned char>(signal);
    (void)!::write(signal_pipe.load(), &number, 1);
    errno = error;
}

/// While this object lives, it catches the signals that could leave the terminal without echo.
class caught_signals {
public:
    caught_signals()
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            return;
        read_end_.reset(ends[0]);
        write_end_.reset(ends[1]);
        signal_pipe = write_end_.get();
        struct ::sigaction tell = {};
        tell.sa_handler = tell_signal; // without SA_RESTART, so that tcsetattr() in the background returns
        for (std::size_t i = 0; i < asked_about.size(); ++i)
            ::sigaction(asked_about[i], &tell, &before_[i]);
    }
    caught_signals(const caught_signals&) = delete;
    ~caught_signals()
    {
        if (!read_end_)
            return;
        for (std::size_t i = 0; i < asked_about.size(); ++i)
            ::sigaction(asked_about[i], &before_[i], nullptr);
        signal_pipe = -1;
    }

    int descriptor() const noexcept { return read_end_.get(); }
    bool any() const noexcept
    {
        struct ::pollfd told = {read_end_.get(), POLLIN, 0};
        return ::poll(&told, 1, 0) == 1;
    }
    /// Returns: the signal that counts among those that came, or 0.
    int take() const noexcept
    {
        std::array<unsigned char, 256> came;
        const ::ssize_t n = ::read(read_end_.get(), came.data(), came.size());
        const auto end = came.begin() + (n > 0 ? n : 0);
        for (const int signal : asked_about)
            if (std::find(came.begin(), end, signal) != end)
                return signal;
        return 0;
    }

private:
    sshoal::owned_descriptor read_end_, write_end_;
    std::array<struct ::sigaction, asked_about.size()> before_ = {};
};

/// Must live within caught_signals. In the background the terminal belongs to another program, so a change fails with SIGTTOU.
class hidden_echo {
public:
    hidden_echo(int fd, bool wanted)
        : fd_(fd)
    {
        if (!wanted || ::tcgetattr(fd, &before_) != 0)
            return;
        struct ::termios hidden = before_;
        hidden.c_lflag &= ~static_cast<::tcflag_t>(ECHO);
        active_ = ::tcsetattr(fd, TCSAFLUSH, &hidden) == 0;
    }
    hidden_echo(const hidden_echo&) = delete;
    ~hidden_echo()
    {
        if (!active_)
            return;
        (void)!::write(fd_, "\n", 1);
        ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }

private:
    int fd_;
    bool active_ = false;
    struct ::termios before_ = {};
};

/// Waits for the next character. Returns: the character; nothing at end of file, or when a signal came, which is left in
/// `signals`.
std::optional<char> next_character(int fd, const caught_signals& signals)
{
    for (;;) {
        struct ::pollfd both[] = {{fd, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}};
        if (::poll(both, 2, -1) < 0 && errno != EINTR)
            return std::nullopt;
        if (both[1].revents != 0)
            return std::nullopt;
        if (both[0].revents == 0)
            continue;
        char c = 0;
        const ::ssize_t n = ::read(fd, &c, 1);
        if (n == 1)
            return c;
        if (n == 0 || errno != EINTR)
            return std::nullopt;
    }
}

std::optional<std::string> read_line(int fd, const caught_signals& signals)
{
    std::optional<std::string> line(std::in_place);
    line->reserve(longest_terminal_answer); // or a secret would leave parts of itself behind as it grows
    for (;;) {
        const auto c = next_character(fd, signals);
        if (!c)
            return std::nullopt;
        if (*c == '\n' || *c == '\r')
            return line;
        if (line->size() < longest_terminal_answer)
            line->push_back(*c);
    }
}

/// Asks once. `signal` is the signal that came instead of an answer, or 0.
std::optional<std::string> ask_once(int fd, const std::string& prompt, bool echo, int& signal)
{
    const caught_signals signals;
    std::optional<std::string> line;
    {
        const hidden_echo hidden(fd, !echo);
        // The prompt is written behind the change, because an immediate answer of a program would be shown and flushed otherwise.
        if (!signals.any()) // else the terminal may be another program's
            (void)!::write(fd, prompt.data(), prompt.size());
        line = read_line(fd, signals);
    }
    signal = line ? 0 : signals.take();
    return line;
}

} // namespace

std::optional<std::string> ask_at_terminal(int fd, const std::string& prompt, bool echo)
{
    for (;;) {
        int signal = 0;
        auto line = ask_once(fd, prompt, echo, signal);
        if (signal == 0)
            return line;
        const bool stops = signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
        if (signal != SIGCONT)
            ::raise(signal); // does what it would have done without the question
        if (!stops && signal != SIGCONT)
            return std::nullopt;
    }
}

} // namespace programs
