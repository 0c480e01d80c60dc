#include "server/xauth.hpp"

#include "os/child.hpp"
#include "os/child_end.hpp"
#include "os/quiet_write.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

namespace sshoal::server {
namespace {

constexpr int patience_ms = 30'000;

std::string last_error(const std::string& what) { return what + ": " + error_code(errno, boost::system::system_category()).message(); }

os::child_plan child_of(const program_plan& plan, const std::string& program)
{
    os::child_plan p;
    p.program = program;
    p.arguments = {"xauth", "-q", "-"};
    p.environment.emplace();
    for (const auto& [name, value] : plan.env)
        p.environment->push_back(name + '=' + value);
    p.close_others = p.own_session = p.reset_all_signals = true;
    if (plan.who.take_on)
        p.identity = os::child_identity{plan.who.user_id, plan.who.group_id, plan.who.groups};
    p.directory = plan.who.home;
    p.directory_complaint = "no home directory\n"; // the program begins in any case
    return p;
}

} // namespace

std::string tell_xauth(const program_plan& plan, const session_x11& display)
{
    os::descriptor in, to, null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    if (!null || !os::above_standard(null) || !os::make_pipe(in, to))
        return last_error("no pipe");
    os::child_plan p = child_of(plan, display.xauth);
    p.descriptors = {in.get(), null.get(), null.get()};
    const outcome<os::started_child> child = os::start_child(p);
    if (!child)
        return child.error().message();
    in.reset();
    // The lines are shorter than a pipe holds, so nothing waits for a program that does not read.
    const std::string lines = "remove " + display.for_xauth + "\nadd " + display.for_xauth + ' ' + display.protocol + ' '
                              + display.cookie + '\n';
    (void)os::quiet_write(to.get(), std::as_bytes(std::span(lines)));
    to.reset();
    const os::descriptor notice = os::open_exit_notice(child->id);
    ::pollfd ended{notice.get(), POLLIN, 0};
    const bool late = notice && ::poll(&ended, 1, patience_ms) == 0;
    if (late)
        ::kill(-child->id, SIGKILL);
    const int status = os::wait_for_end(child->id);
    if (late)
        return printable(display.xauth) + " does not end";
    return status == 0 ? std::string() : printable(display.xauth) + " has failed";
}

} // namespace sshoal::server
