#include "net/listen_socket.hpp"

#include "os/descriptor.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshoal::net {
namespace {

using reuse_port_option = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr int accepts_in_a_row = 64; // then other handlers of the thread run
constexpr auto shortest_pause = std::chrono::milliseconds(100);
constexpr auto longest_pause = std::chrono::milliseconds(1000);

enum class accept_trouble { none_there, passing, shortage, lasting };

accept_trouble kind_of(const error_code& ec) noexcept
{
    switch (ec.value()) {
    case EAGAIN:
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
        return accept_trouble::none_there;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return accept_trouble::shortage;
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ENOTSOCK:
        return accept_trouble::lasting;
    default: // Linux reports errors of the new connection's network here: the next accept may work
        return accept_trouble::passing;
    }
}

int accept_descriptor(int listening)
{
#if defined(__linux__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
    return ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
    const int fd = ::accept(listening, nullptr, nullptr);
    if (fd >= 0)
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
#endif
}

/// Returns: whether the other end of a Unix socket belongs to this user or to root.
bool comes_from(int fd, ::uid_t user) noexcept
{
#if defined(__linux__)
    struct ::ucred who = {};
    ::socklen_t size = sizeof who;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && (who.uid == user || who.uid == 0);
#else
    ::uid_t peer = 0;
    ::gid_t group = 0;
    return ::getpeereid(fd, &peer, &group) == 0 && (peer == user || peer == 0);
#endif
}

} // namespace

failure listen_socket::open(const listen_address& at)
{
    if (at.inherited_descriptor() >= 0)
        return open_inherited(at.inherited_descriptor());
    return at.is_unix() ? open_unix(at) : open_tcp(at);
}

/// The file of a Unix socket belongs to whoever has made it.
failure listen_socket::open_inherited(int listening)
{
    const std::string shown = "descriptor " + std::to_string(listening);
    int yes = 0;
    ::socklen_t size = sizeof yes;
    if (::getsockopt(listening, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) != 0)
        return failure(error_code(errno, boost::system::system_category()), shown);
    if (yes == 0)
        return failure(errc::invalid_argument, shown + " is a socket that does not listen");
    ::sockaddr_storage name = {};
    size = sizeof name;
    if (::getsockname(listening, reinterpret_cast<::sockaddr*>(&name), &size) != 0)
        return failure(error_code(errno, boost::system::system_category()), shown);
    os::descriptor copy(::fcntl(listening, F_DUPFD_CLOEXEC, 3));
    if (!copy)
        return failure(error_code(errno, boost::system::system_category()), shown);
    error_code ec;
    const int family = name.ss_family;
    acceptor_->assign(protocol(family, family == AF_UNIX ? 0 : IPPROTO_TCP), copy.get(), ec);
    if (ec)
        return failure(ec, shown);
    copy.release();
    acceptor_->native_non_blocking(true, ec);
    family_ = family;
    error_code unknown;
    local_ = endpoint_of(acceptor_->local_endpoint(unknown));
    return ec ? failure(ec, shown) : failure();
}

failure listen_socket::open_tcp(const listen_address& at)
{
    using asio::ip::tcp;
    const std::string shown = printable(at.host()) + " port " + std::to_string(at.port());
    error_code ec;
    tcp::resolver resolver(acceptor_->get_executor());
    const auto found
        = resolver.resolve(at.host(), std::to_string(at.port()), tcp::resolver::passive | tcp::resolver::numeric_service, ec);
    if (ec)
        return failure(ec, shown);
    ec = asio::error::host_not_found;
    for (const auto& entry : found) {
        const tcp::endpoint where = entry.endpoint();
        ec = open_at(protocol(where.protocol()), protocol::endpoint(where), at);
        if (!ec)
            break;
    }
    if (ec)
        return failure(ec, shown);
    error_code ignored;
    local_ = endpoint_of(acceptor_->local_endpoint(ignored));
    return {};
}

failure listen_socket::open_unix(const listen_address& at)
{
    const asio::local::stream_protocol::endpoint none;
    if (at.host().empty() || at.host().size() >= none.capacity() - sizeof(sa_family_t))
        return failure(errc::invalid_argument, "path of a Unix socket: " + printable(at.host()));
    const asio::local::stream_protocol::endpoint where(at.host());
    struct ::stat old = {};
    if (at.replace_socket() && ::lstat(at.host().c_str(), &old) == 0 && S_ISSOCK(old.st_mode))
        ::unlink(at.host().c_str());
    if (const error_code ec = open_at(protocol(where.protocol()), protocol::endpoint(where), at))
        return failure(ec, "unix:" + printable(at.host()));
    local_ = endpoint::unix_socket(at.host());
    only_user_ = at.only_user();
    struct ::stat status = {};
    if (::lstat(at.host().c_str(), &status) == 0) {
        path_ = at.host();
        device_ = status.st_dev;
        inode_ = status.st_ino;
    }
    return {};
}

error_code listen_socket::open_at(const protocol& p, const protocol::endpoint& where, const listen_address& at)
{
    error_code ec;
    acceptor_->open(p, ec);
    if (ec)
        return ec;
    ::fcntl(acceptor_->native_handle(), F_SETFD, FD_CLOEXEC);
    if (!at.is_unix())
        acceptor_->set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec && at.reuse_port())
        acceptor_->set_option(reuse_port_option(true), ec);
    if (!ec && p.family() == AF_INET6)
        acceptor_->set_option(asio::ip::v6_only(at.v6_only()), ec);
    // Linux gives the file the mode of the socket, so there is no moment at which others may connect.
    if (!ec && at.is_unix() && at.socket_mode() && ::fchmod(acceptor_->native_handle(), mode_t(*at.socket_mode())) != 0)
        ec = error_code(errno, boost::system::system_category());
    if (!ec)
        acceptor_->bind(where, ec);
    // The umask has been applied, and other systems do not look at the mode of the socket.
    if (!ec && at.is_unix() && at.socket_mode() && ::chmod(at.host().c_str(), mode_t(*at.socket_mode())) != 0)
        ec = error_code(errno, boost::system::system_category());
    if (!ec)
        acceptor_->listen(asio::socket_base::max_listen_connections, ec);
    if (!ec)
        acceptor_->native_non_blocking(true, ec);
    if (!ec) {
        family_ = p.family();
        return {};
    }
    error_code ignored;
    acceptor_->close(ignored);
    return ec;
}

/// Takes a connection that has arrived, without waiting. The descriptor is closed on exec.
error_code listen_socket::accept(stream_socket& into)
{
    os::descriptor fd(accept_descriptor(acceptor_->native_handle()));
    if (!fd)
        return error_code(errno, boost::system::system_category());
    if (only_user_ && !comes_from(fd.get(), *only_user_))
        return error_code(ECONNABORTED, boost::system::system_category()); // and wait for the next one
    error_code ec;
    into.assign(protocol(family_, family_ == AF_UNIX ? 0 : IPPROTO_TCP), fd.get(), ec);
    if (!ec)
        fd.release();
    return ec;
}

awaitable<error_code> listen_socket::next(stream_socket& into)
{
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (accepted_ >= accepts_in_a_row) {
        accepted_ = 0;
        co_await asio::post(acceptor_->get_executor(), asio::use_awaitable);
    }
    while (!closed_ && state.cancelled() == asio::cancellation_type::none) {
        const error_code ec = accept(into);
        if (!ec) {
            ++accepted_;
            next_pause_ = shortest_pause;
            co_return ec;
        }
        error_code ignored;
        switch (kind_of(ec)) {
        case accept_trouble::none_there:
            accepted_ = 0;
            next_pause_ = shortest_pause;
            co_await acceptor_->async_wait(acceptor::wait_read, asio::redirect_error(asio::use_awaitable, ignored));
            break;
        case accept_trouble::passing: break;
        case accept_trouble::shortage: // a wait for the socket would return at once, again and again
            if (on_shortage_)
                on_shortage_(ec);
            next_pause_ = std::max(next_pause_, shortest_pause);
            pause_->expires_after(next_pause_);
            next_pause_ = std::min(next_pause_ * 2, longest_pause);
            co_await pause_->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            break;
        case accept_trouble::lasting:
            co_return ec;
        }
    }
    co_return asio::error::operation_aborted;
}

void listen_socket::close() noexcept
{
    error_code ignored;
    closed_ = true;
    if (acceptor_)
        acceptor_->close(ignored);
    if (pause_)
        pause_->cancel();
    if (path_.empty())
        return;
    struct ::stat status = {};
    if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
        ::unlink(path_.c_str());
    path_.clear();
}

} // namespace sshoal::net
