// dial.hpp - how a TCP connection to a name is made: which of its addresses are tried, in what order, and for how long.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/byte_stream.hpp>
#include <sshoal/proxy.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace sshoal SSHOAL_API {

enum class address_family : unsigned char { any, ipv4, ipv6 };

/// Options of connect_tcp() and of client_options::dial(). Setters return the object, so they can be chained.
///
/// All addresses of a name are tried in the resolver's order, with the families alternating. An attempt begins when the attempt
/// before has failed, or after attempt_delay(); the first connection is used and the others are closed (RFC 8305 §4, §5).
class dial_options {
public:
    dial_options() {}

    /// Addresses of the other family are not tried. Default: any.
    dial_options& family(address_family f)
    {
        family_ = f;
        return *this;
    }
    /// The time after which the next attempt begins beside the one under way. Default 250 ms; less than 10 ms counts as 10 ms
    /// (RFC 8305 §5).
    dial_options& attempt_delay(std::chrono::milliseconds t)
    {
        delay_ = t;
        return *this;
    }
    /// Limits the attempt for each address, from the beginning of that attempt; the look-up of the name and other addresses do
    /// not count. Default 20 s; 0: the system's limit, about two minutes.
    dial_options& address_timeout(std::chrono::milliseconds t)
    {
        each_ = t;
        return *this;
    }
    /// Limits all attempts together, the look-up of the name included. Default 30 s; 0: no limit.
    dial_options& timeout(std::chrono::milliseconds t)
    {
        all_ = t;
        return *this;
    }
    /// The number of times that all addresses are tried, with a second in between. Default 1; 0 counts as 1.
    dial_options& attempts(unsigned n)
    {
        attempts_ = n;
        return *this;
    }
    /// The most addresses that are tried. Default 32; 0 counts as 1.
    dial_options& max_addresses(std::size_t n)
    {
        most_ = n;
        return *this;
    }
    /// Sets the address of this machine that connections begin at: a numeric address. Addresses of the other family fail. Default:
    /// empty, and the system chooses.
    dial_options& bind_address(std::string numeric)
    {
        bind_address_ = std::move(numeric);
        return *this;
    }
    /// Connections begin at the first address of this network interface that has the right family. Default: empty.
    dial_options& bind_interface(std::string name)
    {
        bind_interface_ = std::move(name);
        return *this;
    }
    /// The system asks a silent host for a sign of life (SO_KEEPALIVE), by default after two hours. Default: off; keepalive() of
    /// the connection's options notices a dead peer much earlier.
    dial_options& keep_alive(bool on = true)
    {
        keep_alive_ = on;
        return *this;
    }
    /// TCP connections are made through this proxy, which also resolves their names. The other options are for the connection to
    /// the proxy; timeout() holds once more for what the proxy takes to answer. Unix sockets are connected without it.
    dial_options& proxy(sshoal::proxy through)
    {
        proxy_ = std::make_shared<const sshoal::proxy>(std::move(through));
        return *this;
    }
    dial_options& no_proxy()
    {
        proxy_.reset();
        return *this;
    }
    /// `f` is called before each attempt with its address, on the executor of the caller. It must not throw.
    dial_options& on_attempt(std::function<void(const endpoint& to)> f)
    {
        on_attempt_ = std::move(f);
        return *this;
    }
    /// `f` is called when an attempt has failed, with its address and the reason. The rest is as above.
    dial_options& on_failure(std::function<void(const endpoint& to, const failure& why)> f)
    {
        on_failure_ = std::move(f);
        return *this;
    }

    address_family family() const noexcept { return family_; }
    std::chrono::milliseconds attempt_delay() const noexcept { return delay_; }
    std::chrono::milliseconds address_timeout() const noexcept { return each_; }
    std::chrono::milliseconds timeout() const noexcept { return all_; }
    unsigned attempts() const noexcept { return attempts_; }
    std::size_t max_addresses() const noexcept { return most_; }
    const std::string& bind_address() const noexcept { return bind_address_; }
    const std::string& bind_interface() const noexcept { return bind_interface_; }
    bool keep_alive() const noexcept { return keep_alive_; }
    const std::shared_ptr<const sshoal::proxy>& proxy() const noexcept { return proxy_; } ///< null: none
    const std::function<void(const endpoint& to)>& on_attempt() const noexcept { return on_attempt_; }
    const std::function<void(const endpoint& to, const failure& why)>& on_failure() const noexcept { return on_failure_; }

private:
    std::function<void(const endpoint& to)> on_attempt_;
    std::function<void(const endpoint& to, const failure& why)> on_failure_;
    std::string bind_address_, bind_interface_;
    std::shared_ptr<const sshoal::proxy> proxy_;
    std::chrono::milliseconds delay_{250}, each_{20'000}, all_{30'000};
    std::size_t most_ = 32;
    unsigned attempts_ = 1;
    address_family family_ = address_family::any;
    bool keep_alive_ = false;
};

/// Connects to "192.0.2.1", "::1" or a name.
/// Returns: a stream with TCP_NODELAY set. Errors (thrown): the error of the look-up; otherwise the error of the last attempt, or
/// errc::timed_out; errc::proxy_refused with what the proxy said. If there are several addresses, context() has each of them with the reason of its failure.
/// Cancellation: terminal, partial, total - all attempts are closed before connect_tcp() returns. Executor: the calling
/// coroutine's; the stream lives there. Lifetime: arguments are copied.
awaitable<std::unique_ptr<byte_stream>> connect_tcp(std::string host, std::string port, dial_options options);

/// Connects to a TCP endpoint, as connect_tcp(), or to a Unix socket, as connect_unix().
/// Errors (thrown): those of the two functions; errc::invalid_argument for an endpoint without address. The rest is as above.
awaitable<std::unique_ptr<byte_stream>> connect_stream(endpoint to, dial_options options = {});

} // namespace sshoal
