// port.hpp - what the log-in flows see of the world: messages in and out, the clock, and questions that somebody else answers.
#pragma once

#include "base/clock.hpp"
#include "base/work.hpp"
#include "sshoal/error.hpp"

#include <string>

namespace sshoal::auth {

/// What wakes a flow: a message, an answer to its question, or the time it asked to be woken at.
struct wake {
    enum class kind { message, answer, time } what = kind::message;
    bytes payload; ///< of a message; the flow wipes it, as it may hold a password
};

/// One question of a keyboard-interactive round (RFC 4256 §3.2).
struct prompt {
    std::string text;
    bool echo = false;
};

/// The engine's side. Calls come from inside the flow and must not resume it.
///
/// Whose turn it is. A flow is either listening or busy, and says so through busy() before it suspends:
///  - listening (busy(false), the state at the start): it waits for a message. The engine hands it one with inbox.put() and only
///    while inbox.waiting(). A dialogue that is under way does not make the flow busy: between INFO_REQUEST and INFO_RESPONSE, or
///    between a request and its reply, it listens.
///  - busy (busy(true)): it waits for the answer to a question or for the time. Messages for it (SERVICE_REQUEST, SERVICE_ACCEPT
///    and 50 to 79) are held back, and everything behind them, so that requests that were pipelined are served in their order
///    and cost no memory. A message put in while busy is a broken contract and ends the flow.
/// Answers and time-outs go in as they come; a time-out that is no longer wanted is skipped.
/// A job is a question of its own kind: the flow is busy while it is out, and its end is a wake of kind answer.
class port : public work_port {
public:
    virtual ~port() = default;
    virtual void send(byte_view payload) = 0;
    virtual time_point now() const = 0;
    /// A wake of kind time is due at `when`; a later call replaces an earlier one, `never` withdraws it.
    virtual void wake_at(time_point when) = 0;
    /// Whether the flow waits for an answer or the time (true) or for messages (false, as at the start). Called on changes only.
    virtual void busy(bool) = 0;

    /// Whether the peer owes a reply: to a request or response of the client, to an INFO_REQUEST of the server. Called on
    /// changes only; false at the start. The policy of allowed messages hangs on it and not on busy(): what only a reply can be
    /// (51, 52, 60 to 79) is a violation where it arrives while none is due (T42, T43), also if the flow is busy at that time.
    virtual void reply_due(bool) = 0;

    /// Where the flow waits. A flow that was dropped leaves its place here dangling: nothing may be put in after that.
    mailbox<wake> inbox;
};

} // namespace sshoal::auth
