// waits.hpp - functions with which a log-in flow waits for a message or for the time, and sends messages.
#pragma once

#include "auth/port.hpp"
#include "wire/message.hpp"

namespace sshoal::auth {

/// The service of every log-in (RFC 4252 §4).
constexpr std::string_view userauth_service = "ssh-userauth";

/// A message that arrived. It may hold a password, so the destructor wipes its bytes.
class received {
public:
    received() = default;
    explicit received(bytes payload) noexcept : payload_(std::move(payload)) {}
    received(received&& o) noexcept : payload_(std::move(o.payload_)) {}
    received& operator=(received&& o) noexcept
    {
        payload_.swap(o.payload_);
        return *this;
    }
    ~received() { wipe_bytes(); }

    byte_view payload() const noexcept { return payload_; }
    std::uint8_t number() const noexcept { return payload_.empty() ? std::uint8_t(0) : std::uint8_t(payload_.front()); }
    /// Views into the message become invalid.
    void clear() noexcept
    {
        wipe_bytes();
        payload_.clear();
    }

private:
    void wipe_bytes() noexcept { wipe(payload_.data(), payload_.size()); }

    bytes payload_;
};

/// Listens until a message arrives.
flow<received> next_message(port&);

/// Waits for the answer to a question for which the flow has called busy(true), then calls busy(false).
/// Errors: unexpected_message if the engine delivers a message instead.
flow<outcome<void>> answer_ready(port&);

/// Computes work() elsewhere. Only called if takes_work(), since work that is done at once needs no flow. Errors: those of
/// answer_ready().
template <class Work>
flow<outcome<typename computation<Work>::value>> done_elsewhere(port& p, Work& work)
{
    using value = typename computation<Work>::value;
    work.keep();
    const auto given = std::make_shared<computation<Work>>(std::move(work));
    p.busy(true);
    p.on_work(given);
    outcome<void> ready = co_await answer_ready(p);
    if (!ready)
        co_return outcome<value>(boost::system::in_place_error, ready.error());
    co_return outcome<value>(boost::system::in_place_value, given->take());
}

/// Makes the flow busy until `when`, unless `when` has passed.
flow<outcome<void>> time_reached(port&, time_point when);

template <class M>
void send_message(port& to, const M& m)
{
    to.send(wire::encoded(m));
}

/// Returns the failure "SSH_MSG_X not allowed here".
failure unexpected(std::uint8_t number, std::string_view where);
failure malformed(std::string_view what);

} // namespace sshoal::auth
