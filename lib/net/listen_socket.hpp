// listen_socket.hpp - a listening TCP or Unix socket. It goes on waiting for connections when single ones fail, and cleans up at
// the end.
#pragma once

#include "net/socket_stream.hpp"
#include "sshoal/acceptor.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>

#include <sys/types.h>

namespace sshoal::net {

class listen_socket {
public:
    explicit listen_socket(const executor& ex) : acceptor_(std::in_place, ex), pause_(std::in_place, ex) {}
    listen_socket(const listen_socket&) = delete;
    ~listen_socket() { close(); }

    /// Resolves, binds and listens; takes the first address that works. Errors: those of the socket calls, with the address.
    failure open(const listen_address& at);
    void close() noexcept;
    /// Closes the socket, and gives up all members that belong to the io_context.
    void abandon() noexcept
    {
        close();
        acceptor_.reset();
        pause_.reset();
    }

    const endpoint& local() const noexcept { return local_; }

    /// Sets a function that is called when descriptors or memory run out; accepting waits until there are some again.
    void on_shortage(std::function<void(const error_code&)> f) { on_shortage_ = std::move(f); }
    /// Waits for the next connection. A connection that is gone before it is accepted is skipped.
    /// Returns: no error, and the connection in `into`, whose executor the caller has chosen; operation_aborted after close() and
    /// if the wait is cancelled; the error that listening has ended with. Cancellation: terminal, partial, total.
    /// Lifetime: the caller keeps this object.
    awaitable<error_code> next(stream_socket& into);

private:
    using protocol = asio::generic::stream_protocol;
    using acceptor = asio::basic_socket_acceptor<protocol, executor>;

    error_code accept(stream_socket& into);
    error_code open_at(const protocol& p, const protocol::endpoint& where, const listen_address& at);
    failure open_inherited(int listening);
    failure open_tcp(const listen_address& at);
    failure open_unix(const listen_address& at);

    std::optional<acceptor> acceptor_;
    std::optional<asio::steady_timer> pause_;
    std::chrono::milliseconds next_pause_{0};
    std::function<void(const error_code&)> on_shortage_;
    std::optional<::uid_t> only_user_; // of a Unix socket, beside root
    int family_ = 0;
    int accepted_ = 0; // connections accepted without a wait in between
    bool closed_ = false;
    endpoint local_;
    // At the end the file of a Unix socket is removed, if it is still this socket's.
    std::string path_;
    ::dev_t device_ = 0;
    ::ino_t inode_ = 0;
};

} // namespace sshoal::net
