// service.hpp - what a server's end of a connection forwards: the questions that are asked before, and the listeners.
#pragma once

#include "forward/run.hpp"
#include "forward/session_service.hpp"
#include "forward/user_limits.hpp"

namespace sshoal::forward {

/// All members are called on the connection's strand. The loops and the streams of the connection hold the object.
class service : public std::enable_shared_from_this<service> {
public:
    service(server_connection c, serve_options o) : client_(std::move(c)), how_(std::move(o)) {}

    /// Makes the run for streams to targets, to which listeners are added. Errors (thrown): those of the acceptors.
    std::shared_ptr<run> begin();

private:
    static awaitable<stream_outcome> reach_if_allowed(std::shared_ptr<service> self, endpoint target, endpoint originator);
    static awaitable<failure> ask(std::shared_ptr<service> self, question q);
    static awaitable<void> answer_listen(std::shared_ptr<service> self, incoming_request r);
    static awaitable<void> answer_cancel(std::shared_ptr<service> self, incoming_request r);
    static awaitable<outcome<std::uint16_t>> open_listener(std::shared_ptr<service> self, endpoint at);
    awaitable<stream_outcome> reach(endpoint target, endpoint originator);
    failure objection(const question& q) const;
    failure objection_to_listener(const endpoint& at) const;
    question about(question::kind what, endpoint at) const;
    outcome<std::uint16_t> listen_at(const endpoint& at, user_place of_user);
    void tell_refusal(const endpoint& at, const failure& why) const;
    void forget_ended();

    struct listener {
        endpoint bound; ///< the address that the client asked for, with the port that was bound
        std::shared_ptr<run> taking;
        std::shared_ptr<user_place> of_user;
    };
    const server_connection client_;
    const serve_options how_;
    std::weak_ptr<run> root_;
    std::list<listener> listeners_;
    std::shared_ptr<session_service> for_sessions_;
};

} // namespace sshoal::forward
