// proxy_protocol.hpp - the PROXY protocol, versions 1 and 2: a load balancer tells the server where a connection really comes from.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/byte_stream.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {

/// The load balancers in front of a server. Setters return the object, so they can be chained.
///
/// A connection from one of them begins with a header that names the real ends, which the stream has from then on: remote() and
/// local(), and with them the authenticator, policies, admission and the log. A connection without a header that can be read is
/// closed. The header of a health check ("LOCAL", "UNKNOWN") leaves the ends as they are. Other peers send no header: if they do,
/// their header is no SSH identification, and they are closed.
class trusted_proxies {
public:
    /// Addresses, with '*' and '?', and networks ("192.0.2.0/24"); an entry that begins with '!' excludes addresses. An empty list
    /// trusts nobody. Everybody who can connect from such an address can claim to come from anywhere.
    explicit trusted_proxies(std::vector<std::string> sources) : sources_(std::move(sources)) {}
    /// Limits the time until the header is complete. Default 5 s; 0: no limit.
    trusted_proxies& timeout(std::chrono::milliseconds t) { timeout_ = t; return *this; }
    /// Limits the header of version 2, whose optional parts are passed over. Default 2 KiB; a header without them has 28 or 52
    /// bytes. That of version 1 has at most 107 bytes.
    trusted_proxies& max_header(std::size_t n) { most_ = n; return *this; }
    /// Limits the connections of a listener whose header is not complete; a further one is closed at once. Default 256.
    trusted_proxies& max_pending(std::size_t n) { pending_ = n; return *this; }

    const std::vector<std::string>& sources() const noexcept { return sources_; }
    std::chrono::milliseconds timeout() const noexcept { return timeout_; }
    std::size_t max_header() const noexcept { return most_; }
    std::size_t max_pending() const noexcept { return pending_; }
    /// Returns: whether connections from this end begin with a header. Those of Unix sockets do not.
    bool trust(const endpoint& from) const;

private:
    std::vector<std::string> sources_;
    std::chrono::milliseconds timeout_{5'000};
    std::size_t most_ = 2048, pending_ = 256;
};

/// Reads the header of a stream that comes from one of these proxies, for a program that accepts streams itself; listener and
/// accept() do so with server_options::proxy_protocol().
/// Returns: the stream with the ends that the header names; the stream as it is if it does not come from a proxy.
/// Errors (thrown): errc::protocol_error with the reason; errc::timed_out; errc::end_of_file; those of the stream. Cancellation:
/// terminal; the stream is closed. Executor: the stream's.
awaitable<std::unique_ptr<byte_stream>> take_proxy_header(std::unique_ptr<byte_stream> stream, trusted_proxies from);

} // namespace sshoal
