// endpoint.hpp - one end of a stream: an IP address or host name with a port, or the path of a Unix socket.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/error.hpp>

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sshoal SSHOAL_API {

/// A value type. Pipes, memory and channels have no address: their endpoints hold a word for logs.
class endpoint {
public:
    enum class kind : std::uint8_t {
        none,        ///< no address; word() says what the stream is
        tcp,         ///< address() and port()
        unix_socket, ///< path(), empty for a socket without a name
    };

    /// An endpoint without address and word.
    endpoint() noexcept {}
    /// `address` is an IP address without brackets, or a host name. Where a program listens, an empty address stands for all
    /// addresses of the machine.
    endpoint(std::string address, std::uint16_t port) : text_(std::move(address)), port_(port), kind_(kind::tcp) {}
    static endpoint unix_socket(std::string path) { return endpoint(std::move(path), 0, kind::unix_socket); }
    /// An endpoint without address: "pipe", "channel".
    static endpoint without_address(std::string word) { return endpoint(std::move(word), 0, kind::none); }

    /// Reads "192.0.2.1:22", "host:22", "[2001:db8::1]:22", ":22", "/run/x" and "unix:/run/x". With `default_port`, the text may
    /// end behind the address; an IPv6 address needs no brackets then.
    /// Errors: errc::invalid_argument with the text.
    static outcome<endpoint> parse(std::string_view text, std::optional<std::uint16_t> default_port = {});

    kind what() const noexcept { return kind_; }
    bool is_tcp() const noexcept { return kind_ == kind::tcp; }
    bool is_unix() const noexcept { return kind_ == kind::unix_socket; }
    /// Returns: the address; empty if the endpoint is not a TCP endpoint. IPv4 addresses are never written as IPv6 ones
    /// ("::ffff:192.0.2.1").
    const std::string& address() const noexcept { return is_tcp() ? text_ : none(); }
    /// Returns: the port; 0 if the endpoint is not a TCP endpoint.
    std::uint16_t port() const noexcept { return port_; }
    const std::string& path() const noexcept { return is_unix() ? text_ : none(); }
    const std::string& word() const noexcept { return kind_ == kind::none ? text_ : none(); }

    /// Returns: the form that parse() reads: "192.0.2.1:22", "[2001:db8::1]:22", "unix:/run/x"; the word of an endpoint without
    /// address.
    std::string to_string() const;
    /// Returns: the form for log lines, as in OpenSSH's: "192.0.2.1 port 22", "2001:db8::1 port 22", "unix:/run/x", "pipe".
    std::string describe() const;

    friend bool operator==(const endpoint&, const endpoint&) noexcept = default;
    friend std::strong_ordering operator<=>(const endpoint&, const endpoint&) noexcept = default;

    /// Writes to_string().
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& to, const endpoint& e)
    {
        return to << e.to_string().c_str();
    }

private:
    endpoint(std::string text, std::uint16_t port, kind k) : text_(std::move(text)), port_(port), kind_(k) {}
    static const std::string& none() noexcept;

    std::string text_; // the address, the path or the word
    std::uint16_t port_ = 0;
    kind kind_ = kind::none;
};

} // namespace sshoal
