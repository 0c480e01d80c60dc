#include "wire/session_requests.hpp"

namespace sshoal::wire::msg {

result<no_fields> no_fields::decode(byte_view rest)
{
    const reader r(rest);
    return close_message(r, no_fields{});
}

void pty_req::encode(writer& w) const { w.string(term).u32(columns).u32(rows).u32(width_px).u32(height_px).string(modes); }

result<pty_req> pty_req::decode(byte_view rest)
{
    reader r(rest);
    pty_req m;
    m.term = r.text();
    m.columns = r.u32();
    m.rows = r.u32();
    m.width_px = r.u32();
    m.height_px = r.u32();
    m.modes = r.string();
    return close_message(r, m);
}

void x11_req::encode(writer& w) const { w.boolean(single_connection).string(protocol).string(cookie).u32(screen); }

result<x11_req> x11_req::decode(byte_view rest)
{
    reader r(rest);
    x11_req m;
    m.single_connection = r.boolean();
    m.protocol = r.text();
    m.cookie = r.text();
    m.screen = r.u32();
    return close_message(r, m);
}

void env::encode(writer& w) const { w.string(variable).string(value); }

result<env> env::decode(byte_view rest)
{
    reader r(rest);
    env m;
    m.variable = r.text();
    m.value = r.text();
    return close_message(r, m);
}

void exec::encode(writer& w) const { w.string(command); }

result<exec> exec::decode(byte_view rest)
{
    reader r(rest);
    exec m;
    m.command = r.text();
    return close_message(r, m);
}

void subsystem::encode(writer& w) const { w.string(subsystem_name); }

result<subsystem> subsystem::decode(byte_view rest)
{
    reader r(rest);
    subsystem m;
    m.subsystem_name = r.text();
    return close_message(r, m);
}

void window_change::encode(writer& w) const { w.u32(columns).u32(rows).u32(width_px).u32(height_px); }

result<window_change> window_change::decode(byte_view rest)
{
    reader r(rest);
    window_change m;
    m.columns = r.u32();
    m.rows = r.u32();
    m.width_px = r.u32();
    m.height_px = r.u32();
    return close_message(r, m);
}

void xon_xoff::encode(writer& w) const { w.boolean(client_can_do); }

result<xon_xoff> xon_xoff::decode(byte_view rest)
{
    reader r(rest);
    xon_xoff m;
    m.client_can_do = r.boolean();
    return close_message(r, m);
}

void signal::encode(writer& w) const { w.string(signal_name); }

result<signal> signal::decode(byte_view rest)
{
    reader r(rest);
    signal m;
    m.signal_name = r.text();
    return close_message(r, m);
}

void exit_status::encode(writer& w) const { w.u32(status); }

result<exit_status> exit_status::decode(byte_view rest)
{
    reader r(rest);
    exit_status m;
    m.status = r.u32();
    return close_message(r, m);
}

void exit_signal::encode(writer& w) const { w.string(signal_name).boolean(core_dumped).string(message).string(language); }

result<exit_signal> exit_signal::decode(byte_view rest)
{
    reader r(rest);
    exit_signal m;
    m.signal_name = r.text();
    m.core_dumped = r.boolean();
    m.message = r.text();
    m.language = r.text();
    return close_message(r, m);
}

void break_request::encode(writer& w) const { w.u32(milliseconds); }

result<break_request> break_request::decode(byte_view rest)
{
    reader r(rest);
    break_request m;
    m.milliseconds = r.u32();
    return close_message(r, m);
}

} // namespace sshoal::wire::msg
