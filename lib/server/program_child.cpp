#include "server/program_child.hpp"

#include "connection/terminal_modes_host.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace sshoal::server {
namespace {

failure last_failure(const char* what)
{
    return failure(error_code(errno, boost::system::system_category()), what);
}

// -- in the child: only what is safe between fork and exec in a process with threads (signal-safety(7)); no memory is allocated
// ----

/// Everything that the child needs; it is made before the fork.
struct child_script {
    const char* program = nullptr;
    char* const* arguments = nullptr;
    char* const* environment = nullptr;
    const char* directory = nullptr;
    const char* directory_complaint = nullptr; ///< text for a missing folder; null: that is an error
    std::array<int, 3> descriptors{-1, -1, -1};
    int report = -1;
    bool has_terminal = false;
    bool take_on = false;
    ::uid_t user_id = 0;
    ::gid_t group_id = 0;
    const ::gid_t* groups = nullptr;
    std::size_t group_count = 0;
    unsigned descriptor_limit = 0;
};

constexpr int report_place = 3;

[[noreturn]] void give_up(int report, start_report::step at) noexcept
{
    start_report r;
    r.failed_at = at;
    r.error = errno;
    (void)!::write(report, &r, sizeof r);
    ::_exit(255);
}

void reset_signals() noexcept
{
    struct ::sigaction standard = {};
    standard.sa_handler = SIG_DFL;
    for (int s = 1; s < NSIG; ++s)
        ::sigaction(s, &standard, nullptr);
    ::sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void close_from(unsigned first, unsigned limit) noexcept
{
#ifdef SYS_close_range
    if (::syscall(SYS_close_range, first, ~0u, 0u) == 0)
        return;
#endif
    for (unsigned fd = first; fd < limit; ++fd)
        ::close(static_cast<int>(fd));
}

/// These are the bare system calls, because the library's functions would signal threads that do not exist in the child.
bool change_identity(const child_script& s) noexcept
{
    if (::syscall(SYS_setgroups, s.group_count, s.groups) != 0)
        return false;
    if (::syscall(SYS_setresgid, s.group_id, s.group_id, s.group_id) != 0)
        return false;
    if (::syscall(SYS_setresuid, s.user_id, s.user_id, s.user_id) != 0)
        return false;
    // A process that is not root now must not be able to become root again.
    if (s.user_id != 0 && (::syscall(SYS_setresuid, -1, 0, -1) == 0 || ::getuid() != s.user_id || ::geteuid() != s.user_id)) {
        errno = EPERM;
        return false;
    }
    return true;
}

[[noreturn]] void run_child(const child_script& s) noexcept
{
    int report = s.report;
    ::setsid();
    reset_signals();
    if (s.has_terminal && ::ioctl(s.descriptors[0], TIOCSCTTY, 0) != 0)
        give_up(report, start_report::controlling_terminal);
    for (int i = 0; i < 3; ++i) // all of them are above 2
        if (::dup2(s.descriptors[static_cast<std::size_t>(i)], i) != i)
            give_up(report, start_report::descriptors);
    if (report != report_place) {
        if (::dup3(report, report_place, O_CLOEXEC) != report_place)
            give_up(report, start_report::descriptors);
        report = report_place;
    }
    close_from(report_place + 1, s.descriptor_limit);
    if (s.take_on && !change_identity(s))
        give_up(report, start_report::identity);
    if (::chdir(s.directory) != 0) {
        if (s.directory_complaint == nullptr)
            give_up(report, start_report::directory);
        (void)!::write(2, s.directory_complaint, std::strlen(s.directory_complaint));
        if (::chdir("/") != 0)
            give_up(report, start_report::directory);
    }
    ::execve(s.program, s.arguments, s.environment);
    give_up(report, start_report::exec);
}

// -- before the fork --------------------------------------------------------------------------------------------------------

/// Moves a descriptor above 0, 1 and 2, which may be closed in this process.
bool above_standard(os::descriptor& fd) noexcept
{
    if (fd.get() > 2)
        return true;
    const int moved = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
    if (moved < 0)
        return false;
    fd.reset(moved);
    return true;
}

bool make_pipe(os::descriptor& read_end, os::descriptor& write_end) noexcept
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return false;
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    return above_standard(read_end) && above_standard(write_end);
}

bool set_non_blocking(const os::descriptor& fd) noexcept
{
    const int flags = ::fcntl(fd.get(), F_GETFL);
    return flags >= 0 && ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) == 0;
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
    if (!above_standard(master) || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
        ::ptsname_r(master.get(), name, sizeof name) != 0)
        return last_failure("pseudo-terminal");
    slave.reset(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!slave || !above_standard(slave) || !set_non_blocking(master))
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

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (std::string& t : texts)
        all.push_back(t.data());
    all.push_back(nullptr);
    return all;
}

unsigned descriptor_limit() noexcept
{
    constexpr unsigned unlimited = 1024 * 1024;
    struct ::rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > unlimited)
        return unlimited;
    return static_cast<unsigned>(limit.rlim_cur);
}

} // namespace

outcome<forked_child> fork_program(const program_plan& plan)
{
    forked_child c;
    os::descriptor report_end, child_in, child_out, child_err;
    if (!make_pipe(c.report, report_end) || !set_non_blocking(c.report))
        return last_failure("no pipe");
    auto env = plan.env;
    if (plan.pty) {
        const outcome<std::string> name = open_terminal(c.master, child_in, plan);
        if (!name)
            return name.error();
        set_variable(env, "SSH_TTY", *name);
    } else if (!make_pipe(child_in, c.in) || !make_pipe(c.out, child_out) || !make_pipe(c.err, child_err)
               || !set_non_blocking(c.in) || !set_non_blocking(c.out) || !set_non_blocking(c.err)) {
        return last_failure("no pipe");
    }

    std::vector<std::string> arguments = plan.arguments;
    std::vector<std::string> variables;
    for (const auto& [name, value] : env)
        variables.push_back(name + '=' + value);
    const std::vector<char*> argument_list = pointers(arguments);
    const std::vector<char*> variable_list = pointers(variables);
    const std::string complaint = "Could not chdir to home directory " + printable(plan.directory) + '\n';

    child_script s;
    s.program = plan.shell.c_str();
    s.arguments = argument_list.data();
    s.environment = variable_list.data();
    s.directory = plan.directory.c_str();
    s.directory_complaint = plan.directory_needed ? nullptr : complaint.c_str();
    s.has_terminal = plan.pty.has_value();
    if (s.has_terminal)
        s.descriptors.fill(child_in.get());
    else
        s.descriptors = {child_in.get(), child_out.get(), child_err.get()};
    s.report = report_end.get();
    s.take_on = plan.who.take_on;
    s.user_id = plan.who.user_id;
    s.group_id = plan.who.group_id;
    s.groups = plan.who.groups.data();
    s.group_count = plan.who.groups.size();
    s.descriptor_limit = descriptor_limit();

    // No signal handler of this process may run in the child, so signals are blocked until the child has reset the handlers.
    ::sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    c.id = ::fork();
    if (c.id == 0)
        run_child(s);
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    if (c.id < 0)
        return last_failure("cannot fork");
    return c;
}

std::string terminal_trouble_now()
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

std::string describe(const start_report& r, const program_plan& plan)
{
    std::string what;
    switch (r.failed_at) {
    case start_report::controlling_terminal: what = "cannot set the controlling terminal"; break;
    case start_report::identity: what = "cannot become user " + printable(plan.who.name, 64); break;
    case start_report::directory: what = "cannot change to " + printable(plan.directory); break;
    case start_report::exec: what = "cannot run " + printable(plan.shell); break;
    default: what = "cannot set up descriptors"; break;
    }
    return what + ": " + error_code(r.error, boost::system::system_category()).message();
}

} // namespace sshoal::server
