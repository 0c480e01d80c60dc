// Programs of this machine: a stream over the pipes of a child, and children that are waited for.

#include "sshoal/child_program.hpp"

#include "os/child.hpp"
#include "os/child_end.hpp"
#include "sshoal/system_account.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace sshoal {
namespace {

failure program_failure(int number, const std::string& program)
{
    return failure(error_code(number, boost::system::system_category()), program);
}

child_status status_of(int raw)
{
    child_status s;
    if (raw != -1 && WIFEXITED(raw))
        s.status = WEXITSTATUS(raw);
    else if (raw != -1 && WIFSIGNALED(raw))
        s.signal = WTERMSIG(raw);
    return s;
}

/// Gives the child the identity of an account, and nothing of this process.
void take_on(os::child_plan& plan, const system_account& who)
{
    if (::geteuid() == 0)
        plan.identity = os::child_identity{who.user_id, who.group_id, {who.groups.begin(), who.groups.end()}};
    else if (::geteuid() != who.user_id)
        throw error(program_failure(EPERM, plan.program + " as " + printable(who.name, 64)));
    plan.environment = std::vector<std::string>{"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "USER=" + who.name,
                                                "LOGNAME=" + who.name, "HOME=" + who.home, "SHELL=" + who.shell};
    plan.directory = "/";
    plan.close_others = plan.own_session = plan.reset_all_signals = true;
}

/// Starts the command with these descriptors as its standard input and output. Errors (thrown): as start_program().
::pid_t start_command(const child_command& c, int in, int out)
{
    if (c.arguments().empty())
        throw error(failure(errc::invalid_argument, "a command without a program"));
    os::child_plan plan;
    plan.program = c.arguments().front();
    plan.search = true;
    plan.arguments = c.arguments();
    plan.descriptors = {in, out, -1};
    plan.default_signals = {SIGPIPE}; // this process may ignore it, and programs expect to end of it
    os::descriptor nowhere;
    if (c.account()) {
        take_on(plan, *c.account());
        nowhere.reset(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        if (!nowhere || !os::above_standard(nowhere))
            throw error(program_failure(errno, "/dev/null"));
        plan.descriptors[2] = nowhere.get();
    }
    if (c.interruptible())
        (*c.interruptible() ? plan.default_signals : plan.ignored_signals).push_back(SIGINT);
    const outcome<os::started_child> child = os::start_child(plan);
    if (!child)
        throw error(child.error().with_context(plan.program + ": " + child.error().context()));
    const os::start_report report = os::wait_for_start(child->report);
    if (report.failed_at == os::start_report::none)
        return child->id;
    os::wait_for_end(child->id);
    throw error(program_failure(report.error, plan.program));
}

class program_stream final : public byte_stream {
public:
    explicit program_stream(const child_command& c) : patience_(c.patience())
    {
        if (c.on_end())
            ended_ = [tell = c.on_end()](int raw) { tell(status_of(raw)); };
    }
    ~program_stream() override { close(); }
    void open(::pid_t id, const executor& ex, os::descriptor& from, os::descriptor& to)
    {
        id_ = id;
        pipes_ = make_descriptor_stream(ex, from.get(), to.get());
        from.release();
        to.release();
    }

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override { return pipes_->try_read(into, ec); }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override { return pipes_->try_write(from, ec); }
    awaitable<error_code> wait_readable() override { return pipes_->wait_readable(); }
    awaitable<error_code> wait_writable() override { return pipes_->wait_writable(); }
    error_code shutdown_send() noexcept override { return pipes_->shutdown_send(); }
    void close() noexcept override
    {
        if (pipes_)
            pipes_->close();
        if (const ::pid_t id = std::exchange(id_, -1); id > 1)
            os::end_child(id, patience_, std::move(ended_));
    }
    endpoint remote() const override { return pipes_->remote(); }
    endpoint local() const override { return pipes_->local(); }

private:
    std::unique_ptr<byte_stream> pipes_;
    ::pid_t id_ = -1;
    std::chrono::milliseconds patience_;
    std::function<void(int)> ended_;
};

using steady = std::chrono::steady_clock;
using deadline = std::optional<steady::time_point>; ///< none: for ever

/// Returns: the milliseconds until the deadline, at least 0; -1 for ever.
int time_left(const deadline& end)
{
    if (!end)
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*end - steady::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

bool is_over(const deadline& end) { return end && steady::now() >= *end; }

/// Reads at most so many bytes, until the end of file or the deadline.
std::string read_output(int fd, std::size_t most, const deadline& end)
{
    std::string out;
    out.reserve(std::min<std::size_t>(most, 64 * 1024)); // a secret that is read must not leave parts behind as the text grows
    while (out.size() < most && !is_over(end)) {
        ::pollfd readable{fd, POLLIN, 0};
        if (end && ::poll(&readable, 1, time_left(end)) <= 0)
            continue;
        char room[256];
        const ::ssize_t n = ::read(fd, room, std::min(sizeof room, most - out.size()));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        out.append(room, static_cast<std::size_t>(n));
    }
    return out;
}

/// Waits for a child, and kills it at the deadline. Returns: as os::wait_for_end().
int end_of_child(::pid_t id, bool leads_group, const deadline& end)
{
    constexpr ::timespec between{0, 5'000'000};
    for (int raw = 0; end && !is_over(end); ::nanosleep(&between, nullptr)) {
        const ::pid_t found = ::waitpid(id, &raw, WNOHANG);
        if (found == id)
            return raw;
        if (found < 0 && errno != EINTR)
            return -1;
    }
    if (end)
        ::kill(leads_group ? -id : id, SIGKILL);
    return os::wait_for_end(id);
}

} // namespace

child_command child_command::shell(std::string command_line)
{
    const char* shell = std::getenv("SHELL");
    if (shell == nullptr || *shell == '\0')
        shell = "/bin/sh";
    std::vector<std::string> arguments{shell};
    if (!command_line.empty()) {
        arguments.emplace_back("-c");
        arguments.push_back(std::move(command_line));
    }
    return child_command(std::move(arguments));
}

child_command& child_command::run_as(const system_account& who)
{
    account_ = std::make_shared<const system_account>(who);
    return *this;
}

std::unique_ptr<byte_stream> start_program(const executor& ex, child_command command)
{
    os::descriptor child_in, to, from, child_out;
    if (!os::make_pipe(child_in, to) || !os::make_pipe(from, child_out))
        throw error(program_failure(errno, "pipe"));
    auto stream = std::make_unique<program_stream>(command);
    stream->open(start_command(command, child_in.get(), child_out.get()), ex, from, to);
    return stream;
}

namespace {

/// Ends a program, if it has been started, when nobody waits for it any more.
class passing_program {
public:
    passing_program(::pid_t id, std::chrono::milliseconds patience) noexcept : id_(id), patience_(patience) {}
    passing_program(const passing_program&) = delete;
    ~passing_program() { os::end_child(id_, patience_, {}); }

private:
    ::pid_t id_;
    std::chrono::milliseconds patience_;
};

/// Returns: the descriptor that the other end of a Unix socket has sent; none if it has sent none.
os::descriptor received_descriptor(int from)
{
    char data = 0;
    ::iovec room{&data, 1};
    alignas(::cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    ::msghdr m = {};
    m.msg_iov = &room;
    m.msg_iovlen = 1;
    m.msg_control = control;
    m.msg_controllen = sizeof control;
    if (::recvmsg(from, &m, MSG_CMSG_CLOEXEC) <= 0)
        return {};
    const ::cmsghdr* const head = CMSG_FIRSTHDR(&m);
    if (head == nullptr || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
        return {};
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return os::descriptor(fd);
}

} // namespace

awaitable<std::unique_ptr<byte_stream>> connect_by_program(child_command command)
{
    const executor here = co_await asio::this_coro::executor;
    const std::string name = command.arguments().empty() ? std::string() : command.arguments().back();
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw error(program_failure(errno, "socketpair"));
    os::descriptor ours(ends[0]), theirs(ends[1]);
    const passing_program program(start_command(command, theirs.get(), theirs.get()), command.patience());
    theirs.reset();
    asio::posix::basic_stream_descriptor<executor> from(here);
    from.assign(ours.get());
    ours.release();
    error_code ec;
    co_await from.async_wait(asio::posix::descriptor_base::wait_read, asio::redirect_error(asio::use_awaitable, ec));
    if (ec)
        throw error(failure(ec, name));
    os::descriptor socket = received_descriptor(from.native_handle());
    if (!socket)
        throw error(failure(errc::end_of_file, "the program has passed no socket on: " + printable(name)));
    auto stream = make_descriptor_stream(here, socket.get(), socket.get());
    socket.release();
    co_return stream;
}

child_result run_to_end(const child_command& command)
{
    os::descriptor in, out, from;
    const deadline end = command.time_limit() ? deadline(steady::now() + *command.time_limit()) : deadline();
    if (command.is_quiet()) {
        in.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        out.reset(::open("/dev/null", O_WRONLY | O_CLOEXEC));
        if (!in || !out || !os::above_standard(in) || !os::above_standard(out))
            throw error(program_failure(errno, "/dev/null"));
    }
    if (command.capture() && !os::make_pipe(from, out))
        throw error(program_failure(errno, "pipe"));
    const ::pid_t id = start_command(command, in.get(), out.get());
    out.reset();
    child_result r;
    if (command.capture())
        r.out = read_output(from.get(), *command.capture(), end);
    from.reset();
    r.end = status_of(end_of_child(id, bool(command.account()), end));
    return r;
}

} // namespace sshoal
