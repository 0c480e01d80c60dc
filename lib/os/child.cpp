#include "os/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

extern "C" char** environ;

namespace sshoal::os {
namespace {

failure child_failure(const char* what)
{
    return failure(error_code(errno, boost::system::system_category()), what);
}

// -- in the child: only calls that are safe between fork and exec in a process with threads (signal-safety(7)); no memory is
// allocated ----

/// Everything that the child needs; it is made before the fork.
struct child_script {
    const child_plan& plan;
    char* const* programs; ///< the paths to try
    char* const* arguments;
    char* const* environment;
    const std::vector<std::vector<char*>>& early_arguments;
    ::sigset_t blocked; ///< the signals that this process blocks
    unsigned descriptor_limit;
    int report;
};

constexpr int report_place = 3;

[[noreturn]] void report_and_exit(int report, start_report::step at) noexcept
{
    start_report r;
    r.failed_at = at;
    r.error = errno;
    (void)!::write(report, &r, sizeof r);
    ::_exit(255);
}

void set_action(int signal, void (*action)(int)) noexcept
{
    struct ::sigaction a = {};
    a.sa_handler = action;
    ::sigaction(signal, &a, nullptr);
}

void set_signals(const child_script& s) noexcept
{
    for (int signal = 1; signal < NSIG; ++signal) {
        struct ::sigaction now = {};
        if (s.plan.reset_all_signals || (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler != SIG_IGN))
            set_action(signal, SIG_DFL);
    }
    for (const int signal : s.plan.default_signals)
        set_action(signal, SIG_DFL);
    for (const int signal : s.plan.ignored_signals)
        set_action(signal, SIG_IGN);
    ::sigset_t mask = s.blocked;
    if (s.plan.reset_all_signals)
        ::sigemptyset(&mask);
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
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
bool change_identity(const child_identity& to) noexcept
{
    if (::syscall(SYS_setgroups, to.groups.size(), to.groups.data()) != 0)
        return false;
    if (::syscall(SYS_setresgid, to.group, to.group, to.group) != 0)
        return false;
    if (::syscall(SYS_setresuid, to.user, to.user, to.user) != 0)
        return false;
    // A process that is not root now must not be able to become root again.
    if (to.user != 0 && (::syscall(SYS_setresuid, -1, 0, -1) == 0 || ::getuid() != to.user || ::geteuid() != to.user)) {
        errno = EPERM;
        return false;
    }
    return true;
}

/// Puts the child's descriptors into their places, and the report into its own if the others are to be closed.
void place_descriptors(const child_script& s, int& report) noexcept
{
    for (int i = 0; i < 3; ++i) { // all of them are above 2
        const int from = s.plan.descriptors[static_cast<std::size_t>(i)];
        if (from >= 0 && ::dup2(from, i) != i)
            report_and_exit(report, start_report::descriptors);
    }
    if (!s.plan.close_others)
        return;
    if (report != report_place) {
        if (::dup3(report, report_place, O_CLOEXEC) != report_place)
            report_and_exit(report, start_report::descriptors);
        report = report_place;
    }
    close_from(report_place + 1, s.descriptor_limit);
}

void enter_directory(const child_plan& p, int report) noexcept
{
    if (!p.directory || ::chdir(p.directory->c_str()) == 0)
        return;
    if (p.directory_complaint.empty() && !p.directory_may_miss)
        report_and_exit(report, start_report::directory);
    (void)!::write(2, p.directory_complaint.data(), p.directory_complaint.size());
    if (::chdir("/") != 0)
        report_and_exit(report, start_report::directory);
}

void enter_root(const child_plan& p, int report) noexcept
{
    if (p.root && (::chdir(p.root->c_str()) != 0 || ::chroot(".") != 0 || ::chdir("/") != 0))
        report_and_exit(report, start_report::root);
}

/// Runs the first early program whose file exists. One that cannot be run is left out. fork(3) takes locks, so the bare system call
/// is used.
void run_early(const child_script& s) noexcept
{
    for (std::size_t i = 0; i < s.plan.early.size(); ++i) {
        const early_program& e = s.plan.early[i];
        if (::access(e.if_exists.c_str(), F_OK) != 0)
            continue;
        const long id = ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        if (id == 0) {
            const int nothing = ::open("/dev/null", O_RDONLY);
            if (nothing >= 0)
                ::dup2(nothing, 0);
            ::execve(e.program.c_str(), s.early_arguments[i].data(), s.environment);
            ::_exit(127);
        }
        while (id > 0 && ::waitpid(static_cast<::pid_t>(id), nullptr, 0) < 0 && errno == EINTR) {
        }
        return;
    }
}

[[noreturn]] void run_child(const child_script& s) noexcept
{
    int report = s.report;
    if (s.plan.own_session)
        ::setsid();
    set_signals(s);
    if (s.plan.controlling_terminal && ::ioctl(s.plan.descriptors[0], TIOCSCTTY, 0) != 0)
        report_and_exit(report, start_report::controlling_terminal);
    place_descriptors(s, report);
    enter_root(s.plan, report);
    if (s.plan.identity && !change_identity(*s.plan.identity))
        report_and_exit(report, start_report::identity);
    enter_directory(s.plan, report);
    run_early(s);
    int refused = 0;
    for (char* const* program = s.programs; *program != nullptr; ++program) {
        ::execve(*program, s.arguments, s.environment);
        if (errno == EACCES)
            refused = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            break;
    }
    if (refused != 0 && (errno == ENOENT || errno == ENOTDIR))
        errno = refused;
    report_and_exit(report, start_report::exec);
}

// -- before the fork ----------------------------------------------------------------------------------------------------------

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (std::string& t : texts)
        all.push_back(t.data());
    all.push_back(nullptr);
    return all;
}

/// Returns: the paths at which the program may be, in the order of $PATH. An empty folder is the current one.
std::vector<std::string> places_of(const child_plan& plan)
{
    const std::string& program = plan.program;
    if (!plan.search || program.empty() || program.find('/') != std::string::npos)
        return {program};
    const char* const variable = std::getenv("PATH");
    std::string_view left = variable != nullptr ? variable : "/bin:/usr/bin";
    std::vector<std::string> all;
    for (;;) {
        const std::size_t colon = left.find(':');
        const std::string folder(left.substr(0, colon));
        all.push_back(folder.empty() ? program : folder + '/' + program);
        if (colon == std::string_view::npos)
            return all;
        left.remove_prefix(colon + 1);
    }
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

bool above_standard(descriptor& fd) noexcept
{
    if (fd.get() > 2)
        return true;
    const int moved = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
    if (moved < 0)
        return false;
    fd.reset(moved);
    return true;
}

bool make_pipe(descriptor& read_end, descriptor& write_end) noexcept
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return false;
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    return above_standard(read_end) && above_standard(write_end);
}

bool set_non_blocking(const descriptor& fd) noexcept
{
    const int flags = ::fcntl(fd.get(), F_GETFL);
    return flags >= 0 && ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) == 0;
}

outcome<started_child> start_child(const child_plan& plan)
{
    started_child c;
    descriptor report_end;
    if (!make_pipe(c.report, report_end) || !set_non_blocking(c.report))
        return child_failure("no pipe");
    std::vector<std::string> programs = places_of(plan), arguments = plan.arguments;
    std::vector<std::string> variables = plan.environment.value_or(std::vector<std::string>());
    const std::vector<char*> program_list = pointers(programs), argument_list = pointers(arguments);
    const std::vector<char*> variable_list = pointers(variables);
    std::vector<early_program> early = plan.early;
    std::vector<std::vector<char*>> early_arguments;
    for (early_program& e : early)
        early_arguments.push_back(pointers(e.arguments));

    child_script s{plan, program_list.data(), argument_list.data(), plan.environment ? variable_list.data() : environ,
                   early_arguments, {}, descriptor_limit(), report_end.get()};
    // No signal handler of this process may run in the child, so signals are blocked until the child has reset the handlers.
    ::sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &s.blocked);
    c.id = ::fork();
    if (c.id == 0)
        run_child(s);
    const int error = errno;
    ::pthread_sigmask(SIG_SETMASK, &s.blocked, nullptr);
    errno = error;
    if (c.id < 0)
        return child_failure("cannot fork");
    return c;
}

start_report wait_for_start(const descriptor& report) noexcept
{
    start_report r;
    for (;;) {
        const ::ssize_t n = ::read(report.get(), &r, sizeof r);
        if (n == static_cast<::ssize_t>(sizeof r))
            return r;
        if (n >= 0 || (errno != EINTR && errno != EAGAIN))
            return start_report();
        ::pollfd p{report.get(), POLLIN, 0};
        ::poll(&p, 1, -1);
    }
}

int wait_for_end(::pid_t id) noexcept
{
    int status = 0;
    while (::waitpid(id, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

} // namespace sshoal::os
