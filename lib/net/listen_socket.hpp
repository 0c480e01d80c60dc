// listen_socket.hpp - a listening TCP or Unix socket: bound as a listen_address says, accepting without waiting, cleaned up at
// the end.
#pragma once

#include "net/socket_stream.hpp"
#include "sshoal/listener.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <optional>

#include <sys/types.h>

namespace sshoal::server {

class listen_socket {
public:
    explicit listen_socket(const executor& ex) : acceptor_(std::in_place, ex) {}
    listen_socket(const listen_socket&) = delete;
    ~listen_socket() { close(); }

    /// Resolves, binds and listens; takes the first address that works. Errors: those of the socket calls, with the address.
    failure open(const listen_address& at);
    void close() noexcept;
    /// Closes and needs its executor no more.
    void let_go() noexcept
    {
        close();
        acceptor_.reset();
    }

    std::uint16_t port() const noexcept { return port_; }
    const std::string& address() const noexcept { return address_; }

    /// Completes when accept() may find something.
    template <class Token>
    auto async_wait(Token&& token)
    {
        return acceptor_->async_wait(acceptor::wait_read, std::forward<Token>(token));
    }
    /// The next connection for this executor, closed on exec. Errors: would_block, and whatever accept(2) says.
    error_code accept(net::stream_socket& into);

private:
    using protocol = asio::generic::stream_protocol;
    using acceptor = asio::basic_socket_acceptor<protocol, executor>;

    error_code open_at(const protocol& p, const protocol::endpoint& where, const listen_address& at);
    failure open_tcp(const listen_address& at);
    failure open_unix(const listen_address& at);

    std::optional<acceptor> acceptor_;
    int family_ = 0;
    std::uint16_t port_ = 0;
    std::string address_;
    // The name of a Unix socket is removed again, if it is still this socket's.
    std::string path_;
    ::dev_t device_ = 0;
    ::ino_t inode_ = 0;
};

} // namespace sshoal::server
