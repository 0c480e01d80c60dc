#include "forward/session_service.hpp"

#include "forward/server_plan.hpp"
#include "forward/x11_doors.hpp"
#include "net/strand.hpp"
#include "os/socket_folder.hpp"
#include "wire/forwarding_requests.hpp"

#include <unistd.h>

namespace sshoal::forward {

void session_service::begin(const std::shared_ptr<session_service>& self)
{
    net::serve_sessions_with(self->client_, self);
}

outcome<net::session_grant> session_service::serve(const session_setup& asked)
{
    return asked.what == session_setup::kind::agent ? serve_agent() : serve_x11(asked);
}

// -- the agent ----------------------------------------------------------------------------------------------------------------

outcome<net::session_grant> session_service::serve_agent()
{
    if (!how_.agent())
        return failure(errc::request_refused, "the server forwards no agent");
    const std::shared_ptr<run> root = root_.lock();
    if (!root || !root->taking())
        return failure(errc::closed, "forwarding has ended");
    std::string socket;
    if (const std::shared_ptr<run> running = agent_.lock(); running && running->taking()) {
        socket = running->bound().path();
    } else {
        outcome<std::string> opened = open_agent(root);
        if (!opened)
            return failure(opened.error().code(), opened.error().message());
        socket = std::move(*opened);
    }
    net::session_grant g;
    g.env.emplace_back("SSH_AUTH_SOCK", std::move(socket));
    return g;
}

outcome<std::string> session_service::open_agent(const std::shared_ptr<run>& root)
{
    outcome<os::socket_folder> made = os::socket_folder::make();
    if (!made)
        return made.error();
    const auto folder = std::make_shared<const os::socket_folder>(std::move(*made));
    const std::optional<system_account>& owner = how_.owner();
    constexpr unsigned owner_only = 0600;
    listen_address at = listen_address::unix_socket(folder->socket()).socket_mode(owner_only);
    at.only_user(owner ? owner->user_id : ::geteuid());
    try {
        const std::vector<stream_acceptor> doors{stream_acceptor(client_.get_executor(), at)};
        if (owner)
            if (outcome<void> given = folder->give_to(owner->user_id, owner->group_id); !given)
                return given.error();
        plan p = server_plan(client_, how_, "agent", root);
        p.reach = [through = connection(client_)](endpoint, endpoint) {
            opening o{wire::msg::agent_channel, {}};
            return reach_by_channel(through, std::move(o), "agent");
        };
        const std::shared_ptr<run> r = run::make(std::move(p));
        r->take_from(doors);
        r->take_at(endpoint(r->bound()), [folder] {}); // the folder is removed with this function
        r->begun();
        agent_ = r;
        return folder->socket();
    } catch (const error& e) {
        return e.why();
    }
}

// -- X11 ----------------------------------------------------------------------------------------------------------------------

namespace {

/// The end of a session's channel ends its display for new connections.
struct display_of_session {
    explicit display_of_session(std::weak_ptr<run> r) noexcept : taking(std::move(r)) {}
    display_of_session(const display_of_session&) = delete;
    ~display_of_session()
    {
        if (const std::shared_ptr<run> r = taking.lock())
            net::dispatch_if_possible(r->strand(), [r] { r->drain(); });
    }
    const std::weak_ptr<run> taking;
};

awaitable<stream_outcome> only_one()
{
    co_return failure(make_error_code(open_failure::administratively_prohibited), "the display was for one connection only");
}

/// `one_left` is null if any number of connections may come.
reach_function through_x11_channel(connection through, std::shared_ptr<bool> one_left)
{
    return [through = std::move(through), one_left](endpoint, endpoint from) {
        if (one_left && !std::exchange(*one_left, false))
            return only_one();
        wire::msg::x11_open m;
        const std::string address = from.address();
        m.originator = address;
        m.originator_port = from.port();
        opening o{wire::msg::x11_open::name, wire::encoded(m)};
        return reach_by_channel(through, std::move(o), stream_name(through, from, endpoint()));
    };
}

} // namespace

outcome<net::session_grant> session_service::serve_x11(const session_setup& asked)
{
    const std::optional<x11_displays>& how = how_.x11();
    if (!how)
        return failure(errc::request_refused, "the server forwards no X11");
    const std::shared_ptr<run> root = root_.lock();
    if (!root || !root->taking())
        return failure(errc::closed, "forwarding has ended");
    if (::access(how->xauth().c_str(), X_OK) != 0)
        return failure(errc::file_error, "there is no program " + printable(how->xauth()) + ", which would keep the cookie");
    const outcome<x11_doors> doors = open_x11_doors(client_.get_executor(), *how);
    if (!doors)
        return failure(doors.error().code(), doors.error().message());
    plan p = server_plan(client_, how_, "x11", root);
    p.reach = through_x11_channel(client_, asked.single_connection ? std::make_shared<bool>(true) : nullptr);
    const std::shared_ptr<run> r = run::make(std::move(p));
    r->take_from(doors->sockets);
    r->begun();

    net::session_grant g;
    g.x11.emplace();
    g.x11->display = doors->host + ':' + std::to_string(doors->display) + '.' + std::to_string(asked.x11_screen);
    g.x11->for_xauth = how->localhost() ? "unix" + g.x11->display.substr(doors->host.size()) : g.x11->display;
    g.x11->protocol = asked.x11_protocol;
    g.x11->cookie = asked.x11_cookie;
    g.x11->xauth = how->xauth();
    g.env.emplace_back("DISPLAY", g.x11->display);
    g.kept = std::make_shared<display_of_session>(r);
    return g;
}

} // namespace sshoal::forward
