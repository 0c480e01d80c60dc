// proxy.hpp - the proxies through which TCP connections are made: HTTP CONNECT (RFC 9110 §9.3.6) and SOCKS 5 (RFC 1928, RFC 1929).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/endpoint.hpp>
#include <sshoal/error.hpp>

#include <string>
#include <utility>

namespace sshoal SSHOAL_API {

/// A proxy, for dial_options::proxy() and client_options::proxy(). The proxy resolves the names of targets; this machine looks up
/// that of the proxy only. Setters return the object.
class proxy {
public:
    enum class kind : unsigned char {
        http_connect,
        socks5,
    };
    proxy(kind k, endpoint at) : at_(std::move(at)), kind_(k) {}

    /// The user and the password that the proxy is told: HTTP's scheme Basic, or the method of RFC 1929. Both go to the proxy in
    /// the clear. SOCKS 5 takes at most 255 bytes of each, and no empty user; HTTP takes no ':' in the user.
    proxy& log_in(std::string user, std::string password)
    {
        user_ = std::move(user);
        password_ = std::move(password);
        logs_in_ = true;
        return *this;
    }

    kind what() const noexcept { return kind_; }
    const endpoint& at() const noexcept { return at_; } ///< a TCP endpoint, or a Unix socket
    bool logs_in() const noexcept { return logs_in_; }
    const std::string& user() const noexcept { return user_; }
    const std::string& password() const noexcept { return password_; }

private:
    endpoint at_;
    std::string user_, password_;
    kind kind_;
    bool logs_in_ = false;
};

/// An HTTP proxy, which connects to the target where its administrator allows that: many allow port 443 alone.
inline proxy http_proxy(endpoint at) { return proxy(proxy::kind::http_connect, std::move(at)); }
/// A SOCKS 5 proxy, such as that of "ssh -D".
inline proxy socks5_proxy(endpoint at) { return proxy(proxy::kind::socks5, std::move(at)); }

} // namespace sshoal
