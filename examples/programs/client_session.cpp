#include "client_session.hpp"

#include "escape_commands.hpp"
#include "escape_sequences.hpp"
#include "standard_io.hpp"
#include "terminal_signals.hpp"
#include "text_tools.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace programs {
namespace {

namespace asio = sshoal::asio;
using sshoal::awaitable;
using sshoal::session_kind;
using sshoal::terminal_wish;

constexpr std::size_t most_at_once = 64 * 1024;

/// Returns: this process's terminal, for the program at the server.
sshoal::terminal own_terminal()
{
    sshoal::terminal t;
    const char* const type = std::getenv("TERM");
    t.type = type ? type : ""; // as in jobs of CI systems, which take no colours
    t.take_from(0);
    return t;
}

sshoal::process_options make_process_options(const std::optional<sshoal::terminal>& terminal)
{
    sshoal::process_options o;
    if (terminal)
        o.optional_pty(*terminal);
    return o;
}

/// The user's terminal while it is in raw mode, and every key goes to the other end.
class raw_terminal {
public:
    raw_terminal() = default;
    raw_terminal(const raw_terminal&) = delete;
    ~raw_terminal() { leave(); }
    void enter(const sshoal::executor& ex)
    {
        signals_ = std::make_shared<terminal_signals>(ex, terminal_signals::interrupt::ends);
        signals_->leave = [this] { before_.restore(); };
        signals_->come_back = [this] { line_ ? before_.make_line() : void(before_.make_raw()); };
        signals_->start();
        before_.make_raw();
    }
    /// Lets the user edit a line, or ends that.
    void edit_line(bool on)
    {
        line_ = on;
        if (signals_)
            signals_->come_back();
    }
    void leave()
    {
        if (!signals_)
            return;
        signals_->stop();
        signals_.reset();
        before_.restore();
    }

private:
    const terminal_modes before_{0};
    bool line_ = false;
    std::shared_ptr<terminal_signals> signals_;
};

/// Gives the terminal back however the session ends: other coroutines keep session_work for a while.
class terminal_return {
public:
    explicit terminal_return(raw_terminal& t) noexcept : terminal_(t) {}
    terminal_return(const terminal_return&) = delete;
    ~terminal_return() { terminal_.leave(); }

private:
    raw_terminal& terminal_;
};

struct session_work {
    session_work(const client_settings& s, const sshoal::process& p, const sshoal::connection& c, std::shared_ptr<client_forwards> f)
        : settings(s)
        , process(p)
        , connection(c)
        , forwards(std::move(f))
        , in(p.get_executor(), 0, true)
        , out(p.get_executor(), 1, false)
        , err(p.get_executor(), 2, false)
    {
    }
    const client_settings settings;
    sshoal::process process;
    sshoal::connection connection;
    std::shared_ptr<client_forwards> forwards;
    raw_terminal raw;
    standard_io in, out, err;
    bool nobody_listens = false;
    escape_sequences escapes{std::nullopt}; ///< used only at a terminal in raw mode
    bool user_disconnects = false;
};

void write_to_terminal(std::string_view text)
{
    for (std::string_view left = text; !left.empty();) {
        const ::ssize_t n = ::write(2, left.data(), left.size());
        if (n <= 0 && errno != EINTR)
            break;
        left.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
}

/// Shows the typed sequence, and its effect.
void show(const session_work& w, std::string_view text) { write_to_terminal(w.escapes.shown() + std::string(text) + "\r\n"); }

void talk(const session_work& w, char typed, int step)
{
    program_log& log = program_log::get();
    const int wanted = std::clamp(static_cast<int>(log.level()) + step, static_cast<int>(verbosity::quiet),
                                  static_cast<int>(verbosity::debug3));
    log.level(static_cast<verbosity>(wanted));
    show(w, std::string(1, typed) + " [LogLevel " + std::string(name_of(log.level())) + ']');
}

awaitable<void> new_keys(std::shared_ptr<session_work> w)
{
    try {
        co_await w->connection.rekey();
    } catch (const sshoal::error& e) {
        say(verbosity::debug1, std::string("no new keys: ") + e.what());
    }
}

awaitable<void> break_line(std::shared_ptr<session_work> w)
{
    try {
        const bool done = co_await w->process.send_break(std::chrono::seconds(1));
        if (!done)
            say(verbosity::verbose, "the server did not pass on the break");
    } catch (const sshoal::error& e) {
        say(verbosity::debug1, std::string("no break: ") + e.what());
    }
}

void act_on(const std::shared_ptr<session_work>& w, escape what)
{
    switch (what) {
    case escape::none: break;
    case escape::disconnect:
        show(*w, ".");
        w->user_disconnects = true;
        w->connection.disconnect(sshoal::disconnect_reason::by_application, "disconnected by user");
        break;
    case escape::suspend:
        show(*w, "^Z [suspend ssh]");
        ::raise(SIGTSTP); // the terminal's modes are restored before the stop
        break;
    case escape::send_break:
        show(*w, "B");
        asio::co_spawn(w->process.get_executor(), break_line(w), asio::detached);
        break;
    case escape::rekey:
        show(*w, "R");
        asio::co_spawn(w->process.get_executor(), new_keys(w), asio::detached);
        break;
    case escape::less_talk: talk(*w, 'V', -1); break;
    case escape::more_talk: talk(*w, 'v', 1); break;
    case escape::connections:
        show(*w, "#");
        write_to_terminal(list_connections(*w->forwards));
        break;
    case escape::help: show(*w, "?\r\n" + w->escapes.help(w->settings.enable_escape_command_line)); break;
    case escape::command_line: show(*w, "C\r\ncommandline disabled: EnableEscapeCommandline is not yes"); break;
    case escape::background: show(*w, "& [a session with a terminal cannot go on in the background]"); break;
    }
}

/// Asks for a line of "~C" and does what it says. `typed` is what was typed behind the sequence; the text behind the line is left.
awaitable<void> take_command_line(std::shared_ptr<session_work> w, std::string& typed)
{
    constexpr std::size_t longest_line = 4096;
    constexpr char interrupt = 'C' - 64;
    write_to_terminal(w->escapes.shown() + "C\r\nssh> " + typed.substr(0, typed.find_first_of("\r\n")));
    w->raw.edit_line(true);
    std::vector<std::byte> more(longest_line);
    while (typed.size() < longest_line && typed.find_first_of("\r\n") == std::string::npos) {
        const std::size_t n = co_await standard_io::read_some(w->in, more);
        if (n == 0)
            break; // Ctrl-D
        typed.append(reinterpret_cast<const char*>(more.data()), n);
    }
    const std::size_t end = std::min(typed.find_first_of("\r\n"), typed.size());
    std::string line = typed.substr(0, end);
    typed.erase(0, end + 1);
    if (line.find(interrupt) != std::string::npos)
        line.clear();
    auto obeying = obey_command_line(std::move(line), w->settings, w->connection, w->forwards);
    const std::string answer = co_await std::move(obeying);
    write_to_terminal("\n" + answer);
    w->raw.edit_line(false);
}

awaitable<void> feed(std::shared_ptr<session_work> w)
{
    try {
        std::vector<std::byte> buffer(most_at_once);
        std::string to_send, rest;
        for (;;) {
            const std::size_t n = co_await standard_io::read_some(w->in, buffer);
            if (n == 0)
                break;
            std::string_view typed(reinterpret_cast<const char*>(buffer.data()), n);
            while (!typed.empty()) {
                to_send.clear();
                const escape what = w->escapes.take(typed, to_send);
                if (!to_send.empty())
                    co_await w->process.in().write(to_send);
                if (what == escape::command_line && w->settings.enable_escape_command_line) {
                    rest = typed;
                    auto taking = take_command_line(w, rest);
                    co_await std::move(taking);
                    typed = rest;
                } else {
                    act_on(w, what);
                }
            }
        }
        co_await w->process.in().send_eof();
    } catch (const sshoal::error&) {
        // The program needs no more input.
    }
}

/// The output of this program has no reader any more, and the program at the server should learn so, as it would from a pipe.
/// OpenSSH's servers have a request for that.
awaitable<void> stop_output(std::shared_ptr<session_work> w)
{
    w->nobody_listens = true;
    if (w->connection.info().peer_identification.find("OpenSSH") == std::string::npos)
        w->process.io().close();
    else
        co_await w->process.io().notify("eow@openssh.com");
}

awaitable<void> drain(std::shared_ptr<session_work> w, sshoal::process_output from, standard_io& to)
{
    try {
        std::vector<std::byte> buffer(most_at_once);
        bool works = true;
        for (;;) {
            const std::size_t n = co_await from.read_some(buffer);
            if (n == 0)
                co_return;
            if (!works)
                continue;
            works = co_await standard_io::write(to, std::span<const std::byte>(buffer).first(n));
            if (!works && &to == &w->out)
                co_await stop_output(w);
        }
    } catch (const sshoal::error&) {
        // wait() reports it.
    }
}

bool same_size(const sshoal::terminal_size& a, const sshoal::terminal_size& b) noexcept
{
    return a.columns == b.columns && a.rows == b.rows && a.width_pixels == b.width_pixels && a.height_pixels == b.height_pixels;
}

/// `told` is the size that the server knows. The terminal may have another size by now: many are enlarged while the log-in is
/// under way.
awaitable<void> follow_size(std::shared_ptr<session_work> w, sshoal::terminal_size told)
{
    // This process gets no signal for a change while it is stopped.
    asio::signal_set changed(w->process.get_executor(), SIGWINCH, SIGCONT);
    try {
        for (;;) {
            sshoal::terminal now;
            now.take_from(0);
            if (!same_size(now.size, told)) {
                told = now.size;
                co_await w->process.resize(now.size);
            }
            co_await changed.async_wait(asio::use_awaitable);
        }
    } catch (const std::exception&) {
        // The session is over.
    }
}

awaitable<sshoal::process> start(const client_settings& c, sshoal::connection connection, std::string command,
                                 sshoal::process_options o)
{
    if (c.session_type == session_kind::subsystem) {
        auto p = co_await connection.start_subsystem(std::move(command), std::move(o));
        co_return p;
    }
    if (command.empty()) {
        auto p = co_await connection.start_shell(std::move(o));
        co_return p;
    }
    auto p = co_await connection.start(std::move(command), std::move(o));
    co_return p;
}

bool wants_terminal(const client_settings& c, const std::string& command)
{
    const bool have = ::isatty(0) == 1;
    bool wants = false;
    switch (c.request_tty) {
    case terminal_wish::force: return true;
    case terminal_wish::no: return false;
    case terminal_wish::yes: wants = true; break;
    case terminal_wish::automatic: wants = command.empty() && c.session_type == session_kind::command; break;
    }
    if (wants && !have)
        say(verbosity::info, "Pseudo-terminal will not be allocated because stdin is not a terminal.");
    return wants && have;
}

int status_of(const sshoal::exit_info& how)
{
    if (!how.status)
        say(how.signal.empty() ? verbosity::verbose : verbosity::info, "remote program " + how.describe());
    return how.code();
}

} // namespace

awaitable<int> run_client_session(const client_settings& c, sshoal::connection connection, std::string command,
                                  std::shared_ptr<client_forwards> forwards)
{
    using namespace asio::experimental::awaitable_operators;
    if (c.session_type == session_kind::none) {
        const sshoal::failure why = co_await connection.wait_closed();
        say(verbosity::info, "Connection to " + c.host_name + " closed: " + why.code().message());
        co_return 255;
    }
    const bool wanted = wants_terminal(c, command);
    const std::optional<sshoal::terminal> terminal = wanted ? std::optional(own_terminal()) : std::nullopt;
    sshoal::process_options o = make_process_options(terminal);
    sshoal::process process = co_await start(c, connection, std::move(command), std::move(o));
    const bool with_terminal = process.has_terminal();
    if (wanted && !with_terminal) {
        say(verbosity::error, "PTY allocation request failed on channel 0");
        if (c.request_tty != terminal_wish::automatic)
            co_return 255; // the user has asked for a terminal explicitly
    }
    auto work = std::make_shared<session_work>(c, process, connection, std::move(forwards));
    const terminal_return at_end(work->raw);
    if (with_terminal && ::isatty(0) == 1) {
        work->escapes = escape_sequences(c.escape_char);
        work->raw.enter(process.get_executor());
        asio::co_spawn(process.get_executor(), follow_size(work, terminal->size), asio::detached);
    }
    asio::co_spawn(process.get_executor(), feed(work), asio::detached);
    auto both = drain(work, process.out(), work->out) && drain(work, process.err(), work->err);
    co_await std::move(both);
    std::optional<sshoal::exit_info> how;
    try {
        sshoal::exit_info end = co_await process.wait();
        how.emplace(std::move(end));
    } catch (const sshoal::error&) {
        if (!work->user_disconnects)
            throw;
    }
    work->raw.leave();
    if (wanted)
        say(verbosity::info, "Connection to " + c.host_name + " closed.");
    co_return how && !work->user_disconnects ? status_of(*how) : 255;
}

} // namespace programs
