// acceptor.hpp - a listening socket that hands out byte streams: TCP or Unix.
#pragma once

#include <sshoal/byte_stream.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace sshoal {

/// A listening address is a TCP host and port, or the path of a Unix socket.
class listen_address {
public:
    /// `host` is an address or name; "::" takes IPv4 as well. Port 0: any free one.
    listen_address(std::string host, std::uint16_t port) : at_(std::move(host), port) {}
    /// A TCP endpoint or the path of a Unix socket.
    explicit listen_address(endpoint at) : at_(std::move(at)) {}
    static listen_address unix_socket(std::string path) { return listen_address(endpoint::unix_socket(std::move(path))); }

    const endpoint& at() const noexcept { return at_; }
    const std::string& host() const noexcept { return is_unix() ? at_.path() : at_.address(); } ///< or the path
    std::uint16_t port() const noexcept { return at_.port(); }
    bool is_unix() const noexcept { return at_.is_unix(); }
    /// An IPv6 address takes IPv6 alone: "::" and "0.0.0.0" can both be listened at then.
    listen_address& v6_only(bool on = true) { v6_only_ = on; return *this; }
    bool v6_only() const noexcept { return v6_only_; }
    /// SO_REUSEPORT: one socket per thread. With port 0 each socket would get another port: make the first, and the others with
    /// its port().
    listen_address& reuse_port(bool on = true) { reuse_port_ = on; return *this; }
    bool reuse_port() const noexcept { return reuse_port_; }

private:
    endpoint at_;
    bool reuse_port_ = false;
    bool v6_only_ = false;
};

/// A cheap handle; dropping the last one stops listening. Streams that were accepted go on. The file of a Unix socket is removed
/// at the end.
class stream_acceptor {
public:
    /// Binds and listens. Errors (thrown): socket errors with the address, errc::invalid_argument.
    stream_acceptor(const executor& ex, listen_address at);
    stream_acceptor(asio::io_context& ctx, listen_address at);

    /// Waits for the next connection. Several calls may wait at the same time.
    /// Returns: its stream. remote() says where the connection comes from. Errors: errc::closed after close(); socket errors that
    /// do not go away. A lack of descriptors is waited out.
    /// Cancellation: terminal, partial, total - no connection is lost. Executor: any; the stream may be used on any strand of the
    /// acceptor's io_context.
    awaitable<std::unique_ptr<byte_stream>> accept();

    endpoint local() const;              ///< where it listens, with the port that was bound
    std::uint16_t port() const noexcept; ///< local().port()
    /// Stops listening; accept() fails from now on. Any thread.
    void close() noexcept;
    executor get_executor() const noexcept; ///< the acceptor's own strand

    struct impl;

private:
    struct handle;
    std::shared_ptr<handle> handle_;
};

} // namespace sshoal
