// port.hpp - the interface between the log-in flows and the engine: messages in and out, the clock, and questions with their
// answers.
#pragma once

#include "base/clock.hpp"
#include "base/event_port.hpp"
#include "base/work.hpp"
#include "sshoal/auth_decision.hpp"
#include "sshoal/error.hpp"

#include <string>

namespace sshoal::auth {

/// Writes a key into an event about the log-in. Returns: the key's fingerprint, which the caller keeps for the event.
template <class Event>
[[nodiscard]] std::string name_key(Event& e, const presented_key& key)
{
    if (!key)
        return {};
    e.key = &key;
    e.key_type = key.type_name();
    return key.fingerprint();
}

/// The event that wakes a flow: a message, the answer to its question, or the time for which it asked.
struct wake {
    enum class kind { message, answer, time } what = kind::message;
    bytes payload; ///< the payload of the message; the flow wipes it, since it may hold a password
};

/// One question of a keyboard-interactive round (RFC 4256 §3.2).
using prompt = auth_decision::prompt;

/// The engine's side. Calls come from inside the flow and must not resume it.
///
/// A flow is either listening or busy, and calls busy() before it suspends:
///  - listening (busy(false), the state at the start): it waits for a message. The engine hands it one with inbox.put() and only
///    while inbox.waiting(). A dialogue does not make the flow busy: between INFO_REQUEST and INFO_RESPONSE, or
///    between a request and its reply, it listens.
///  - busy (busy(true)): it waits for the answer to a question or for the time. Messages for it (SERVICE_REQUEST, SERVICE_ACCEPT
///    and 50 to 79) are held back, and all messages behind them, so that pipelined requests are served in order and cost no
///    memory. A message put into the inbox of a busy flow breaks the contract and ends the flow.
/// Answers and time-outs are put in when they occur; the flow skips a time-out that it no longer needs.
/// A job is a kind of question: the flow is busy while the job runs, and its end is a wake of kind answer.
class port : public work_port, public event_port {
public:
    virtual ~port() = default;
    virtual void send(byte_view payload) = 0;
    virtual time_point now() const = 0;
    /// Asks for a wake of kind time at `when`. A later call replaces an earlier one; `never` withdraws it.
    virtual void wake_at(time_point when) = 0;
    /// Tells whether the flow waits for an answer or the time (true) or for messages (false, as at the start). Called on changes
    /// only.
    virtual void busy(bool) = 0;

    /// Tells whether a reply is due: to a request or response of the client, or to an INFO_REQUEST of the server. Called on
    /// changes only; false at the start. The policy of allowed messages depends on this and not on busy(): a message that can
    /// only be a reply (51, 52, 60 to 79) is a violation while none is due (T42, T43), even if the flow is busy.
    virtual void reply_due(bool) = 0;

    /// The flow waits here. After the flow is destroyed, nothing may be put in, since the inbox keeps a dangling handle.
    mailbox<wake> inbox;
};

} // namespace sshoal::auth
