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
    /// These places limit direct-tcpip: "host:port" or "[address]:port", with '*' and '?' in the host and "*" for any port. An
    /// empty list allows every place.
    std::vector<std::string> permit_open;
    /// These places limit tcpip-forward: "port" or "host:port", with the same wildcards. An empty list allows every place.
    std::vector<std::string> permit_listen;
    /// The client's address must match this list of addresses, with '*' and '?', or networks ("192.0.2.0/24"); an entry that
    /// begins with '!' excludes addresses. An empty list allows every address. The server checks the list when the decision is
    /// made.
    std::vector<std::string> source_addresses;
    /// The log-in is refused from this moment on. The server checks this when the decision is made; later, nothing ends.
    std::optional<std::chrono::system_clock::time_point> expiry;
    /// A certificate must name one of these principals. An empty list asks for none.
    std::vector<std::string> principals;

    /// Returns: true if the client may open a connection to this place.
    bool may_open(std::string_view host, std::uint32_t port) const;
    /// Returns: true if the client may have the server listen at this place. An empty host stands for every address.
    bool may_listen(std::string_view host, std::uint32_t port) const;
    /// Returns: true if a client may come from this numeric address. An address that cannot be read is allowed by an empty list only.
    bool may_come_from(std::string_view address) const;

    /// Keeps what this object and `other` both allow, for log-ins of several steps. Two different commands leave no sessions, and
    /// lists that have no entry in common leave nothing that they limit.
    void narrow(const permissions& other);
};

} // namespace sshoal
