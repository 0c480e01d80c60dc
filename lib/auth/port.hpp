// port.hpp - what the log-in flows see of the world: messages in and out, the clock, and questions that somebody else answers.
#pragma once

#include "base/clock.hpp"
#include "base/flow.hpp"
#include "base/secure.hpp"
#include "sshoal/error.hpp"

namespace sshoal::auth {

/// One prompt of a keyboard-interactive dialogue. On the client the text has been made printable.
struct prompt {
    std::string text;
    bool echo = false;
};

/// What wakes a flow: a message, an answer to its question, or the time it asked to be woken at.
struct wake {
    enum class kind { message, answer, time } what;
    bytes payload; ///< of a message
};

/// The engine's side. Calls come from inside the flow and must not resume it.
class port {
public:
    virtual ~port() = default;
    virtual void send(byte_view payload) = 0;
    virtual time_point now() const = 0;
    /// A wake of kind time is due at `when`; a later call replaces an earlier one, `never` withdraws it.
    virtual void wake_at(time_point when) = 0;
    /// A dialogue or decision is under way (or over): the policy of allowed messages depends on it.
    virtual void busy(bool) = 0;

    /// Where the flow waits. The engine puts messages, answers and time-outs in, in their order of arrival.
    mailbox<wake> inbox;
};

} // namespace sshoal::auth
