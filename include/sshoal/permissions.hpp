// permissions.hpp - what a log-in allows (sshd(8), AUTHORIZED_KEYS FILE FORMAT): the part of a decision that outlives the log-in.
// The connection keeps the permissions, and the server applies them to sessions and forwarding.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal {

/// Everything is allowed unless a member says otherwise.
class permissions {
public:
    permissions() {} // not an aggregate: g++ 12 destroys braced aggregates in co_await statements twice

    /// Sessions without a terminal, and nothing else ("restrict").
    static permissions restricted();

    /// Runs in place of whatever a client asks for on a session channel: shell, command or subsystem.
    std::optional<std::string> command;
    /// Variables of sessions, whatever server_options::accept_env() lets clients set; these replace the client's.
    std::vector<std::pair<std::string, std::string>> environment;
    bool sessions = true; ///< session channels (RFC 4254 §6.1)
    bool terminal = true; ///< pty-req
    bool x11 = true;      ///< x11-req
    bool agent = true;    ///< auth-agent-req@openssh.com
    /// TCP ports and Unix sockets, in both directions.
    bool port_forwarding = true;
    /// Where direct-tcpip may lead: "host:port" or "[address]:port", with '*' and '?' in the host and "*" for any port. Empty:
    /// anywhere.
    std::vector<std::string> permit_open;
    /// Where tcpip-forward may listen: "port" or "host:port", as above. Empty: anywhere.
    std::vector<std::string> permit_listen;
    /// Where the client may come from: addresses, with '*' and '?', or networks ("192.0.2.0/24"); '!' before one excludes it.
    /// Empty: from anywhere. The server checks this when the decision is made.
    std::vector<std::string> source_addresses;
    /// The log-in is refused from this moment on. The server checks this when the decision is made; later, nothing ends.
    std::optional<std::chrono::system_clock::time_point> expiry;
    /// The names, one of which a certificate must be for. Empty: no certificate is needed, or any will do.
    std::vector<std::string> principals;

    /// Whether a connection to this place may be opened.
    bool may_open(std::string_view host, std::uint32_t port) const;
    /// Whether connections may be waited for at this place. An empty host stands for every address.
    bool may_listen(std::string_view host, std::uint32_t port) const;
    /// Whether a client may come from this numeric address. An address that cannot be read comes from nowhere.
    bool may_come_from(std::string_view address) const;

    /// Keeps of this what `other` allows too, for log-ins of several steps. Two different commands, or lists that have nothing in
    /// common, leave nothing of what they are about.
    void narrow(const permissions& other);
};

} // namespace sshoal
