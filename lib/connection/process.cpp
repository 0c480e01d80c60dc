#include "sshoal/process.hpp"

#include "base/copy_on_write.hpp"
#include "net/crossing.hpp"
#include "connection/process_state.hpp"
#include "wire/session_requests.hpp"
#include "wire/terminal_modes.hpp"

#include <algorithm>
#include <list>

namespace sshoal {

using conn::channel_state;
using conn::connection_state;
using net::or_throw;

int exit_info::code() const noexcept
{
    constexpr int unknown = 255;
    return status && *status < unknown ? int(*status) : unknown;
}

std::string exit_info::describe() const
{
    if (status)
        return "exit status " + std::to_string(*status);
    if (!signal.empty())
        return (signal.find('@') == std::string::npos ? "killed by SIG" : "killed by signal ") + signal // the server's own name
               + (core_dumped ? " (core dumped)" : "");
    return "ended without saying how";
}

process_options::process_options() : impl_(std::make_shared<impl>()) {}
process_options::impl& process_options::edit() { return own_copy(impl_); }
process_options& process_options::env(std::string name, std::string value)
{
    edit().env.emplace_back(std::move(name), std::move(value));
    return *this;
}
process_options& process_options::pty(terminal t)
{
    impl& i = edit();
    i.pty = std::move(t);
    i.pty_is_optional = false;
    return *this;
}
process_options& process_options::optional_pty(terminal t)
{
    pty(std::move(t));
    edit().pty_is_optional = true;
    return *this;
}
process_options& process_options::merge_stderr(bool on)
{
    edit().merge_stderr = on;
    return *this;
}
process_options& process_options::discard_stderr(bool on)
{
    edit().discard_stderr = on;
    return *this;
}

process::process() noexcept = default;
process::process(channel c, std::shared_ptr<state> s) noexcept : channel_(std::move(c)), state_(std::move(s)) {}

bool process::state::take_request(const mux::incoming_request& r)
{
    if (r.type == wire::msg::exit_status::name) {
        if (const auto m = wire::msg::exit_status::decode(r.body); m && !exit_known) {
            exit.status = m->status;
            exit_known = true;
        }
        return !r.want_reply;
    }
    if (r.type == wire::msg::exit_signal::name) {
        if (const auto m = wire::msg::exit_signal::decode(r.body); m && !exit_known) {
            exit.signal = printable(m->signal_name, 64);
            exit.core_dumped = m->core_dumped;
            exit.message = printable(m->message, 1024);
            exit_known = true;
        }
        return !r.want_reply;
    }
    return false;
}

const exit_info& process::exit() const noexcept
{
    static const exit_info none;
    return state_ ? state_->exit : none;
}
bool process::has_terminal() const noexcept { return state_ && state_->has_terminal; }
spawn_handler end_of_spawned(const process& at) { return end_of_spawned(at.channel_); }

namespace {

awaitable<outcome<exit_info>> wait_for_exit(std::shared_ptr<channel_state> c, std::shared_ptr<process::state> s)
{
    outcome<void> closed = co_await channel_state::wait_closed(c);
    if (!closed)
        co_return closed.error();
    if (failure f = c->why_closed(); f && f.code() != errc::channel_closed && !s->exit_known)
        co_return f;
    co_return s->exit;
}

/// Returns: whether the name has letters and digits as in RFC 4254 §6.10, or is a local name with its domain (§6.9, RFC 4250
/// §4.6.1).
bool is_signal_name(std::string_view name)
{
    const std::size_t at = name.find('@');
    const auto plain = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    const auto printing = [](char c) { return c > ' ' && c < 0x7f && c != ','; };
    if (at == std::string_view::npos)
        return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), plain);
    return at > 0 && at + 1 < name.size() && name.size() <= 64 && std::all_of(name.begin(), name.end(), printing);
}

template <class M>
std::vector<std::byte> body_of(const M& m)
{
    return wire::encoded(m);
}

} // namespace

awaitable<exit_info> process::wait()
{
    return net::or_throw(get_executor(), wait_for_exit(state_ ? conn::state_of(channel_) : nullptr, state_));
}
awaitable<exit_info> process::wait_exit()
{
    return net::or_throw(get_executor(), conn::operations::wait_exit(state_ ? conn::state_of(channel_) : nullptr, state_));
}
awaitable<exit_info> process::terminate(std::chrono::milliseconds grace)
{
    return net::or_throw(get_executor(), conn::operations::terminate(state_ ? conn::state_of(channel_) : nullptr, state_, grace));
}

awaitable<void> process::signal(std::string name)
{
    if (name.starts_with("SIG"))
        name.erase(0, 3);
    if (!is_signal_name(name))
        throw error(
            failure(errc::invalid_argument, "\"" + printable(name, 64) + "\" is no name of a signal; \"TERM\" would be one"));
    wire::msg::signal m;
    m.signal_name = name;
    return channel_.notify("signal", body_of(m));
}

awaitable<void> process::resize(terminal_size to)
{
    wire::msg::window_change m;
    m.columns = to.columns;
    m.rows = to.rows;
    m.width_px = to.width_pixels;
    m.height_px = to.height_pixels;
    return channel_.notify("window-change", body_of(m));
}

awaitable<bool> process::send_break(std::chrono::milliseconds length)
{
    wire::msg::break_request m;
    m.milliseconds = std::uint32_t(length.count());
    return channel_.request("break", body_of(m));
}

namespace conn::operations {
namespace {

std::vector<std::byte> pty_body(const terminal& t)
{
    wire::terminal_modes modes;
    for (const auto& [opcode, value] : t.modes)
        modes.modes.push_back({opcode, value});
    const bytes encoded_modes = wire::encoded(modes);
    wire::msg::pty_req m;
    m.term = t.type;
    m.columns = t.size.columns;
    m.rows = t.size.rows;
    m.width_px = t.size.width_pixels;
    m.height_px = t.size.height_pixels;
    m.modes = encoded_modes;
    return body_of(m);
}

/// No program gets a NUL in its command or environment, and OpenSSH's server ends the whole connection for one.
failure check_for_nul(std::string_view type, const std::string& what, const process_options::impl& o)
{
    const auto has_nul = [](std::string_view text) { return text.find('\0') != std::string_view::npos; };
    const auto found = [](const std::string& where, std::string_view text) {
        return failure(errc::invalid_argument, where + " \"" + printable(text) + "\" has a NUL in it; nothing was sent");
    };
    if (has_nul(what))
        return found(type == "exec" ? "the command" : "the subsystem", what);
    for (const auto& [name, value] : o.env) {
        if (has_nul(name))
            return found("the variable", name);
        if (has_nul(value))
            return found("the value of the variable " + printable(name, 64) + ",", value);
    }
    return {};
}

std::vector<std::byte> program_body(std::string_view type, const std::string& what)
{
    if (type == "shell")
        return {};
    wire::msg::exec m; // the message for a subsystem has the same fields
    m.command = what;
    return body_of(m);
}

/// Returns: the variables of a program: those of the connection first, unless the program has its own value.
connection_state::variables variables_for(const process_options::impl& o, const connection_state::variables& of_all)
{
    connection_state::variables all;
    for (const auto& v : of_all)
        if (std::none_of(o.env.begin(), o.env.end(), [&](const auto& own) { return own.first == v.first; }))
            all.push_back(v);
    all.insert(all.end(), o.env.begin(), o.env.end());
    return all;
}

/// A request beside that for the program, whose reply comes before that one's.
struct extra_request {
    extra_request(std::shared_ptr<const net::session_extra> e, parking::ready_list& r) : extra(std::move(e)), reply(r) {}
    failure begin(channel_state& c)
    {
        if (extra->refused)
            return c.begin_request(reply, extra->type, extra->body);
        const outcome<void> sent = c.protocol()->request(extra->type, false, extra->body, 0);
        return sent ? failure() : sent.error();
    }
    void tell() const
    {
        if (reply.answered && !reply.success)
            extra->refused();
    }
    const std::shared_ptr<const net::session_extra> extra;
    connection_state::reply_wait reply;
};

/// Returns: the failure of a start whose request has been sent. A start that was cancelled ends the program.
failure not_started(channel_state& c, const failure& why)
{
    if (why.code() != asio::error::operation_aborted)
        return why;
    send_signal(c, "TERM");
    return why.with_context("the server had not answered the request for the program; SIGTERM was sent after the request, and "
                            "the channel was closed");
}

} // namespace

awaitable<outcome<process>> start(std::shared_ptr<connection_handle> c, std::string_view type, std::string what,
                                  process_options options)
{
    if (failure f = check_for_nul(type, what, options.get()))
        co_return f;
    outcome<channel> opened = co_await open_channel(c, "session", {});
    if (!opened)
        co_return opened.error().code() == asio::error::operation_aborted
            ? opened.error().with_context("the program had not been asked for, and does not run")
            : opened.error();
    channel ch = std::move(*opened);
    const std::shared_ptr<channel_state> state = conn::state_of(ch);
    auto exit = std::make_shared<process::state>();
    state->set_sink(exit);
    const process_options::impl& o = options.get();
    if (o.merge_stderr)
        state->protocol()->merge_error_stream();
    else if (o.discard_stderr)
        state->protocol()->discard(mux::stream::error);

    // All requests are sent at once; the answers come in order.
    for (const auto& [name, value] : variables_for(o, c->state->environment())) {
        wire::msg::env m;
        m.variable = name;
        m.value = value;
        if (outcome<void> sent = state->protocol()->request("env", false, body_of(m), 0); !sent)
            co_return sent.error();
    }
    std::list<extra_request> extras;
    for (const auto& weak : c->state->session_extras)
        if (auto extra = weak.lock())
            if (failure f = extras.emplace_back(std::move(extra), c->state->ready()).begin(*state))
                co_return f;
    connection_state::reply_wait pty_reply(c->state->ready());
    connection_state::reply_wait program_reply(c->state->ready());
    pty_reply.implied = program_reply.implied = true;
    if (o.pty)
        if (failure f = state->begin_request(pty_reply, "pty-req", pty_body(*o.pty)))
            co_return f;
    if (failure f = state->begin_request(program_reply, type, program_body(type, what)))
        co_return f;
    if (o.pty) {
        outcome<bool> granted = co_await channel_state::finish_request(state, pty_reply);
        if (!granted)
            co_return not_started(*state, granted.error());
        if (!*granted && !o.pty_is_optional)
            co_return failure(errc::request_refused, "pty-req");
        exit->has_terminal = *granted;
        if (*granted)
            state->protocol()->set_terminal();
    }
    outcome<bool> granted = co_await channel_state::finish_request(state, program_reply);
    if (!granted)
        co_return not_started(*state, granted.error());
    for (const extra_request& e : extras)
        e.tell();
    if (!*granted)
        co_return failure(errc::request_refused, std::string(type) + (what.empty() ? "" : " \"" + printable(what) + "\""));
    co_return process(std::move(ch), std::move(exit));
}

} // namespace conn::operations
} // namespace sshoal
