// acceptor.hpp - a listening socket that hands out byte streams: TCP or Unix.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/byte_stream.hpp>
#include <sshoal/owned_descriptor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sshoal SSHOAL_API {

/// A listening address is a TCP host and port, or the path of a Unix socket.
class listen_address {
public:
    /// `host` is an address or a name; "::" takes IPv4 as well. Port 0 takes any free port.
    listen_address(std::string host, std::uint16_t port) : at_(std::move(host), port) {}
    /// A TCP endpoint or the path of a Unix socket.
    explicit listen_address(endpoint at) : at_(std::move(at)) {}
    /// A socket that listens already, such as one of inherited_sockets(). A listener of this address gets a copy of the descriptor, so
    /// the address can be opened several times; the socket goes on listening until the last copy of this address is gone. The other
    /// settings have no effect. Errors (thrown): errc::invalid_argument, if there is no descriptor.
    static listen_address inherited(owned_descriptor listening);
    static listen_address unix_socket(std::string path) { return listen_address(endpoint::unix_socket(std::move(path))); }

    const endpoint& at() const noexcept { return at_; }
    int inherited_descriptor() const noexcept { return inherited_ ? inherited_->get() : -1; } ///< -1 if the socket is to be made
    const std::string& host() const noexcept { return is_unix() ? at_.path() : at_.address(); } ///< the path of a Unix socket
    std::uint16_t port() const noexcept { return at_.port(); }
    bool is_unix() const noexcept { return at_.is_unix(); }
    /// An IPv6 address takes IPv6 alone, so that a program can listen at both "::" and "0.0.0.0".
    listen_address& v6_only(bool on = true) { v6_only_ = on; return *this; }
    bool v6_only() const noexcept { return v6_only_; }
    /// Sets SO_REUSEPORT, for a program with one socket per thread. With port 0 each socket would get another port: make the
    /// first socket with port 0, and the others with its port().
    listen_address& reuse_port(bool on = true) { reuse_port_ = on; return *this; }
    bool reuse_port() const noexcept { return reuse_port_; }
    /// Sets the mode of the file of a Unix socket, such as 0600. Default: what the process's umask leaves of 0777.
    listen_address& socket_mode(unsigned mode) { mode_ = mode; return *this; }
    std::optional<unsigned> socket_mode() const noexcept { return mode_; }
    /// Removes a Unix socket that is at the path already, even one that somebody listens at. Other files stay.
    listen_address& replace_socket(bool on = true) { replace_ = on; return *this; }
    bool replace_socket() const noexcept { return replace_; }
    /// Closes connections to a Unix socket that come from another user than this one or root, as far as the system tells.
    listen_address& only_user(std::uint32_t user_id) { only_user_ = user_id; return *this; }
    std::optional<std::uint32_t> only_user() const noexcept { return only_user_; }

private:
    endpoint at_;
    std::shared_ptr<const owned_descriptor> inherited_;
    std::optional<unsigned> mode_;
    std::optional<std::uint32_t> only_user_;
    bool replace_ = false;
    bool reuse_port_ = false;
    bool v6_only_ = false;
};

/// A cheap handle; dropping the last handle stops listening. Streams that were accepted stay open. The file of a Unix socket is
/// removed at the end.
class stream_acceptor {
public:
    /// Binds and listens. Errors (thrown): socket errors with the address, errc::invalid_argument.
    stream_acceptor(const executor& ex, listen_address at);
    stream_acceptor(asio::io_context& ctx, listen_address at);

    /// Waits for the next connection. Several calls may wait at the same time.
    /// Returns: the connection's stream; its remote() says where the connection comes from. Errors: errc::closed after close();
    /// socket errors that do not go away. When descriptors run out, accept() waits until there are some again.
    /// Cancellation: terminal, partial, total - no connection is lost. Executor: any; the stream may be used on any strand of the
    /// acceptor's io_context.
    awaitable<std::unique_ptr<byte_stream>> accept();

    endpoint local() const;              ///< the address, with the port that was bound
    std::uint16_t port() const; ///< local().port()
    /// Stops listening; accept() fails from now on. The socket may be closed a little later: await a post to get_executor() before
    /// you bind its address again. May be called on any thread.
    void close() noexcept;
    executor get_executor() const noexcept; ///< the acceptor's own strand

    struct impl;

private:
    struct handle;
    std::shared_ptr<handle> handle_;
};

} // namespace sshoal
