// x11.hpp - X11 forwarding without I/O: names of displays, cookies, and the first message of an X client (X Window System
// Protocol, chapter 8; RFC 4254 §6.3).
#pragma once

#include "base/bytes.hpp"
#include "sshoal/endpoint.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sshoal::forward {

/// The name of a display, as in $DISPLAY.
struct x11_display_name {
    endpoint at;               ///< where the X server listens
    std::uint32_t screen = 0;
    std::string for_xauth;     ///< the name under which xauth(1) knows the display
};
/// Reads ":0", "unix:0.1", "host:10.0", "[::1]:10" or the path of a socket, as on macOS.
/// Errors: errc::invalid_argument.
outcome<x11_display_name> parse_x11_display(std::string_view text);

/// The number of the highest display. Its port is 6000 and this number.
constexpr std::uint32_t most_x11_display = 65'535 - 6'000;
constexpr std::uint16_t x11_port(std::uint32_t display) noexcept { return std::uint16_t(6'000 + display); }

struct x11_cookie {
    std::string protocol;
    bytes data;
};
inline constexpr std::string_view x11_magic_cookie = "MIT-MAGIC-COOKIE-1";

/// Reads the output of "xauth list": the first line with a cookie. Returns: nothing if there is none.
std::optional<x11_cookie> parse_xauth_list(std::string_view text);
/// Reads hexadecimal digits. Returns: nothing for any other text, an empty one, or more than 256 bytes.
std::optional<bytes> parse_cookie_digits(std::string_view text);
std::string cookie_digits(byte_view data);

/// Reads the first message of an X client, and puts the real cookie in the place of the one that the client has. The client's must
/// be `expected`, which only programs of this connection's sessions know.
class x11_setup {
public:
    x11_setup(x11_cookie expected, x11_cookie real) : expected_(std::move(expected)), real_(std::move(real)) {}

    enum class state : unsigned char {
        reading, ///< more bytes are wanted
        done,    ///< changed() is the message for the X server
        refused, ///< why() says why
    };
    /// Returns: the number of bytes that the message still needs, as far as it is known; at least 1 while the state is `reading`.
    std::size_t wanted() const noexcept { return whole_ - taken_.size(); }
    /// `from` holds at least one byte, and wanted() at most.
    state take(byte_view from);
    state now() const noexcept { return state_; }
    const bytes& changed() const noexcept { return changed_; }
    const failure& why() const noexcept { return why_; }

private:
    static constexpr std::size_t head_size = 12;
    state begin_rest();
    state replace();
    state refuse(std::string why);
    std::size_t number_at(std::size_t i) const noexcept;
    void append_number(std::size_t n);

    const x11_cookie expected_, real_;
    state state_ = state::reading;
    bool big_endian_ = false;
    std::size_t whole_ = head_size;
    bytes taken_, changed_;
    failure why_;
};

} // namespace sshoal::forward
