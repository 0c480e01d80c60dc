// The public functions of the server's end.
#include "base/access.hpp"
#include "forward/service.hpp"
#include "wire/forwarding_requests.hpp"

namespace sshoal::forward {

namespace {

/// Returns: the direction that a rule of sshd_config allows. OpenSSH calls a stream to a target "local".
direction direction_of(forward_rule r) noexcept
{
    switch (r) {
    case forward_rule::yes: return direction::both;
    case forward_rule::local: return direction::open;
    case forward_rule::remote: return direction::listen;
    case forward_rule::no: break;
    }
    return direction::none;
}

} // namespace

serve_options serve_options::from(const sshd_settings& s)
{
    constexpr unsigned all_mode_bits = 0777;
    serve_options o;
    o.tcp(s.disable_forwarding ? direction::none : direction_of(s.allow_tcp_forwarding));
    o.unix_sockets(s.disable_forwarding ? direction::none : direction_of(s.allow_stream_local_forwarding));
    if (s.x11_forwarding && !s.disable_forwarding)
        o.x11(x11_displays().first(s.x11_display_offset).localhost(s.x11_use_localhost).xauth(s.xauth_location));
    o.agent(s.allow_agent_forwarding && !s.disable_forwarding);
    o.permit_open(s.permit_open).permit_listen(s.permit_listen);
    o.gateway_ports(s.gateway_ports == "yes"               ? gateway::yes
                    : s.gateway_ports == "clientspecified" ? gateway::client_specified
                                                           : gateway::no);
    o.streams(options().socket_mode(all_mode_bits & ~s.stream_local_bind_mask).replace_socket(s.stream_local_bind_unlink));
    return o;
}

server_options& declare(server_options& o)
{
    namespace msg = wire::msg;
    for (const std::string_view type : {msg::direct_tcpip::name, msg::direct_streamlocal::name})
        o.listen_channels(std::string(type));
    for (const std::string_view name : {msg::tcpip_forward::name, msg::tcpip_forward::cancel_name, msg::streamlocal_forward::name,
                                        msg::streamlocal_forward::cancel_name})
        o.listen_requests(std::string(name));
    return o.expect_session_services();
}

forwarding serve(server_connection for_client, serve_options how)
{
    const auto made = std::make_shared<service>(std::move(for_client), std::move(how));
    return detail::access::make<forwarding>(std::make_shared<run_handle>(made->begin()));
}

} // namespace sshoal::forward
