// The requests of a session for the client's agent and for X11 (RFC 4254 §6.3; OpenSSH's PROTOCOL.agent). The log-in's permissions
// decide first, then the application, then whoever serves them.
#include "server/server_state.hpp"
#include "wire/session_requests.hpp"

#include <algorithm>

namespace sshoal::server {

namespace msg = wire::msg;

namespace {

// Both become words of a line for xauth(1), which takes more characters for its own.
constexpr std::size_t longest_protocol = 64, longest_cookie = 512;

bool is_x11_protocol(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= longest_protocol && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool is_hexadecimal(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= longest_cookie && text.size() % 2 == 0
           && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

} // namespace

void session_state::take_service(const mux::incoming_request& r)
{
    const auto c = channel_.lock();
    if (!c)
        return;
    const std::uint64_t token = r.want_reply ? r.token : 0;
    session_setup asked(r.type == msg::agent_request ? session_setup::kind::agent : session_setup::kind::x11);
    refusal why = asked.what == session_setup::kind::agent ? read_agent(r.body) : read_x11(r.body, asked);
    const auto same = [&](const waiting_service& w) { return w.asked.what == asked.what; };
    const auto& served = services().served;
    const auto& waiting = services().waiting;
    if (why.empty() && (std::count(served.begin(), served.end(), asked.what) > 0 || std::any_of(waiting.begin(), waiting.end(), same)))
        why = "the session has it already";
    if (why.empty())
        why = ask(asked);
    if (why.empty() && static_cast<server_state&>(c->link()).awaits_services())
        services().waiting.push_back({std::move(asked), token});
    else
        answer_service(asked, token, why.empty() ? serve(asked) : why);
}

session_state::refusal session_state::read_x11(byte_view body, session_setup& into) const
{
    const auto m = msg::x11_req::decode(body);
    if (!m || phase_ != phase::preparing)
        return m ? "it comes behind the program's" : "it cannot be read";
    if (!allowed().x11)
        return "this log-in has no X11";
    if (!is_x11_protocol(m->protocol) || !is_hexadecimal(m->cookie))
        return "its cookie has characters that no cookie has";
    into.single_connection = m->single_connection;
    into.x11_protocol = m->protocol;
    into.x11_cookie = m->cookie;
    into.x11_screen = m->screen;
    return {};
}

session_state::refusal session_state::read_agent(byte_view body) const
{
    if (!msg::no_fields::decode(body) || phase_ != phase::preparing)
        return phase_ != phase::preparing ? "it comes behind the program's" : "it cannot be read";
    return allowed().agent ? "" : "this log-in has no agent";
}

session_state::refusal session_state::serve(const session_setup& asked)
{
    const auto c = channel_.lock();
    if (!c)
        return "the session has ended";
    auto& server = static_cast<server_state&>(c->link());
    const std::shared_ptr<net::session_services> by = server.services();
    if (!by) {
        const auto& about = settings_->get().asked_about; // an application that was asked serves it by itself
        return std::find(about.begin(), about.end(), asked.what) == about.end() ? "nothing serves it here" : "";
    }
    outcome<net::session_grant> given = by->serve(asked);
    if (!given)
        return given.error().context();
    service_requests& all = services();
    all.env.insert(all.env.end(), given->env.begin(), given->env.end());
    if (given->x11)
        all.x11 = std::make_shared<const session_x11>(std::move(*given->x11));
    if (given->kept)
        all.kept.push_back(std::move(given->kept));
    return {};
}

void session_state::serve_waiting()
{
    if (!services_)
        return;
    for (const waiting_service& w : std::exchange(services_->waiting, {}))
        answer_service(w.asked, w.token, serve(w.asked));
}

void session_state::answer_service(const session_setup& asked, std::uint64_t token, const refusal& why)
{
    const auto c = channel_.lock();
    if (!c || over_)
        return;
    if (why.empty())
        services().served.push_back(asked.what);
    else // some clients ask every time, so this is no warning
        c->link().log(log_level::debug,
                      not_granted(asked.what == session_setup::kind::agent ? msg::agent_request : msg::x11_req::name, why));
    if (token == 0 || !c->protocol())
        return;
    c->protocol()->reply(token, why.empty());
    c->link().kick();
}

void server_state::serve_sessions_with(std::weak_ptr<net::session_services> by)
{
    services_ = std::move(by);
    services_came_ = true;
    for (const session_channel& c : idle_)
        c.session->serve_waiting();
    for (const session_channel& c : undecided_)
        c.session->serve_waiting();
}

} // namespace sshoal::server

namespace sshoal::net {

void serve_sessions_with(const server_connection& of, std::weak_ptr<session_services> by)
{
    static_cast<server::server_state&>(*conn::state_of(of)).serve_sessions_with(std::move(by));
}

} // namespace sshoal::net
