// Programs of this machine: a stream over the pipes of a child, and children that are waited for.

#include "sshoal/child_program.hpp"

#include "os/child.hpp"
#include "os/child_end.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

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

/// Reads at most so many bytes, until the end of file.
std::string read_output(int fd, std::size_t most)
{
    std::string out;
    out.reserve(std::min<std::size_t>(most, 64 * 1024)); // a secret that is read must not leave parts behind as the text grows
    while (out.size() < most) {
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

std::unique_ptr<byte_stream> start_program(const executor& ex, child_command command)
{
    os::descriptor child_in, to, from, child_out;
    if (!os::make_pipe(child_in, to) || !os::make_pipe(from, child_out))
        throw error(program_failure(errno, "pipe"));
    auto stream = std::make_unique<program_stream>(command);
    stream->open(start_command(command, child_in.get(), child_out.get()), ex, from, to);
    return stream;
}

child_result run_to_end(const child_command& command)
{
    os::descriptor in, out, from;
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
        r.out = read_output(from.get(), *command.capture());
    from.reset();
    r.end = status_of(os::wait_for_end(id));
    return r;
}

} // namespace sshoal
