// terminal_signals.hpp - handles signals that end, stop or continue a program while it has changed the modes of the terminal, so
// that the modes are always restored.
#pragma once

#include <sshoal/executor.hpp>

#include <boost/asio/signal_set.hpp>

#include <termios.h>

#include <csignal>
#include <functional>
#include <memory>

namespace programs {

/// Keeps the modes of the terminal at a descriptor, to restore them.
class terminal_modes {
public:
    explicit terminal_modes(int fd) noexcept
        : fd_(fd)
        , known_(::tcgetattr(fd, &modes_) == 0)
    {
    }
    void restore() const noexcept
    {
        if (known_)
            ::tcsetattr(fd_, TCSADRAIN, &modes_);
    }
    /// Puts the terminal into raw mode: every key goes to the program, and the terminal shows none. Returns: whether there is a
    /// terminal.
    bool make_raw() const noexcept
    {
        struct ::termios raw = modes_;
        ::cfmakeraw(&raw);
        return known_ && ::tcsetattr(fd_, TCSADRAIN, &raw) == 0;
    }

    /// Lets the terminal show and edit a line until Enter. Ctrl-C and the like are characters, and end nothing.
    void make_line() const noexcept
    {
        struct ::termios line = modes_;
        line.c_iflag |= ICRNL;
        line.c_oflag |= OPOST | ONLCR;
        line.c_lflag |= ICANON | ECHO;
        line.c_lflag &= ~static_cast<::tcflag_t>(ISIG);
        if (known_)
            ::tcsetattr(fd_, TCSADRAIN, &line);
    }

private:
    int fd_;
    struct ::termios modes_ = {};
    bool known_;
};

/// SIGTERM, SIGHUP, SIGQUIT and SIGTSTP call `leave` and then do what they would have done without this object; when the program
/// goes on, after SIGCONT, `come_back` is called. SIGINT is treated in the same way if it is to end the program.
class terminal_signals : public std::enable_shared_from_this<terminal_signals> {
public:
    enum class interrupt { ends, is_another_matter };
    terminal_signals(const sshoal::executor& ex, interrupt what)
        : signals_(ex, SIGTERM, SIGHUP, SIGQUIT)
    {
        signals_.add(SIGTSTP);
        signals_.add(SIGCONT);
        if (what == interrupt::ends)
            signals_.add(SIGINT);
    }

    void start()
    {
        signals_.async_wait([self = shared_from_this()](const sshoal::error_code& ec, int signal) {
            if (ec || !self->leave)
                return;
            self->leave();
            if (signal != SIGCONT)
                self->let_act(signal);
            self->come_back();
            self->start();
        });
    }
    void stop()
    {
        leave = come_back = nullptr;
        signals_.cancel();
    }

    std::function<void()> leave, come_back;

private:
    void let_act(int signal)
    {
        for (const int s : {signal, SIGCONT}) // the latter is no news behind a stop of ours
            signals_.remove(s);
        std::signal(signal, SIG_DFL);
        ::raise(signal);
        for (const int s : {signal, SIGCONT})
            signals_.add(s);
    }

    sshoal::asio::basic_signal_set<sshoal::executor> signals_;
};

} // namespace programs
