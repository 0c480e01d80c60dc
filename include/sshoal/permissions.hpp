// permissions.hpp - the permissions that a log-in grants (sshd(8), AUTHORIZED_KEYS FILE FORMAT). The connection keeps them after
// the log-in, and the server applies them to sessions and forwarding.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/limits.hpp>
#include <sshoal/log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {

/// The permissions of one log-in. Everything is allowed unless a member says otherwise.
class permissions {
public:
    permissions() {} // not an aggregate: g++ 12 destroys braced aggregates in co_await statements twice

    /// Returns: permissions for sessions without a terminal, and for nothing else ("restrict").
    static permissions restricted();

    /// This command runs in place of any shell, command or subsystem that a client asks for on a session channel.
    std::optional<std::string> command;
    /// Sessions get these variables, whatever server_options::accept_env() lets clients set; they replace the client's variables.
    std::vector<std::pair<std::string, std::string>> environment;
    bool sessions = true; ///< session channels (RFC 4254 §6.1)
    /// So many session channels may be open at a time, in place of server_options::max_sessions().
    std::optional<std::size_t> max_sessions;
    /// These patterns say which variables a client may set, in place of server_options::accept_env().
    std::optional<std::vector<std::string>> accept_env;
    /// These limits replace limits::idle.
    std::optional<idle_limits> idle;
    /// These limits replace limits::rekey_bytes and rekey_time, from the end of the log-in on.
    std::optional<rekey_limits> rekey;
    /// From the end of the log-in on, the function of server_options::log() gets lines about this connection up to this level.
    std::optional<log_level> log;
    bool terminal = true; ///< pty-req
    bool x11 = true;      ///< x11-req
    bool agent = true;    ///< auth-agent-req@openssh.com
    bool user_rc = true;  ///< run_program() may run ~/.ssh/rc, see program_options::login_scripts()
    /// The client may forward TCP ports and Unix sockets, in both directions.
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
    /// The log-in is refused from this moment on. The server checks the moment only when the decision is made; a connection that
    /// is logged in then does not end at it.
    std::optional<std::chrono::system_clock::time_point> expiry;
    /// A certificate must name one of these principals. An empty list asks for none.
    std::vector<std::string> principals;

    /// Returns: true if the client may open a connection to this place.
    bool may_open(std::string_view host, std::uint32_t port) const;
    /// Returns: true if the client may have the server listen at this place. An empty host stands for every address.
    bool may_listen(std::string_view host, std::uint32_t port) const;
    /// Returns: true if a client may come from this numeric address. An address that cannot be read is allowed by an empty list only.
    bool may_come_from(std::string_view address) const;
    /// Returns: the same, where entries of `source_addresses` may fit the client's name as well (sshd(8), from=).
    bool may_come_from(std::string_view address, std::string_view host) const;

    /// Keeps what this object and `other` both allow, for log-ins of several steps. Two different commands leave no sessions, and
    /// lists that have no entry in common leave nothing that they limit.
    void narrow(const permissions& other);
};

} // namespace sshoal
