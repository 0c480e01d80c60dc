// forwarding_requests.hpp - the fields of the channel opens and global requests of forwarding (RFC 4254 §6.3.2 and §7), OpenSSH's
// variants for Unix-domain sockets (PROTOCOL §2.4), and its lists of host keys (PROTOCOL §2.5).
// `name` is the channel type or request name; the structs are the `rest` of the message.
#pragma once

#include "wire/message.hpp"

#include <vector>

namespace sshoal::wire::msg {

struct direct_tcpip {
    static constexpr std::string_view name = "direct-tcpip";
    std::string_view host;
    std::uint32_t port = 0;
    std::string_view originator;
    std::uint32_t originator_port = 0;

    static void fields(auto& m, auto& v) { v(m.host, m.port, m.originator, m.originator_port); }
    static result<direct_tcpip> decode(byte_view rest) { return codec<direct_tcpip>::decode(rest); }
};

/// `host` and `port` are the address to which the originator connected, as tcpip-forward requested it.
struct forwarded_tcpip {
    static constexpr std::string_view name = "forwarded-tcpip";
    std::string_view host;
    std::uint32_t port = 0;
    std::string_view originator;
    std::uint32_t originator_port = 0;

    static void fields(auto& m, auto& v) { v(m.host, m.port, m.originator, m.originator_port); }
    static result<forwarded_tcpip> decode(byte_view rest) { return codec<forwarded_tcpip>::decode(rest); }
};

/// The channel of one X11 connection.
struct x11_open {
    static constexpr std::string_view name = "x11";
    std::string_view originator;
    std::uint32_t originator_port = 0;

    static void fields(auto& m, auto& v) { v(m.originator, m.originator_port); }
    static result<x11_open> decode(byte_view rest) { return codec<x11_open>::decode(rest); }
};

/// The channel of one connection to the client's agent. Its open has no fields.
inline constexpr std::string_view agent_channel = "auth-agent@openssh.com";

struct direct_streamlocal {
    static constexpr std::string_view name = "direct-streamlocal@openssh.com";
    std::string_view path;
    std::string_view reserved;
    std::uint32_t reserved_port = 0;

    static void fields(auto& m, auto& v) { v(m.path, m.reserved, m.reserved_port); }
    static result<direct_streamlocal> decode(byte_view rest) { return codec<direct_streamlocal>::decode(rest); }
};

struct forwarded_streamlocal {
    static constexpr std::string_view name = "forwarded-streamlocal@openssh.com";
    std::string_view path;
    std::string_view reserved;

    static void fields(auto& m, auto& v) { v(m.path, m.reserved); }
    static result<forwarded_streamlocal> decode(byte_view rest) { return codec<forwarded_streamlocal>::decode(rest); }
};

/// "cancel-tcpip-forward" has the same fields.
struct tcpip_forward {
    static constexpr std::string_view name = "tcpip-forward";
    static constexpr std::string_view cancel_name = "cancel-tcpip-forward";
    std::string_view address;
    std::uint32_t port = 0; ///< 0: the server chooses the port and names it in REQUEST_SUCCESS

    static void fields(auto& m, auto& v) { v(m.address, m.port); }
    static result<tcpip_forward> decode(byte_view rest) { return codec<tcpip_forward>::decode(rest); }
};

/// The `rest` of REQUEST_SUCCESS for a tcpip-forward of port 0.
struct tcpip_forward_reply {
    std::uint32_t port = 0;

    static void fields(auto& m, auto& v) { v(m.port); }
    static result<tcpip_forward_reply> decode(byte_view rest) { return codec<tcpip_forward_reply>::decode(rest); }
};

/// "cancel-streamlocal-forward@openssh.com" has the same fields.
struct streamlocal_forward {
    static constexpr std::string_view name = "streamlocal-forward@openssh.com";
    static constexpr std::string_view cancel_name = "cancel-streamlocal-forward@openssh.com";
    std::string_view path;

    static void fields(auto& m, auto& v) { v(m.path); }
    static result<streamlocal_forward> decode(byte_view rest) { return codec<streamlocal_forward>::decode(rest); }
};

/// The key blobs of hostkeys-00 and hostkeys-prove-00, or the signatures of the reply to hostkeys-prove-00: strings up to the
/// end.
struct host_keys {
    static constexpr std::string_view name = "hostkeys-00@openssh.com";
    static constexpr std::string_view prove_name = "hostkeys-prove-00@openssh.com";
    static constexpr std::size_t most_entries = 64;
    std::vector<byte_view> entries;

    static void fields(auto& m, auto& v) { v.until_end(m.entries, most_entries); }
    static result<host_keys> decode(byte_view rest) { return codec<host_keys>::decode(rest); }
};

} // namespace sshoal::wire::msg
