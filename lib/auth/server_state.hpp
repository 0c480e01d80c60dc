// server_state.hpp - what the methods of a server's log-in share: the request being served, what this user has passed, and how a
// request ends (RFC 4252 §5).
#pragma once

#include "auth/server_flow.hpp"
#include "auth/waits.hpp"
#include "wire/auth_messages.hpp"

namespace sshoal::auth {

/// How a request ended.
enum class ending {
    rejected,
    accepted,
    partial,   ///< `next_offer` says what else is needed
    answered,  ///< the reply has been sent and decides nothing: PK_OK, PASSWD_CHANGEREQ
    abandoned, ///< the client left the dialogue for another request, which is `request` now
};

struct server_state {
    server_state(const server_settings& s, server_port& l) : settings(s), link(l) {}

    const server_settings& settings;
    server_port& link;

    // The request being served. `header` points into it.
    received request;
    wire::msg::userauth_request header;
    std::string method;
    time_point received_at{};

    std::string user;                       ///< whose progress `passed` is
    std::vector<std::string> offer;         ///< methods that can continue
    server_success passed;
    std::vector<std::string> next_offer;    ///< from the last decision; empty for no change
    std::optional<public_key> accepted_key; ///< of the request being served
    unsigned failures = 0;
    unsigned requests = 0;
    bool none_seen = false;
    bool banner_sent = false;

    bool offers(std::string_view name) const;
    /// Keeps of `names` what a FAILURE can name: methods that are implemented, once each; never "none".
    static std::vector<std::string> sound_offer(const std::vector<std::string>& names);
    /// Forgets what was passed: it belongs to another user (RFC 4252 §5).
    void start_over();

    /// The banner goes in front of the first answer of any kind.
    template <class M>
    void answer(const M& m)
    {
        send_banner();
        send_message(link, m);
    }

private:
    void send_banner();
};

/// Puts a question about the present user and waits for the decision.
flow<outcome<decision>> decide(server_state&, attempt_kind& kind);

/// What a decision means that can only be yes, no, or "yes, but".
ending end_of(server_state&, decision&);

// One request each; the request has been counted and its user checked.
flow<outcome<ending>> serve_publickey(server_state&);
flow<outcome<ending>> serve_password(server_state&);
flow<outcome<ending>> serve_interactive(server_state&);

} // namespace sshoal::auth
