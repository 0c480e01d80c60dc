#include "child_program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>

extern "C" char** environ;

namespace programs {
namespace {

using sshoal::failure;

failure system_failure(int number, const std::string& what)
{
    return failure(boost::system::error_code(number, boost::system::system_category()), what);
}

/// Ignores a signal while it lives, so that a child which is started meanwhile ignores it too; or lets it act (SIG_DFL).
class changed_signal {
public:
    changed_signal(int signal, decltype(SIG_IGN) action, bool wanted = true)
        : signal_(signal)
        , wanted_(wanted)
    {
        struct ::sigaction other = {};
        other.sa_handler = action;
        if (wanted_)
            ::sigaction(signal_, &other, &before_);
    }
    changed_signal(const changed_signal&) = delete;
    ~changed_signal()
    {
        if (wanted_)
            ::sigaction(signal_, &before_, nullptr);
    }

private:
    int signal_;
    bool wanted_;
    struct ::sigaction before_ = {};
};

/// Standard input and output become `in` and `out` where these are descriptors. `also`: a further signal that the child does not
/// ignore though this program does.
sshoal::outcome<::pid_t> spawn_words(std::vector<std::string> words, int in, int out, int also = SIGPIPE)
{
    std::vector<char*> arguments;
    for (std::string& w : words)
        arguments.push_back(w.data());
    arguments.push_back(nullptr);
    ::posix_spawn_file_actions_t files;
    ::posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    if (in >= 0)
        ::posix_spawn_file_actions_adddup2(&files, in, 0);
    if (out >= 0)
        ::posix_spawn_file_actions_adddup2(&files, out, 1);
    ::posix_spawnattr_init(&attributes);
    ::sigset_t standard;
    ::sigemptyset(&standard);
    ::sigaddset(&standard, SIGPIPE); // this program ignores it
    ::sigaddset(&standard, also);
    ::posix_spawnattr_setsigdefault(&attributes, &standard);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    ::pid_t id = -1;
    const int status = ::posix_spawnp(&id, words.front().c_str(), &files, &attributes, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    if (status != 0)
        return system_failure(status, words.front());
    return id;
}

/// Returns: what waitpid() says; -1 where that is not known.
int wait_for(::pid_t id)
{
    int status = 0;
    while (::waitpid(id, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

} // namespace

int child_process::end(std::chrono::milliseconds patience) noexcept
{
    const ::pid_t id = std::exchange(id_, -1);
    if (id <= 1)
        return -1;
    // Its input is closed by now. Most end by that; the others are told after a moment.
    for (auto waited = std::chrono::milliseconds(0); waited < patience + std::chrono::milliseconds(900);
         waited += std::chrono::milliseconds(1)) {
        int status = -1;
        const ::pid_t got = ::waitpid(id, &status, WNOHANG);
        if (got == id)
            return status;
        if (got < 0 && errno != EINTR)
            return -1;
        if (waited == patience)
            ::kill(id, SIGHUP);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return -1;
}

sshoal::outcome<child_program> start_child(const sshoal::executor& ex, std::vector<std::string> words, at_interrupt what)
{
    int to[2], from[2];
    if (::pipe2(to, O_CLOEXEC) != 0)
        return system_failure(errno, "pipe");
    if (::pipe2(from, O_CLOEXEC) != 0) {
        const int number = errno;
        ::close(to[0]);
        ::close(to[1]);
        return system_failure(number, "pipe");
    }
    const changed_signal quiet(SIGINT, SIG_IGN, what == at_interrupt::go_on);
    const auto id = spawn_words(std::move(words), to[0], from[1]);
    ::close(to[0]);
    ::close(from[1]);
    if (!id) {
        ::close(to[1]);
        ::close(from[0]);
        return id.error();
    }
    child_program child;
    child.process = std::make_unique<child_process>(*id);
    child.stream = sshoal::make_descriptor_stream(ex, from[0], to[1]); // pipes can be waited for
    return child;
}

int run_program(std::vector<std::string> words)
{
    const auto id = spawn_words(std::move(words), -1, -1);
    return id ? wait_for(*id) : -1;
}

int run_at_terminal(std::vector<std::string> words)
{
    // As system() does. The terminal sends the signal to both before the child can end of it: none arrives late.
    const changed_signal childs_own(SIGINT, SIG_IGN);
    // The others act at once on both: while this program waits it could do nothing about them, and could not be stopped.
    const changed_signal ends(SIGTERM, SIG_DFL), hangs_up(SIGHUP, SIG_DFL), quits(SIGQUIT, SIG_DFL), stops(SIGTSTP, SIG_DFL);
    const auto id = spawn_words(std::move(words), -1, -1, SIGINT);
    return id ? wait_for(*id) : -1;
}

int run_quietly(std::vector<std::string> words)
{
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0)
        return -1;
    const auto id = spawn_words(std::move(words), null, null);
    ::close(null);
    return id ? wait_for(*id) : -1;
}

sshoal::outcome<std::optional<std::string>> output_of(std::vector<std::string> words, std::size_t most)
{
    int from[2];
    if (::pipe2(from, O_CLOEXEC) != 0)
        return system_failure(errno, "pipe");
    const auto id = spawn_words(std::move(words), -1, from[1]);
    ::close(from[1]);
    std::optional<std::string> out(std::in_place);
    out->reserve(most); // or a secret would leave parts of itself behind as it grows
    while (id && out->size() < most) {
        char room[256];
        const ::ssize_t n = ::read(from[0], room, std::min(sizeof room, most - out->size()));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        out->append(room, static_cast<std::size_t>(n));
    }
    ::close(from[0]);
    if (!id)
        return id.error();
    if (wait_for(*id) != 0)
        out.reset();
    return out;
}

std::vector<std::string> shell_words(const std::string& command)
{
    const char* shell = std::getenv("SHELL");
    if (shell == nullptr || *shell == '\0')
        shell = "/bin/sh";
    if (command.empty())
        return {shell};
    return {shell, "-c", command};
}

} // namespace programs
