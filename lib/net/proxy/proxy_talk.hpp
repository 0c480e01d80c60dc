// proxy_talk.hpp - what a client and a proxy say before the target's bytes, without I/O.
#pragma once

#include "base/bytes.hpp"
#include "sshoal/proxy.hpp"

#include <memory>

namespace sshoal::net {

/// The caller sends what to_send() holds, at first and after each take(), and reads at most as many bytes as wanted() says, so
/// that no byte of the target is taken.
class proxy_talk {
public:
    enum class state : unsigned char {
        reading, ///< more bytes are wanted
        granted,
        refused, ///< why() has what the proxy said
    };
    virtual ~proxy_talk() = default;
    /// Returns: the bytes that the proxy gets now; empty after the second call.
    bytes to_send() { return std::exchange(sending_, {}); }
    /// Returns: the number of bytes that may be read next, at least 1 while the state is `reading`.
    virtual std::size_t wanted() const noexcept = 0;
    /// `from` holds at least one byte, and wanted() at most.
    virtual state take(byte_view from) = 0;
    /// errc::proxy_refused, for the state `refused`.
    const failure& why() const noexcept { return why_; }

protected:
    state refuse(std::string why)
    {
        why_ = failure(errc::proxy_refused, std::move(why));
        return state::refused;
    }
    bytes sending_;

private:
    failure why_;
};

using proxy_talk_outcome = outcome<std::unique_ptr<proxy_talk>>;

/// Asks for a connection to the target. Errors: errc::invalid_argument for a target or a log-in that the protocol has no room for.
proxy_talk_outcome begin_http_connect(const proxy& through, const endpoint& target);
proxy_talk_outcome begin_socks5(const proxy& through, const endpoint& target);

/// The most bytes that an HTTP proxy may reply.
constexpr std::size_t most_http_reply = 16 * 1024;

} // namespace sshoal::net
