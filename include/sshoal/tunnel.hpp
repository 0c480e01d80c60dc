// tunnel.hpp - a set of forwardings that heals itself: when the connection is lost, it is made anew, and the forwardings go on.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/forward.hpp>
#include <sshoal/reconnector.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal SSHOAL_API {

class ssh_settings;

namespace forward {

/// One forwarding of a tunnel, as a value. The functions have the arguments of the functions of forward.hpp with the same names.
/// Errors (thrown): errc::invalid_argument for a text, or an endpoint, that has no address.
class rule {
public:
    enum class kind : std::uint8_t { local, remote, dynamic, remote_dynamic };

    static rule local(endpoint listen, endpoint target, options how = {});
    static rule local(std::string_view listen, std::string_view target, options how = {});
    static rule remote(endpoint listen, endpoint target, options how = {});
    static rule remote(std::string_view listen, std::string_view target, options how = {});
    static rule dynamic(endpoint listen, options how = {});
    static rule dynamic(std::string_view listen, options how = {});
    static rule remote_dynamic(endpoint listen, options how = {});
    static rule remote_dynamic(std::string_view listen, options how = {});

    kind what() const noexcept { return kind_; }
    const endpoint& listen() const noexcept { return listen_; }
    const endpoint& target() const noexcept { return target_; } ///< an endpoint without address if each stream names its own
    const options& how() const noexcept { return how_; }
    /// Returns: "local 127.0.0.1:8080 db.internal:5432", "dynamic localhost:1080".
    std::string to_string() const;
    /// Two rules are the same if kind, addresses and options are; functions in dial_options are not compared.
    friend SSHOAL_API bool operator==(const rule& a, const rule& b) noexcept;

private:
    rule(kind k, endpoint listen, endpoint target, options how);
    options how_;
    endpoint listen_, target_;
    kind kind_;
};
/// Returns: the LocalForward, DynamicForward and RemoteForward of the settings, in this order, as rules. StreamLocalBindMask,
/// StreamLocalBindUnlink and PermitRemoteOpen count.
std::vector<rule> rules_from(const ssh_settings& s);
std::string_view name_of(rule::kind) noexcept; ///< "local", "remote", "dynamic", "remote dynamic"

/// Options of a tunnel. Setters return the object, so they can be chained.
class tunnel_options {
public:
    tunnel_options() {}
    /// These options say how the connection is kept: delays between attempts, keepalive, its name in events.
    tunnel_options& reconnect(reconnect_options r) { reconnect_ = std::move(r); return *this; }
    /// Limits the time for which a stream that arrives while there is no connection waits for one; then it is refused. The time
    /// counts from the stream's arrival, or from the request of a SOCKS client. Default 30 s; 0: the stream is refused at once.
    tunnel_options& patience(std::chrono::nanoseconds t) { patience_ = t; return *this; }
    /// A rule that cannot listen, since its address is taken or the server refuses, is tried again after this time, and with each
    /// new connection. Default 10 s; at least 1 ms.
    tunnel_options& rule_delay(std::chrono::nanoseconds t) { delay_ = t; return *this; }

    const reconnect_options& reconnect() const noexcept { return reconnect_; }
    std::chrono::nanoseconds patience() const noexcept { return patience_; }
    std::chrono::nanoseconds rule_delay() const noexcept { return delay_; }

private:
    reconnect_options reconnect_;
    std::chrono::nanoseconds patience_ = std::chrono::seconds(30), delay_ = std::chrono::seconds(10);
};

/// The health of one forwarding.
class rule_health {
public:
    explicit rule_health(rule r) : what(std::move(r)) {}
    rule what;
    bool listening = false; ///< connections are taken; a local one takes them while there is no connection, too
    endpoint bound;         ///< the address that takes connections, with its port, or that did so last
    failure why;            ///< the reason for which the rule does not listen; none if it has not been tried
    counters count;         ///< of all connections together
};

/// The health of a tunnel.
class tunnel_health {
public:
    tunnel_health() {}
    link_health link;
    std::vector<rule_health> rules; ///< in the order in which they were added
    std::uint64_t number = 0;       ///< grows with each change, except of counters
    /// Returns: whether there is a connection and every rule listens.
    bool ready() const noexcept;
};

/// A cheap handle: copies refer to the same tunnel, and dropping the last one stops it. It begins to connect when it is made.
///
///     forward::tunnel t(ex, parse_target("alice@gate").value(), client_options::from_user_config());
///     t.add(forward::rule::local("8080", "db.internal:5432"));
///     co_await t.wait_closed();
///
/// Sockets on this side stay open while there is no connection. A port of the server is opened again on each connection: the same
/// port, also where the server had chosen it, unless the server refuses that one and the rule asks for any. Streams that were
/// open on a lost connection end with it. Counters go on.
///
/// Executor: any for operations, and for functions without a result; the strand for health(). Lifetime: options are copied.
class tunnel {
public:
    tunnel() noexcept; ///< no tunnel
    /// Errors (thrown): errc::invalid_argument for an option that cannot be used.
    tunnel(const executor& ex, login_target to, client_options login, tunnel_options how = {});
    /// Connects by a function of the program, which is called on the strand.
    tunnel(const executor& ex, connect_function make, tunnel_options how = {});
    explicit operator bool() const noexcept { return bool(self_); }

    /// Adds a forwarding. A rule that is there already stays as it is.
    void add(rule r);
    /// Takes a forwarding out: it takes no more connections, and those that are open run to their ends.
    void remove(rule r);
    /// Replaces all forwardings. Those that are the same as before are not touched.
    void set(std::vector<rule> all);

    tunnel_health health() const;
    /// Waits until the health has another number than `seen`. Returns: the new health. Cancellation: terminal, partial, total.
    awaitable<tunnel_health> changed(std::uint64_t seen);
    /// Waits until there is a connection and every rule listens. Errors: the failure that has stopped the tunnel; errc::closed
    /// after drain() or stop(). Cancellation: as above.
    awaitable<void> ready();
    /// Waits until the tunnel has stopped and all its streams have ended. Returns: the failure that has stopped it; errc::closed
    /// after drain() or stop(). Cancellation: as above.
    awaitable<failure> wait_closed();

    /// The connection that the tunnel keeps.
    const reconnector& link() const noexcept;
    /// Takes no more streams. Those that are open run to their ends, and then the connection is closed.
    void drain();
    /// Closes everything at once.
    void stop() noexcept;
    executor get_executor() const noexcept; ///< the strand; may be called on any thread

    struct impl;

private:
    tunnel(reconnector link, tunnel_options how);
    struct handle;
    std::shared_ptr<handle> self_;
};

} // namespace forward
} // namespace sshoal
