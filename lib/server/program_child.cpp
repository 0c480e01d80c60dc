#include "server/program_child.hpp"

#include "connection/terminal_modes_host.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

#include <cerrno>
#include <cstdlib>

namespace sshoal::server {
namespace {

failure last_failure(const char* what)
{
    return failure(error_code(errno, boost::system::system_category()), what);
}

/// Gives the terminal to the user; the group "tty" may write messages to it. A failure does no harm: the terminal stays root's.
void give_terminal(int fd, const login_account& who) noexcept
{
    struct ::stat now = {};
    if (::fstat(fd, &now) != 0 || ::fchown(fd, who.user_id, now.st_gid) != 0)
        return;
    (void)::fchmod(fd, now.st_gid != who.group_id ? 0620 : 0600);
}

outcome<std::string> open_terminal(os::descriptor& master, os::descriptor& slave, const program_plan& plan)
{
    master.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!master)
        return last_failure("no pseudo-terminal");
    char name[128];
    if (!os::above_standard(master) || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
        ::ptsname_r(master.get(), name, sizeof name) != 0)
        return last_failure("pseudo-terminal");
    slave.reset(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!slave || !os::above_standard(slave) || !os::set_non_blocking(master))
        return last_failure(name);
    if (plan.who.take_on)
        give_terminal(slave.get(), plan.who);
    struct ::termios settings = {};
    if (::tcgetattr(slave.get(), &settings) == 0) {
        conn::apply_modes(settings, plan.pty->modes);
        ::tcsetattr(slave.get(), TCSANOW, &settings);
    }
    struct ::winsize size = {};
    size.ws_col = static_cast<unsigned short>(plan.pty->size.columns);
    size.ws_row = static_cast<unsigned short>(plan.pty->size.rows);
    size.ws_xpixel = static_cast<unsigned short>(plan.pty->size.width_pixels);
    size.ws_ypixel = static_cast<unsigned short>(plan.pty->size.height_pixels);
    ::ioctl(slave.get(), TIOCSWINSZ, &size);
    return std::string(name);
}

} // namespace

outcome<forked_child> fork_program(const program_plan& plan)
{
    forked_child c;
    os::descriptor child_in, child_out, child_err;
    auto env = plan.env;
    if (plan.pty) {
        const outcome<std::string> name = open_terminal(c.master, child_in, plan);
        if (!name)
            return name.error();
        set_variable(env, "SSH_TTY", *name);
    } else if (!os::make_pipe(child_in, c.in) || !os::make_pipe(c.out, child_out) || !os::make_pipe(c.err, child_err)
               || !os::set_non_blocking(c.in) || !os::set_non_blocking(c.out) || !os::set_non_blocking(c.err)) {
        return last_failure("no pipe");
    }

    os::child_plan p;
    p.program = plan.shell;
    p.arguments = plan.arguments;
    p.environment.emplace();
    for (const auto& [name, value] : env)
        p.environment->push_back(name + '=' + value);
    if (plan.pty)
        p.descriptors.fill(child_in.get());
    else
        p.descriptors = {child_in.get(), child_out.get(), child_err.get()};
    p.close_others = p.own_session = p.reset_all_signals = true;
    p.controlling_terminal = plan.pty.has_value();
    if (plan.who.take_on)
        p.identity = os::child_identity{plan.who.user_id, plan.who.group_id, plan.who.groups};
    p.directory = plan.directory;
    if (!plan.root.empty())
        p.root = plan.root;
    p.early = plan.scripts;
    p.directory_may_miss = !plan.root.empty() && !plan.directory_needed; // as under sshd
    if (!plan.directory_needed && plan.root.empty())
        p.directory_complaint = "Could not chdir to home directory " + printable(plan.directory) + '\n';
    outcome<os::started_child> started = os::start_child(p);
    if (!started)
        return started.error();
    c.id = started->id;
    c.report = std::move(started->report);
    return c;
}

std::string why_no_terminal_now()
{
    const os::descriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    char name[128];
    if (!master)
        return "no pseudo-terminal: " + error_code(errno, boost::system::system_category()).message();
    if (::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 || ::ptsname_r(master.get(), name, sizeof name) != 0)
        return "pseudo-terminal: " + error_code(errno, boost::system::system_category()).message();
    const os::descriptor slave(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    return slave ? std::string() : std::string(name) + ": " + error_code(errno, boost::system::system_category()).message();
}

std::string describe(const os::start_report& r, const program_plan& plan)
{
    std::string what;
    switch (r.failed_at) {
    case os::start_report::controlling_terminal: what = "cannot set the controlling terminal"; break;
    case os::start_report::root: what = "cannot change the root to " + printable(plan.root); break;
    case os::start_report::identity: what = "cannot become user " + printable(plan.who.name, 64); break;
    case os::start_report::directory: what = "cannot change to " + printable(plan.directory); break;
    case os::start_report::exec: what = "cannot run " + printable(plan.shell); break;
    default: what = "cannot set up descriptors"; break;
    }
    return what + ": " + error_code(r.error, boost::system::system_category()).message();
}

} // namespace sshoal::server
