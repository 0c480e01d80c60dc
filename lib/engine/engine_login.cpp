// The engine's part in a log-in: commands go to it, and its end opens the connection protocol.
#include "engine/engine.hpp"

namespace sshoal::engine {
namespace {

disconnect_reason reason_for(const failure& f) noexcept
{
    const error_code& c = f.code();
    if (c == errc::mac_mismatch)
        return disconnect_reason::mac_error;
    if (c == errc::timed_out || c == errc::keepalive_timeout || c == errc::closed)
        return disconnect_reason::by_application;
    if (c == errc::authentication_failed)
        return disconnect_reason::no_more_auth_methods_available;
    return disconnect_reason::protocol_error;
}

} // namespace

void core::log_in(const auth::client_settings& s)
{
    if (ended_)
        return;
    login_.start(s);
    end_login();
    check();
}

void core::answer(auth::client_answer a)
{
    if (ended_)
        return;
    login_.answer(std::move(a));
    end_login();
    check();
}

void core::decide(auth_decision d)
{
    if (ended_)
        return;
    login_.answer(std::move(d));
    end_login();
    check();
}

failure core::handle_login(byte_view payload)
{
    failure f = login_.handle(payload);
    end_login();
    return f;
}

void core::end_login()
{
    const std::optional<outcome<void>> result = login_.take_result();
    if (!result)
        return;
    if (!*result) {
        transport_.fail(result->error(), reason_for(result->error()));
        return; // the entry point calls check(), which ends the connection
    }
    transport_.authenticated();
    transport_.set_phase(transport::phase::connected);
    authenticated_ = true;
    tell_logged_in();
    login_deadline_ = never;
    if (keepalive_interval_ > duration::zero())
        keepalive_at_ = now_ + keepalive_interval_;
    observer_.on_authenticated();
}

} // namespace sshoal::engine
