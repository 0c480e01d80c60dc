// global_requests.hpp - global requests in both directions (RFC 4254 §4).
#pragma once

#include "mux/awaited_replies.hpp"
#include "mux/event_notes.hpp"
#include "mux/multiplexer.hpp"
#include "mux/requests.hpp"

namespace sshoal::mux {

class global_requests {
public:
    global_requests(const settings& s, output& o, observer& who, awaited_replies& awaited, event_reporter& reporter) noexcept
        : settings_(s), output_(o), observer_(who), awaited_(awaited), reporter_(reporter)
    {
    }

    failure receive_request(byte_view payload);
    failure receive_success(byte_view payload);
    failure receive_failure(byte_view payload);

    outcome<void> request(std::string_view name, bool want_reply, byte_view body, std::uint64_t token);
    void abandon(std::uint64_t token) noexcept { outstanding_.abandon(token); }
    void reply(std::uint64_t token, bool success, byte_view body);
    /// Ends all waits with failure, when the connection is over. Nothing is sent any more.
    void shut();
    void unimplemented(std::uint32_t ticket);
    void overdue(std::uint32_t ticket);

private:
    struct answer {
        bool success = false;
        bytes body;
    };
    failure receive_reply(bool success, byte_view body);
    void send(const answer&);

    const settings& settings_;
    output& output_;
    observer& observer_;
    awaited_replies& awaited_;
    event_reporter& reporter_;
    outstanding_requests outstanding_;
    unanswered_requests<answer> unanswered_;
};

} // namespace sshoal::mux
