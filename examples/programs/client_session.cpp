#include "client_session.hpp"

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

#include <csignal>
#include <cstdlib>

extern "C" char** environ;

namespace programs {
namespace {

namespace asio = sshoal::asio;
using sshoal::awaitable;

constexpr std::size_t most_at_once = 64 * 1024;

sshoal::process_options make_process_options(const client_config& c, bool with_terminal)
{
    sshoal::process_options o;
    if (with_terminal) {
        sshoal::terminal t;
        if (const char* type = std::getenv("TERM"))
            t.type = type;
        t.take_from(0);
        o.optional_pty(t);
    }
    for (char** e = environ; *e != nullptr; ++e) {
        const std::string_view variable = *e;
        const auto equals = variable.find('=');
        if (equals != std::string_view::npos && matches_any(c.send_env, variable.substr(0, equals)))
            o.env(std::string(variable.substr(0, equals)), std::string(variable.substr(equals + 1)));
    }
    if (c.set_env)
        for (const auto& [name, value] : *c.set_env)
            o.env(name, value);
    return o;
}

struct session_work {
    session_work(const sshoal::process& p, const sshoal::connection& c)
        : process(p)
        , connection(c)
        , in(p.get_executor(), 0, true)
        , out(p.get_executor(), 1, false)
        , err(p.get_executor(), 2, false)
    {
    }
    sshoal::process process;
    sshoal::connection connection;
    standard_io in, out, err;
    bool nobody_listens = false;
};

awaitable<void> feed(std::shared_ptr<session_work> w)
{
    try {
        std::vector<std::byte> buffer(most_at_once);
        for (;;) {
            const std::size_t n = co_await standard_io::read_some(w->in, buffer);
            if (n == 0)
                break;
            co_await w->process.in().write(std::span<const std::byte>(buffer).first(n));
        }
        co_await w->process.in().send_eof();
    } catch (const sshoal::error&) {
        // The program needs no more input.
    }
}

/// Nobody reads our output any more: the program is to learn it as it would from a pipe. OpenSSH's servers have a request for it.
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

awaitable<void> follow_size(std::shared_ptr<session_work> w)
{
    // A change while this process is stopped is not told to it.
    asio::signal_set changed(w->process.get_executor(), SIGWINCH, SIGCONT);
    try {
        for (;;) {
            co_await changed.async_wait(asio::use_awaitable);
            sshoal::terminal now;
            now.take_from(0);
            co_await w->process.resize(now.size);
        }
    } catch (const std::exception&) {
        // The session is over.
    }
}

/// The user's terminal as long as every key goes to the other end.
class raw_terminal {
public:
    raw_terminal() = default;
    raw_terminal(const raw_terminal&) = delete;
    ~raw_terminal() { leave(); }
    void enter(const sshoal::executor& ex)
    {
        signals_ = std::make_shared<terminal_signals>(ex, terminal_signals::interrupt::ends);
        signals_->leave = [this] { before_.restore(); };
        signals_->come_back = [this] { before_.make_raw(); };
        signals_->start();
        before_.make_raw();
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
    std::shared_ptr<terminal_signals> signals_;
};

awaitable<sshoal::process> start(const client_config& c, sshoal::connection connection, std::string command,
                                 sshoal::process_options o)
{
    if (*c.session == session_kind::subsystem) {
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

bool wants_terminal(const client_config& c, const std::string& command)
{
    const bool have = ::isatty(0) == 1;
    bool wants = false;
    switch (*c.terminal) {
    case terminal_wish::force: return true;
    case terminal_wish::no: return false;
    case terminal_wish::yes: wants = true; break;
    case terminal_wish::automatic: wants = command.empty() && *c.session == session_kind::command; break;
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

awaitable<int> run_client_session(const client_config& c, sshoal::connection connection, std::string command)
{
    using namespace asio::experimental::awaitable_operators;
    if (*c.session == session_kind::none) {
        const sshoal::failure why = co_await connection.wait_closed();
        say(verbosity::info, "Connection to " + *c.host_name + " closed: " + why.code().message());
        co_return 255;
    }
    const bool wanted = wants_terminal(c, command);
    sshoal::process_options o = make_process_options(c, wanted);
    sshoal::process process = co_await start(c, connection, std::move(command), std::move(o));
    const bool with_terminal = process.has_terminal();
    if (wanted && !with_terminal) {
        say(verbosity::error, "PTY allocation request failed on channel 0");
        if (*c.terminal != terminal_wish::automatic)
            co_return 255; // it was asked for by name
    }
    auto work = std::make_shared<session_work>(process, connection);
    raw_terminal raw;
    if (with_terminal && ::isatty(0) == 1) {
        raw.enter(process.get_executor());
        asio::co_spawn(process.get_executor(), follow_size(work), asio::detached);
    }
    asio::co_spawn(process.get_executor(), feed(work), asio::detached);
    auto both = drain(work, process.out(), work->out) && drain(work, process.err(), work->err);
    co_await std::move(both);
    sshoal::exit_info how = co_await process.wait();
    raw.leave();
    if (wanted)
        say(verbosity::info, "Connection to " + *c.host_name + " closed.");
    co_return status_of(how);
}

} // namespace programs
