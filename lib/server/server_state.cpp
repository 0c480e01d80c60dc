#include "server/server_state.hpp"

#include "base/access.hpp"
#include "net/crossing.hpp"
#include "wire/forwarding_requests.hpp"

#include <boost/asio/detached.hpp>

#include <algorithm>

namespace sshoal::server {

using net::aborted;
using conn::channel_state;
using conn::connection_handle;
using parking::wake;

namespace {
constexpr std::string_view no_more_sessions = "no-more-sessions@openssh.com";
}

server_state::server_state(executor strand, std::unique_ptr<byte_stream> stream, std::shared_ptr<const server_settings> settings,
                           std::shared_ptr<connection_watch> watch)
    : conn::connection_state(std::move(strand), std::move(stream),
                             std::shared_ptr<const engine::settings>(settings, &settings->engine), settings->get().outlets.sink,
                             settings->get().work, settings->get().declared)
    , settings_(std::move(settings))
    , watch_(std::move(watch))
    , login_done_(ready())
    , session_arrived_(ready())
{
}

server_state::~server_state() = default;

awaitable<outcome<server_connection>> server_state::serve(executor strand, std::unique_ptr<byte_stream> stream,
                                                          std::shared_ptr<const server_settings> settings)
{
    auto state = std::make_shared<server_state>(std::move(strand), std::move(stream), std::move(settings));
    auto handle = std::make_shared<conn::connection_handle>(state);
    state->start();
    outcome<void> in = co_await logged_in(state);
    if (!in)
        co_return in.error();
    co_return detail::access::make<server_connection>(std::move(handle));
}

awaitable<outcome<void>> server_state::logged_in(std::shared_ptr<server_state> self)
{
    while (!self->core().authenticated() && !self->ended()) {
        const parking::wake w = co_await self->login_done_.wait(asio::cancellation_type::terminal);
        if (w == parking::wake::cancelled && !self->core().authenticated() && !self->ended()) {
            self->driver().disconnect(disconnect_reason::by_application, "");
            co_return net::aborted();
        }
    }
    if (self->ended())
        co_return self->why();
    co_return outcome<void>();
}

void server_state::add_info(connection_info& i)
{
    i.user = core().server_log_in().user;
    i.auth_methods = core().server_log_in().methods;
}

void server_state::on_authenticated()
{
    const auth::server_success& s = core().server_log_in();
    if (s.allowed.size() == 1) {
        allowed_ = s.allowed.front();
    } else if (!s.allowed.empty()) {
        permissions all = *s.allowed.front();
        for (const auto& step : s.allowed)
            all.narrow(*step);
        allowed_ = std::make_shared<const permissions>(std::move(all));
    }
    if (allowed().idle)
        core().set_idle_limits(*allowed().idle);
    if (allowed().rekey)
        core().set_rekey_limits(*allowed().rekey);
    if (allowed().log)
        change_sink(settings_->get().outlets.sink_at(*allowed().log));
    login_done_.wake_all();
    if (watch_)
        watch_->logged_in(self());
}

const permissions& server_state::allowed() const noexcept
{
    static const permissions everything;
    return allowed_ ? *allowed_ : everything;
}

const std::any& server_state::application_data() const noexcept
{
    return const_cast<server_state*>(this)->core().server_log_in().data;
}

void server_state::ended_hook(const failure& why)
{
    if (const auto& a = settings_->get().authenticator; a && !core().authenticated())
        a->log_in_failed(last_user_, driver().remote(), why);
    if (watch_ && !core().authenticated())
        watch_->not_logged_in(why.code() == errc::timed_out ? login_end::timed_out : end_);
    login_done_.wake_all();
    session_arrived_.wake_all();
    const auto idle = std::exchange(idle_, {});
    const auto undecided = std::exchange(undecided_, {});
    watch_.reset();
}

// -- sessions -----------------------------------------------------------------------------------------------------------------

bool server_state::take_open(const mux::incoming_open& o)
{
    if (o.type != conn::session_type) {
        const std::string why = forwarding_objection(o.type, o.body);
        if (why.empty())
            return false;
        log(log_level::warning, "refused a channel of type \"" + printable(o.type, 64) + "\": " + why);
        mux().refuse(o.token, open_failure::administratively_prohibited, "open failed");
        return true;
    }
    forget_dead_sessions();
    const std::string why = allowed().sessions ? session_state::ask(*this, session_setup(session_setup::kind::session))
                                               : "this log-in has none";
    if (!why.empty()) {
        log(log_level::warning, "refused a session: " + why);
        mux().refuse(o.token, open_failure::administratively_prohibited, "open failed");
        return true;
    }
    if (no_more_sessions_) {
        mux().refuse(o.token, open_failure::administratively_prohibited, "the client has said that it opens no more sessions");
        return true;
    }
    if (const std::size_t most = allowed().max_sessions.value_or(settings_->get().max_sessions); open_sessions_ >= most) {
        log(log_level::warning,
            "refused a session: " + std::to_string(open_sessions_) + " are open, and max_sessions() is " + std::to_string(most));
        mux().refuse(o.token, open_failure::resource_shortage, "open failed");
        return true;
    }
    session_channel made;
    made.channel = std::make_shared<conn::channel_state>(shared_from_this());
    made.session = std::make_shared<session_state>(settings_, made.channel);
    made.channel->set_sink(made.session);
    std::shared_ptr<mux::channel> opened = mux().accept(o.token, *made.channel, {});
    if (!opened)
        return true;
    made.channel->attach(std::move(opened));
    ++open_sessions_;
    idle_.push_back(std::move(made));
    kick();
    return true;
}

bool server_state::take_global_request(const mux::incoming_global_request& r)
{
    if (r.name != no_more_sessions) {
        const std::string why = forwarding_objection(r.name, r.body);
        if (why.empty())
            return false;
        log(log_level::warning, "refused \"" + printable(r.name, 64) + "\": " + why);
        if (r.want_reply)
            mux().reply_global(r.token, false);
        return true;
    }
    no_more_sessions_ = true;
    if (r.want_reply)
        mux().reply_global(r.token, true);
    return true;
}

std::string server_state::forwarding_objection(std::string_view name, byte_view body) const
{
    namespace msg = wire::msg;
    const permissions& p = allowed();
    const auto place = [](std::string_view host, std::uint32_t port) {
        return printable(host, 256) + " port " + std::to_string(port) + " is not permitted";
    };
    if (name == msg::direct_tcpip::name) {
        const auto m = msg::direct_tcpip::decode(body);
        return m && !p.may_open(m->host, m->port) ? place(m->host, m->port) : std::string();
    }
    if (name == msg::tcpip_forward::name) {
        const auto m = msg::tcpip_forward::decode(body);
        return m && !p.may_listen(m->address, m->port) ? place(m->address, m->port) : std::string();
    }
    const bool is_socket = name == msg::direct_streamlocal::name || name == msg::streamlocal_forward::name;
    return is_socket && !p.port_forwarding ? "forwarding is not permitted" : std::string();
}

bool server_state::has_own(conn::arrivals::kind what, std::string_view name) const
{
    return what == conn::arrivals::kind::channels ? name == conn::session_type : name == no_more_sessions;
}

void server_state::forget_dead_sessions()
{
    const auto dead = [](const session_channel& s) { return s.channel->is_over(); };
    std::erase_if(idle_, dead);
    std::erase_if(undecided_, dead);
}

bool server_state::program_wanted(session_channel c)
{
    if (undecided_.size() >= settings_->get().limits.max_undecided_opens)
        return false;
    const auto it = std::find_if(idle_.begin(), idle_.end(), [&](const session_channel& s) { return s.channel == c.channel; });
    if (it == idle_.end())
        return false;
    undecided_.push_back(std::move(*it));
    idle_.erase(it);
    session_arrived_.wake_one();
    return true;
}

void server_state::program_refused(session_channel c)
{
    if (!ended() && !c.channel->is_over())
        idle_.push_back(std::move(c));
}

awaitable<outcome<std::unique_ptr<session_request>>> server_state::next_session(std::shared_ptr<conn::connection_handle> c)
{
    auto& self = static_cast<server_state&>(*c->state);
    for (;;) {
        self.forget_dead_sessions();
        if (self.ended())
            co_return std::unique_ptr<session_request>();
        if (!self.undecided_.empty()) {
            auto q = std::make_unique<session_request>();
            self.undecided_.front().session->describe(*q);
            detail::access::self(*q) = std::make_shared<server::undecided_session>(std::move(self.undecided_.front()), c);
            self.undecided_.erase(self.undecided_.begin());
            co_return std::move(q);
        }
        const parking::wake w = co_await self.session_arrived_.wait();
        if (w == parking::wake::cancelled) {
            if (!self.undecided_.empty())
                self.session_arrived_.wake_one(); // the wake-up may have been meant for this coroutine
            co_return net::aborted();
        }
    }
}

} // namespace sshoal::server
