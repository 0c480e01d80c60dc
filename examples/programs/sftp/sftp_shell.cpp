#include "sftp_shell.hpp"

#include "../terminal_signals.hpp"
#include "interrupts.hpp"
#include "line_editor.hpp"
#include "sftp_state.hpp"

#include <sshoal/run_on.hpp>

#include <boost/asio/use_future.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <future>

namespace programs {
namespace {

namespace asio = sshoal::asio;
namespace sftp = sshoal::sftp;
using sshoal::awaitable;
using names_and_kinds = std::vector<std::pair<std::string, bool>>;

constexpr char prompt_text[] = "sftp> ";

struct shell_work {
    explicit shell_work(const sshoal::executor& ex)
        : executor(ex)
        , signals(std::make_shared<interrupts>(ex))
        , terminal(std::make_shared<terminal_signals>(ex, terminal_signals::interrupt::is_another_matter))
    {
    }
    shell_work(const shell_work&) = delete;
    ~shell_work() // their functions are about this object
    {
        signals->stop();
        terminal->stop();
    }
    sshoal::executor executor;
    sftp_state state;
    std::shared_ptr<interrupts> signals;
    std::shared_ptr<terminal_signals> terminal;
    bool reading = false;   ///< a line is asked for
    bool continued = false; ///< since it was asked for: the editor has to set the terminal again
    std::unique_ptr<line_source> source;
    std::shared_ptr<std::atomic<bool>> stopped = std::make_shared<std::atomic<bool>>(false); ///< a completion that takes too long
    bool interactive = false, batch = false;
};

names_and_kinds local_names(const std::string& folder)
{
    names_and_kinds names;
    const std::string path = folder.empty() ? "." : folder;
    ::DIR* d = ::opendir(path.c_str());
    if (d == nullptr)
        return names;
    while (const struct ::dirent* e = ::readdir(d)) {
        struct ::stat a = {};
        const std::string name = e->d_name;
        if (name != "." && name != "..")
            names.emplace_back(name, ::stat((path + '/' + name).c_str(), &a) == 0 && S_ISDIR(a.st_mode));
    }
    ::closedir(d);
    return names;
}

awaitable<names_and_kinds> remote_names(sftp::client client, std::string folder)
{
    constexpr std::size_t most = 10'000; // nobody reads more
    names_and_kinds names;
    auto opening = client.open_directory(std::move(folder));
    sftp::directory d = co_await std::move(opening);
    while (names.size() < most) {
        const std::optional<sftp::directory_entry> e = co_await d.next();
        if (!e)
            break;
        if (sftp::is_plain_name(e->name))
            names.emplace_back(shown(e->name) == e->name ? e->name : std::string(), e->attrs.is_directory());
    }
    // Names that a terminal cannot show cannot be typed either.
    std::erase_if(names, [](const auto& n) { return n.first.empty(); });
    co_return names;
}

/// Called on the editor's thread. The connection's thread makes the list meanwhile.
directory_names names_for_completion(shell_work& w)
{
    return [&w](names_of where, const std::string& folder) -> names_and_kinds {
        if (where == names_of::local)
            return local_names(folder);
        try {
            const std::string path = absolute_path(folder, w.state.folder);
            auto coming = asio::co_spawn(w.executor, remote_names(w.state.sftp, path), asio::use_future);
            while (coming.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready)
                if (w.stopped->load())
                    return {};
            return coming.get();
        } catch (const std::exception&) {
            return {}; // what is wrong shows at the next command
        }
    };
}

struct read_call {
    line_source* source;
    std::optional<std::string> operator()() { return source->read(prompt_text); }
};

/// Returns: false where there is none.
bool open_source(shell_work& w)
{
    const std::optional<std::string>& file = w.state.line->batch_file;
    w.batch = file.has_value();
    w.interactive = !w.batch && ::isatty(0) == 1;
    if (w.batch && *file != "-") {
        const int fd = ::open(file->c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            complain(std::strerror(errno) + std::string(" (") + *file + ").");
            return false;
        }
        w.source = make_plain_source(fd, false);
        return true;
    }
    if (w.interactive)
        w.source = make_terminal_source(names_for_completion(w));
    if (!w.source)
        w.source = make_plain_source(0, w.interactive);
    return true;
}

/// Returns: the operation's answer; nothing where it was interrupted.
awaitable<std::optional<bool>> unless_interrupted(shell_work& w, awaitable<bool> operation)
{
    bool interrupted = false;
    try {
        auto guarded = w.signals->cancellable(std::move(operation));
        const bool answer = co_await std::move(guarded);
        co_return std::optional<bool>(answer);
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted || !w.signals->take_seen())
            throw;
        interrupted = true;
    }
    if (interrupted)
        complain("\rInterrupt  ");
    co_return std::nullopt;
}

enum class after_start { go_on, done, failed };

/// Does what the command line says: begins in a directory, or fetches a file.
awaitable<after_start> begin(shell_work& w)
{
    const std::optional<std::string>& path = w.state.line->place.path;
    if (w.state.line->remote.server || !path)
        co_return after_start::go_on;
    sftp_command c;
    const std::string pattern = absolute_path(*path, with_escapes(w.state.folder)), there = without_escapes(pattern);
    bool is_directory = false;
    if (!w.state.line->local_path) {
        auto looking = unless_interrupted(w, remote_is_directory(w.state.sftp, there));
        const auto answer = co_await std::move(looking);
        if (!answer)
            co_return after_start::failed;
        is_directory = *answer;
    }
    c.what = is_directory ? verb::chdir : verb::get;
    c.first = is_directory ? there : pattern;
    c.second = w.state.line->local_path;
    if (is_directory && !w.state.quiet)
        tell("Changing to: " + shown(there));
    auto running = unless_interrupted(w, run_sftp_command(w.state, c, true));
    const auto well = co_await std::move(running);
    co_return !well.value_or(false) ? after_start::failed : is_directory ? after_start::go_on : after_start::done;
}

/// Returns: whether all of them worked, as far as that counts.
awaitable<bool> run_commands(shell_work& w)
{
    for (;;) {
        read_call call{w.source.get()};
        w.stopped->store(false);
        w.continued = false;
        w.reading = true;
        auto reading = sshoal::run_on(sshoal::disk_threads(), call);
        const std::optional<std::string> line = co_await std::move(reading);
        w.reading = false;
        if (!line) {
            const bool interrupted = w.signals->take_seen() || std::exchange(w.continued, false);
            if (w.interactive)
                tell("\n");
            if (interrupted && w.interactive)
                continue;
            co_return !interrupted;
        }
        const sftp_command c = parse_sftp_command(*line);
        if (!w.source->echoes() && !c.quiet)
            tell(prompt_text + shown(c.text));
        if (c.what == verb::quit && c.error.empty())
            co_return true;
        w.signals->take_seen();
        const bool stop = w.batch && !c.ignore_errors;
        auto running = unless_interrupted(w, run_sftp_command(w.state, c, stop));
        const auto well = co_await std::move(running);
        if ((!well && !w.interactive) || (stop && !well.value_or(false)))
            co_return false;
    }
}

/// The line editor changes the modes of the terminal; they must not stay. At other times they are left to the program of a
/// "!command".
void watch_terminal(shell_work& w, const terminal_modes& before)
{
    if (!w.interactive)
        return;
    w.terminal->leave = [&w, before] {
        if (w.reading)
            before.restore();
    };
    w.terminal->come_back = [&w] {
        w.continued = w.reading;
        if (w.reading)
            w.source->interrupt();
    };
    w.terminal->start();
}

} // namespace

awaitable<int> run_sftp_shell(std::shared_ptr<remote_session> session, const sftp_command_line& line)
{
    const sshoal::executor ex = co_await asio::this_coro::executor;
    shell_work w(ex);
    w.state.sftp = session->sftp;
    w.state.line = &line;
    w.state.quiet = line.quiet;
    w.state.progress = line.progress && ::isatty(2) == 1;
    const terminal_modes before(0);
    if (!open_source(w))
        co_return 1;
    w.state.folder = co_await w.state.sftp.real_path(".");
    w.state.first_folder = w.state.folder;
    w.signals->on_signal = [&w] {
        w.stopped->store(true);
        w.source->interrupt();
    };
    w.signals->start();
    watch_terminal(w, before);
    bool well = true;
    const after_start first = co_await begin(w);
    if (first == after_start::go_on)
        well = co_await run_commands(w);
    co_return first == after_start::failed || !well ? 1 : 0;
}

} // namespace programs
