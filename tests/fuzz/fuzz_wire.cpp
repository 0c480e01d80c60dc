// fuzz_wire.cpp - every message decoder, chosen by the number in the first byte as a connection would; where a message names a
// type, method or request, the decoder of that body too. What is accepted must come back from its own encoding.
#include "wire/auth_messages.hpp"
#include "wire/connection_messages.hpp"
#include "wire/forwarding_requests.hpp"
#include "wire/kex_messages.hpp"
#include "wire/session_requests.hpp"
#include "wire/terminal_modes.hpp"
#include "wire/transport_messages.hpp"

#include <cstdlib>
#include <optional>

using namespace sshoal;
namespace msg = sshoal::wire::msg;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

template <class M>
std::optional<M> check(byte_view payload)
{
    const auto first = M::decode(payload);
    if (!first)
        return std::nullopt;
    // Only booleans and lists of names with a comma at the end have more than one form; the second encoding must be the first.
    const bytes once = wire::encoded(*first);
    require(once.size() <= payload.size());
    const auto second = M::decode(once);
    require(second.has_value());
    require(wire::encoded(*second) == once);
    return *first;
}

template <class... M>
void check_each(byte_view payload)
{
    (check<M>(payload), ...);
}

template <class... Method>
void check_method(const msg::userauth_request& m)
{
    ((m.method == Method::method ? void(check<Method>(m.rest)) : void()), ...);
}

template <class... Body>
void check_body(std::string_view name, byte_view rest)
{
    ((name == Body::name ? void(check<Body>(rest)) : void()), ...);
}

void check_modes(byte_view rest)
{
    const auto pty = msg::pty_req::decode(rest);
    if (!pty)
        return;
    const auto modes = wire::terminal_modes::decode(pty->modes);
    if (!modes)
        return;
    require(modes->modes.size() <= wire::terminal_modes::most_modes);
    const bytes once = wire::encoded(*modes);
    const auto second = wire::terminal_modes::decode(once);
    require(second.has_value());
    require(wire::encoded(*second) == once);
}

void check_userauth_request(byte_view payload)
{
    const auto m = check<msg::userauth_request>(payload);
    if (m)
        check_method<msg::auth_none, msg::auth_password, msg::auth_publickey, msg::auth_publickey_hostbound,
            msg::auth_keyboard_interactive, msg::auth_hostbased>(*m);
}

void check_global_request(byte_view payload)
{
    const auto m = check<msg::global_request>(payload);
    if (m)
        check_body<msg::tcpip_forward, msg::streamlocal_forward, msg::host_keys>(m->name, m->rest);
}

void check_request_success(byte_view payload)
{
    const auto m = check<msg::request_success>(payload);
    if (m)
        check_each<msg::tcpip_forward_reply, msg::host_keys>(m->rest);
}

void check_channel_open(byte_view payload)
{
    const auto m = check<msg::channel_open>(payload);
    if (m)
        check_body<msg::direct_tcpip, msg::forwarded_tcpip, msg::x11_open, msg::direct_streamlocal, msg::forwarded_streamlocal>(
            m->type, m->rest);
}

void check_channel_request(byte_view payload)
{
    const auto m = check<msg::channel_request>(payload);
    if (!m)
        return;
    check_body<msg::pty_req, msg::x11_req, msg::env, msg::exec, msg::subsystem, msg::window_change, msg::xon_xoff, msg::signal,
        msg::exit_status, msg::exit_signal, msg::break_request>(m->type, m->rest);
    if (m->type == "shell")
        check<msg::no_fields>(m->rest);
    if (m->type == msg::pty_req::name)
        check_modes(m->rest);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const byte_view payload = view_of(std::span(data, size));
    if (payload.empty())
        return 0;
    const auto number = std::uint8_t(payload[0]);
    require(!wire::message_name(number).empty());
    switch (number) {
    case wire::number::userauth_request: check_userauth_request(payload); break;
    case wire::number::global_request: check_global_request(payload); break;
    case wire::number::request_success: check_request_success(payload); break;
    case wire::number::channel_open: check_channel_open(payload); break;
    case wire::number::channel_request: check_channel_request(payload); break;
    default:
        // Each looks at the number itself; several share one, as key exchange and authentication methods do.
        check_each<msg::disconnect, msg::ignore, msg::unimplemented, msg::debug, msg::service_request, msg::service_accept,
            msg::ext_info, msg::ping, msg::pong>(payload);
        check_each<msg::kexinit, msg::newkeys, msg::ecdh_init, msg::ecdh_reply, msg::dh_init, msg::dh_reply, msg::gex_request_old,
            msg::gex_request, msg::gex_group, msg::gex_init, msg::gex_reply>(payload);
        check_each<msg::userauth_failure, msg::userauth_success, msg::userauth_banner, msg::userauth_pk_ok,
            msg::userauth_passwd_changereq, msg::userauth_info_request, msg::userauth_info_response>(payload);
        check_each<msg::request_failure, msg::channel_open_confirmation, msg::channel_open_failure, msg::channel_window_adjust,
            msg::channel_data, msg::channel_extended_data, msg::channel_eof, msg::channel_close, msg::channel_success,
            msg::channel_failure>(payload);
    }
    return 0;
}
