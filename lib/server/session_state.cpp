#include "server/session_state.hpp"

#include "server/program_plan.hpp"
#include "server/server_state.hpp"
#include "server/session_text.hpp"
#include "net/crossing.hpp"
#include "wire/session_requests.hpp"

#include <algorithm>

namespace sshoal::server {

namespace msg = wire::msg;
using conn::channel_state;

namespace {

constexpr std::size_t most_events = 64;
constexpr std::size_t longest_signal_name = 64;

} // namespace

std::string not_granted(std::string_view request, const std::string& why)
{
    return "session request \"" + printable(request, 64) + "\" not granted" + (why.empty() ? "" : ": " + why);
}

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
    } else if (r.type == msg::x11_req::name || r.type == msg::agent_request) {
        take_service(r);
        return true;
    } else if (is_program) {
        const auto what = r.type == "shell"           ? session_request::kind::shell
                          : r.type == msg::exec::name ? session_request::kind::exec
                                                      : session_request::kind::subsystem;
        why = take_program(what, r);
        if (why.empty())
            return true; // the answer follows when the application has decided
    } else if (r.type == msg::window_change::name)
        granted = take_window_change(r.body);
    else if (r.type == msg::signal::name)
        granted = take_signal(r.body);
    else if (r.type == msg::break_request::name)
        granted = take_break(r.body);
    else if (r.type == msg::xon_xoff::name)
        granted = take_xon_xoff(r.body);
    else if (r.type != "eow@openssh.com")
        return false;
    if (r.type == msg::env::name || r.type == msg::pty_req::name)
        granted = why.empty();
    // Clients send many variables that no server takes, so one line in the log is enough.
    const bool known = r.type == msg::env::name && std::exchange(env_refused_, env_refused_ || !granted);
    if (!granted && !why.empty() && !known)
        log_refusal(r.type, why);
    else if (!granted)
        c->link().log(log_level::debug, not_granted(r.type, why));
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
    if (services_)
        services_->kept.clear();
    if (const auto c = channel_.lock())
        static_cast<server_state&>(c->link()).session_over();
}

// -- the program -------------------------------------------------------------------------------------------------------------

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

void session_state::describe(session_request& q)
{
    serve_waiting(); // nobody has come to serve these requests, and the program begins
    const permissions& p = allowed();
    q.what = what_;
    q.command = command_;
    q.pty = pty_;
    q.env = env_;
    for (const auto& [name, value] : p.environment)
        set_variable(q.env, name, value);
    if (services_) {
        q.x11 = services_->x11;
        for (const auto& [name, value] : services_->env)
            set_variable(q.env, name, value);
    }
    if (p.command) {
        q.what = session_request::kind::exec;
        q.forced = true;
        q.original_command = std::exchange(q.command, *p.command);
    }
}

void session_state::accept(conn::channel_state& c)
{
    phase_ = phase::running;
    if (c.protocol())
        c.protocol()->set_purpose(what_ == session_request::kind::exec    ? "session:command"
                                  : what_ == session_request::kind::shell ? "session:shell"
                                                                          : "session:subsystem:" + command_);
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
    events_.push(std::move(e));
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
        return true; // the application sees only the new size
    for (std::size_t i = 0; i < events_.size(); ++i) {
        if (events_[i].what == session_event::kind::window_change) {
            events_[i].size = pty_->size;
            return true;
        }
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
            std::optional<session_event> e(self->events_.pop());
            co_return std::move(e);
        }
        if (c->peer_has_closed())
            co_return std::optional<session_event>();
        const parking::wake w = co_await self->event_arrived_.wait();
        if (w == parking::wake::cancelled) {
            if (!self->events_.empty())
                self->event_arrived_.wake_one(); // the wake-up may have been meant for this coroutine
            co_return net::aborted();
        }
    }
}

// -- the end of the program ---------------------------------------------------------------------------------------------------

void session_state::finish(conn::channel_state& c, std::string_view type, byte_view body)
{
    if (std::exchange(exited_, true) || c.is_over())
        return;
    // A message that cannot be sent any more has no reader.
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
