#include "server/session_state.hpp"

#include "base/wildcard.hpp"
#include "server/server_state.hpp"
#include "net/crossing.hpp"
#include "wire/session_requests.hpp"
#include "wire/terminal_modes.hpp"

#include <algorithm>

namespace sshoal::server {

namespace msg = wire::msg;
using conn::channel_state;

namespace {

constexpr std::size_t most_events = 64;
constexpr std::size_t longest_env_name = 256;
constexpr std::size_t most_env_bytes = 256 * 1024; // all names and values of a session
constexpr std::size_t longest_terminal_type = 200;
constexpr std::size_t longest_signal_name = 64;
constexpr std::uint32_t largest_terminal = 65'535; // what a terminal of the operating system can be told

bool has_nul(std::string_view text) noexcept { return text.find('\0') != std::string_view::npos; }

bool is_graphic(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Variables that make the dynamic linker load code: no pattern lets them in, only their full names.
bool is_for_the_linker(std::string_view name) noexcept { return name.starts_with("LD_") || name.starts_with("DYLD_"); }

template <class M>
terminal_size size_of(const M& m)
{
    terminal_size s;
    s.columns = std::min(m.columns, largest_terminal);
    s.rows = std::min(m.rows, largest_terminal);
    s.width_pixels = std::min(m.width_px, largest_terminal);
    s.height_pixels = std::min(m.height_px, largest_terminal);
    return s;
}

} // namespace

session_state::session_state(std::shared_ptr<const server_settings> settings, const std::shared_ptr<conn::channel_state>& channel)
    : settings_(std::move(settings)), channel_(channel), event_arrived_(channel->link().ready())
{
}

session_state::~session_state() = default;

bool session_state::take_request(const mux::incoming_request& r)
{
    const auto c = channel_.lock();
    if (!c)
        return false;
    std::string why;
    bool granted = false;
    const bool is_program = r.type == "shell" || r.type == msg::exec::name || r.type == msg::subsystem::name;
    if (r.type == msg::env::name) {
        why = take_env(r.body);
    } else if (r.type == msg::pty_req::name) {
        why = take_pty(r.body);
    } else if (is_program) {
        const auto what = r.type == "shell"           ? session_request::kind::shell
                          : r.type == msg::exec::name ? session_request::kind::exec
                                                      : session_request::kind::subsystem;
        why = take_program(what, r);
        if (why.empty())
            return true; // answered when the application has decided
    } else if (r.type == msg::window_change::name)
        granted = take_window_change(r.body);
    else if (r.type == msg::signal::name)
        granted = take_signal(r.body);
    else if (r.type == msg::break_request::name)
        granted = take_break(r.body);
    else if (r.type == msg::xon_xoff::name)
        granted = take_xon_xoff(r.body);
    else if (r.type != msg::x11_req::name && r.type != "auth-agent-req@openssh.com" && r.type != "eow@openssh.com")
        return false;
    if (r.type == msg::env::name || r.type == msg::pty_req::name)
        granted = why.empty();
    // Clients send many variables that no server takes: one line says enough.
    const bool known = r.type == msg::env::name && std::exchange(env_refused_, env_refused_ || !granted);
    if (!granted && !why.empty() && !known)
        log_refusal(r.type, why);
    else if (!granted)
        c->link().log(log_level::debug, "session request \"" + printable(r.type, 64) + "\" not granted"
                                            + (why.empty() ? "" : ": " + why));
    if (r.want_reply)
        c->protocol()->reply(r.token, granted);
    return true;
}

void session_state::log_refusal(std::string_view request, const std::string& why)
{
    constexpr unsigned most = 8;
    const auto c = channel_.lock();
    if (!c || refusals_logged_ > most)
        return;
    if (refusals_logged_++ < most)
        c->link().log(log_level::warning, "session request \"" + printable(request, 64) + "\" refused: " + why);
    else
        c->link().log(log_level::warning, "further refusals on this channel are not told");
}

void session_state::channel_over()
{
    if (std::exchange(over_, true))
        return;
    event_arrived_.wake_all();
    if (const auto c = channel_.lock())
        static_cast<server_state&>(c->link()).session_over();
}

// -- before the program -------------------------------------------------------------------------------------------------------

bool session_state::may_set(std::string_view name) const
{
    if (name.empty() || name.size() > longest_env_name || has_nul(name) || name.find('=') != std::string_view::npos)
        return false;
    const bool by_full_name = is_for_the_linker(name);
    const auto& patterns = settings_->get().accept_env;
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& p) {
        return by_full_name ? p == name : matches_wildcard(p, name);
    });
}

session_state::refusal session_state::ask(session_setup s) const
{
    const setup_function& permit = settings_->get().permit_setup;
    const auto c = channel_.lock();
    if (!permit || !c)
        return {};
    s.user = c->link().core().server_log_in().user;
    return permit(s);
}

session_state::refusal session_state::take_env(byte_view body)
{
    const auto m = msg::env::decode(body);
    if (!m || phase_ != phase::preparing)
        return m ? "it comes behind the program's" : "it cannot be read";
    const std::string shown = '"' + printable(m->variable, 64) + '"';
    if (!may_set(m->variable))
        return shown + " is not among the names that accept_env() lets a client set";
    if (has_nul(m->value))
        return "there is a NUL in the value of " + shown;
    const auto it = std::find_if(env_.begin(), env_.end(), [&](const auto& e) { return e.first == m->variable; });
    const std::size_t before = it == env_.end() ? 0 : it->first.size() + it->second.size();
    const std::size_t after = env_bytes_ - before + m->variable.size() + m->value.size();
    if (after > most_env_bytes)
        return "with " + shown + " the variables of this session have more than " + std::to_string(most_env_bytes) + " bytes";
    if (it == env_.end() && env_.size() >= settings_->get().max_env)
        return shown + " is one more than max_env(), which is " + std::to_string(settings_->get().max_env);
    session_setup s;
    s.what = session_setup::kind::variable;
    s.name = m->variable;
    s.value = m->value;
    if (refusal why = ask(std::move(s)); !why.empty())
        return why;
    env_bytes_ = after;
    if (it == env_.end())
        env_.emplace_back(m->variable, m->value);
    else
        it->second = m->value;
    return {};
}

session_state::refusal session_state::take_pty(byte_view body)
{
    const auto m = msg::pty_req::decode(body);
    if (!m || m->term.size() > longest_terminal_type || !is_graphic(m->term))
        return "it cannot be read";
    const auto modes = wire::terminal_modes::decode(m->modes);
    if (!modes)
        return "its modes cannot be read";
    if (phase_ != phase::preparing || pty_)
        return pty_ ? "there is a terminal already" : "it comes behind the program's";
    terminal t{std::string(m->term), size_of(*m)};
    for (const auto& mode : modes->modes)
        t.modes.emplace_back(mode.opcode, mode.value);
    session_setup s;
    s.pty = t;
    if (refusal why = ask(std::move(s)); !why.empty())
        return why;
    pty_ = std::move(t);
    if (const auto c = channel_.lock())
        c->protocol()->set_terminal();
    return {};
}

session_state::refusal session_state::take_program(session_request::kind what, const mux::incoming_request& r)
{
    if (phase_ != phase::preparing || over_)
        return "a program has been asked for already";
    std::string_view text;
    if (what == session_request::kind::shell) {
        if (!msg::no_fields::decode(r.body))
            return "it cannot be read";
    } else if (what == session_request::kind::exec) {
        const auto m = msg::exec::decode(r.body);
        if (!m)
            return "it cannot be read";
        text = m->command;
    } else {
        const auto m = msg::subsystem::decode(r.body);
        if (!m || m->subsystem_name.empty())
            return m ? "it names none" : "it cannot be read";
        text = m->subsystem_name;
    }
    if (text.size() > settings_->get().max_command)
        return std::to_string(text.size()) + " bytes are more than max_command(), which is "
               + std::to_string(settings_->get().max_command);
    if (has_nul(text))
        return "there is a NUL in it";
    const auto c = channel_.lock();
    auto& server = static_cast<server_state&>(c->link());
    what_ = what;
    command_ = text;
    reply_token_ = r.want_reply ? r.token : 0;
    phase_ = phase::undecided;
    if (!server.program_wanted(session_channel{c, nullptr})) {
        phase_ = phase::preparing;
        return "too many requests wait for a decision";
    }
    return {};
}

void session_state::describe(session_request& q) const
{
    q.what = what_;
    q.command = command_;
    q.pty = pty_;
    q.env = env_;
}

void session_state::accept(conn::channel_state& c)
{
    phase_ = phase::running;
    env_.clear();
    env_.shrink_to_fit();
    command_ = std::string();
    if (reply_token_ != 0 && c.protocol()) {
        c.protocol()->reply(reply_token_, true);
        c.link().kick();
    }
}

void session_state::refuse(conn::channel_state& c)
{
    phase_ = phase::preparing;
    events_.clear();
    if (reply_token_ != 0 && c.protocol()) {
        c.protocol()->reply(reply_token_, false);
        c.link().kick();
    }
}

// -- beside the program -------------------------------------------------------------------------------------------------------

bool session_state::add(session_event e)
{
    if (phase_ == phase::preparing || events_.size() >= most_events)
        return false;
    events_.push_back(std::move(e));
    event_arrived_.wake_one();
    return true;
}

bool session_state::take_window_change(byte_view body)
{
    const auto m = msg::window_change::decode(body);
    if (!m || !pty_)
        return false;
    pty_->size = size_of(*m);
    if (phase_ == phase::preparing)
        return true; // the application will see no other size
    const auto it = std::find_if(events_.begin(), events_.end(),
                                 [](const session_event& e) { return e.what == session_event::kind::window_change; });
    if (it != events_.end()) {
        it->size = pty_->size;
        return true;
    }
    session_event e;
    e.what = session_event::kind::window_change;
    e.size = pty_->size;
    return add(std::move(e));
}

bool session_state::take_signal(byte_view body)
{
    const auto m = msg::signal::decode(body);
    if (!m || m->signal_name.empty() || m->signal_name.size() > longest_signal_name || !is_graphic(m->signal_name))
        return false;
    session_event e;
    e.what = session_event::kind::signal;
    e.signal = m->signal_name;
    return add(std::move(e));
}

bool session_state::take_break(byte_view body)
{
    const auto m = msg::break_request::decode(body);
    if (!m)
        return false;
    session_event e;
    e.what = session_event::kind::send_break;
    e.length = std::chrono::milliseconds(m->milliseconds);
    return add(std::move(e));
}

bool session_state::take_xon_xoff(byte_view body)
{
    const auto m = msg::xon_xoff::decode(body);
    if (!m)
        return false;
    session_event e;
    e.what = session_event::kind::xon_xoff;
    e.client_can_do = m->client_can_do;
    return add(std::move(e));
}

awaitable<outcome<std::optional<session_event>>> session_state::next_event(std::shared_ptr<conn::channel_state> c,
                                                                           std::shared_ptr<session_state> self)
{
    for (;;) {
        if (!self->events_.empty()) {
            std::optional<session_event> e(std::move(self->events_.front()));
            self->events_.pop_front();
            co_return std::move(e);
        }
        if (c->peer_has_closed())
            co_return std::optional<session_event>();
        const parking::wake w = co_await self->event_arrived_.wait();
        if (w == parking::wake::cancelled) {
            if (!self->events_.empty())
                self->event_arrived_.wake_one(); // it may have been meant for this one
            co_return net::aborted();
        }
    }
}

// -- the end of the program ---------------------------------------------------------------------------------------------------

void session_state::finish(conn::channel_state& c, std::string_view type, byte_view body)
{
    if (std::exchange(exited_, true) || c.is_over())
        return;
    // Whatever cannot be sent any more has nobody to read it.
    (void)c.protocol()->request(type, false, body, 0);
    c.close();
}

awaitable<outcome<void>> session_state::exit(std::shared_ptr<conn::channel_state> c, std::shared_ptr<session_state> self,
                                             std::uint32_t status)
{
    msg::exit_status m;
    m.status = status;
    self->finish(*c, msg::exit_status::name, wire::encoded(m));
    co_return outcome<void>();
}

awaitable<outcome<void>> session_state::exit_signal(std::shared_ptr<conn::channel_state> c, std::shared_ptr<session_state> self,
                                                    std::string name, bool core_dumped, std::string message)
{
    msg::exit_signal m;
    m.signal_name = name;
    m.core_dumped = core_dumped;
    m.message = message;
    self->finish(*c, msg::exit_signal::name, wire::encoded(m));
    co_return outcome<void>();
}

} // namespace sshoal::server
