// server_userauth.hpp - the state that the methods of a server's log-in share: the request being served, the methods that this
// user has passed, and the end of a request (RFC 4252 §5).
#pragma once

#include "auth/server_flow.hpp"
#include "auth/waits.hpp"
#include "wire/auth_messages.hpp"

namespace sshoal::auth {

using events::auth_refusal;

/// The result of a request.
enum class ending {
    rejected,
    accepted,
    partial,   ///< `next_offer` has the methods still needed
    answered,  ///< a reply that decides nothing has been sent: PK_OK, PASSWD_CHANGEREQ
    abandoned, ///< the client left the dialogue for another request, which is now in `request`
};

struct server_userauth {
    server_userauth(const server_settings& s, server_port& l) : settings(s), link(l) {}

    const server_settings& settings;
    server_port& link;

    // The request being served. `header` points into it.
    received request;
    wire::msg::userauth_request header;
    std::string method;
    time_point received_at{};

    std::string user;                       ///< the user whose progress `passed` holds
    std::vector<std::string> offer;         ///< methods that can continue
    server_success passed;
    std::vector<std::string> next_offer;    ///< methods from the last decision; empty: no change
    presented_key shown_key;                ///< the key of the request being served, if it is acceptable
    presented_key accepted_key;             ///< the same once it is accepted
    auth_decision granted;                  ///< what the request being served allows, if it passes
    unsigned failures = 0;
    unsigned requests = 0;
    bool none_seen = false;
    bool banner_sent = false;
    std::optional<unsigned> max_tries;      ///< from a decision, in place of that of the settings
    std::optional<std::string> banner;      ///< the same

    auth_refusal why_refused = auth_refusal::by_authenticator; ///< of the request being served, where it is refused
    ending reject(auth_refusal why) noexcept
    {
        why_refused = why;
        return ending::rejected;
    }

    bool offers(std::string_view name) const;
    /// Returns those of `names` that a FAILURE can name: each implemented method once, never "none".
    static std::vector<std::string> known_methods(const std::vector<std::string>& names);
    /// Forgets the methods passed, since they belong to another user (RFC 4252 §5).
    void start_over();

    /// Sends an answer, and the banner before the first one.
    template <class M>
    void answer(const M& m)
    {
        send_banner();
        send_message(link, m);
    }

private:
    void send_banner();
};

/// Asks a question about the present user and waits for the decision. Fills in the user and the methods passed.
flow<outcome<auth_decision>> decide(server_userauth&, auth_attempt& question);

/// Returns the result of a decision that can only accept, reject, or demand more methods.
ending end_of(server_userauth&, auth_decision&);

// Each function serves one request, which has been counted and whose user has been checked.
flow<outcome<ending>> serve_publickey(server_userauth&);
flow<outcome<ending>> serve_password(server_userauth&);
flow<outcome<ending>> serve_interactive(server_userauth&);

} // namespace sshoal::auth
