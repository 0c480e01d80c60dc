// Events that the engine itself sees: key exchanges, the log-in, the end.
#include "engine/engine.hpp"

namespace sshoal::engine {

void core::tell_kex_began(bool first)
{
    kex_began_ = now_;
    if (!observer_.wants_events())
        return;
    events::key_exchange_started e;
    e.first = first;
    observer_.on_event(e);
}

void core::tell_kex_done(bool first)
{
    if (!observer_.wants_events())
        return;
    events::key_exchange_done e;
    e.first = first;
    e.algorithms = &transport_.agreed();
    e.peer = transport_.peer_identification();
    e.duration = now_ - kex_began_;
    observer_.on_event(e);
}

void core::on_host_key(transport::host_key_question q)
{
    if (observer_.wants_events()) {
        const std::string fingerprint = q.key.fingerprint();
        events::host_key_shown e;
        e.key = &q.key.bare();
        e.type = q.key.type_name();
        e.fingerprint = fingerprint;
        observer_.on_event(e);
    }
    observer_.on_host_key(std::move(q));
}

void core::tell_logged_in()
{
    if (!observer_.wants_events())
        return;
    const bool server = settings_.transport.self == role::server;
    events::logged_in e;
    e.user = login_.user();
    e.methods = server ? login_.server_result().methods : login_.client_result().methods;
    const std::string fingerprint = auth::name_key(e, server ? login_.server_result().key : login_.client_result().key);
    e.fingerprint = fingerprint;
    observer_.on_event(e);
}

void core::tell_end(const failure& why)
{
    if (!observer_.wants_events())
        return;
    events::connection_ended e;
    e.why = &why;
    e.by_peer = transport_.disconnected_by_peer().received;
    e.disconnect_reason = e.by_peer ? transport_.disconnected_by_peer().reason : transport_.sent_disconnect();
    observer_.on_event(e);
}

} // namespace sshoal::engine
