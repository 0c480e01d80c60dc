#include "child_program.hpp"

#include <csignal>
#include <utility>

namespace programs {
namespace {

/// Ignores a signal while this object lives, or lets it act (SIG_DFL).
class changed_signal {
public:
    changed_signal(int signal, decltype(SIG_IGN) action) : signal_(signal)
    {
        struct ::sigaction other = {};
        other.sa_handler = action;
        ::sigaction(signal_, &other, &before_);
    }
    changed_signal(const changed_signal&) = delete;
    ~changed_signal() { ::sigaction(signal_, &before_, nullptr); }

private:
    int signal_;
    struct ::sigaction before_ = {};
};

} // namespace

sshoal::child_status run_at_terminal(sshoal::child_command command)
{
    // This is what system() does. The terminal sends the signal to both processes before the child can end of it, so none arrives
    // late.
    const changed_signal childs_own(SIGINT, SIG_IGN);
    // The other signals act on both processes at once: while this program waits it could not handle them, and could not be
    // stopped.
    const changed_signal ends(SIGTERM, SIG_DFL), hangs_up(SIGHUP, SIG_DFL), quits(SIGQUIT, SIG_DFL), stops(SIGTSTP, SIG_DFL);
    return sshoal::run_to_end(command.interruptible(true)).end;
}

} // namespace programs
