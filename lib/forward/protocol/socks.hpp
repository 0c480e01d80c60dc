// socks.hpp - SOCKS 4, 4a and 5, as a proxy answers them (RFC 1928; no log-in, CONNECT only).
#pragma once

#include "base/bytes.hpp"
#include "sshoal/endpoint.hpp"

#include <string>

namespace sshoal::forward {

/// The outcome of a SOCKS request. The reply says it by a number of its version.
enum class socks_result : unsigned char {
    granted,
    failed,
    not_allowed,
    network_unreachable,
    host_unreachable,
    refused,
    command_not_supported,
    address_not_supported,
};

/// Reads the request of one client. The caller reads exactly as many bytes as wanted() says at most, so that no byte behind the
/// request is taken, and sends what answer() holds after each take().
class socks_reader {
public:
    enum class state : unsigned char {
        reading, ///< more bytes are wanted
        done,    ///< target() is known; the client waits for reply()
        refused, ///< not a request that can be served; why() says why, and answer() is the last that the client gets
    };

    /// Returns: the number of bytes that may be read next, at least 1 while the state is `reading`.
    std::size_t wanted() const noexcept { return wanted_ - taken_.size(); }
    /// `from` holds at least one byte, and wanted() at most.
    state take(byte_view from);
    /// Returns: the bytes that the client gets now; empty after the second call.
    bytes answer() { return std::exchange(answer_, {}); }

    /// An address or a name that the far end resolves.
    const endpoint& target() const noexcept { return target_; }
    const failure& why() const noexcept { return why_; }
    /// Returns: the reply to the request of a reader that is `done`.
    bytes reply(socks_result r) const;

    static constexpr std::size_t most_user = 255;  ///< the user of SOCKS 4, without its zero byte
    static constexpr std::size_t most_host = 255;  ///< a name, as long as SOCKS 5 can have one

private:
    enum class part : unsigned char { version, fixed4, user4, host4, methods, request5, length5, rest5 };
    state next();
    state after(part p, std::size_t size);
    state begin_methods();
    state begin_request4();
    state end_of_user4();
    state begin_address5();
    state take_address5();
    state take_text(std::size_t most, std::string_view what);
    state take_host(std::string_view host);
    state refuse(socks_result r, std::string why);
    std::uint8_t at(std::size_t i) const noexcept { return std::to_integer<std::uint8_t>(taken_[i]); }

    part part_ = part::version;
    std::uint8_t version_ = 0, address_type_ = 0;
    std::size_t wanted_ = 1;
    bytes taken_; // of the current part
    std::uint16_t port_ = 0;
    endpoint target_;
    bytes answer_;
    failure why_;
};

} // namespace sshoal::forward
