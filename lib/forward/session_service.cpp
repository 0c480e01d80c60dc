#include "forward/session_service.hpp"

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
    if (asked.what == session_setup::kind::agent)
        return serve_agent();
    return failure(errc::not_supported, "nothing serves it here");
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
        plan p(client_);
        p.what = "agent";
        p.max_streams = how_.streams().max_streams();
        p.users = how_.per_user();
        p.user = client_.user();
        p.parent = root;
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

} // namespace sshoal::forward
