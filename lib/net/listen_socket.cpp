#include "net/listen_socket.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshoal::server {
namespace {

using reuse_port_option = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

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

} // namespace

failure listen_socket::open(const listen_address& at) { return at.is_unix() ? open_unix(at) : open_tcp(at); }

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
    const protocol::endpoint bound = acceptor_->local_endpoint(ignored);
    address_ = net::describe(bound);
    tcp::endpoint numbers;
    numbers.resize(bound.size());
    std::memcpy(numbers.data(), bound.data(), bound.size());
    port_ = numbers.port();
    return {};
}

failure listen_socket::open_unix(const listen_address& at)
{
    const asio::local::stream_protocol::endpoint none;
    if (at.host().empty() || at.host().size() >= none.capacity() - sizeof(sa_family_t))
        return failure(errc::invalid_argument, "path of a Unix socket: " + printable(at.host()));
    const asio::local::stream_protocol::endpoint where(at.host());
    if (const error_code ec = open_at(protocol(where.protocol()), protocol::endpoint(where), at))
        return failure(ec, "unix:" + printable(at.host()));
    address_ = "unix:" + at.host();
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
    if (!ec)
        acceptor_->bind(where, ec);
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

error_code listen_socket::accept(net::stream_socket& into)
{
    const int fd = accept_descriptor(acceptor_->native_handle());
    if (fd < 0)
        return error_code(errno, boost::system::system_category());
    error_code ec;
    into.assign(protocol(family_, family_ == AF_UNIX ? 0 : IPPROTO_TCP), fd, ec);
    if (ec)
        ::close(fd);
    return ec;
}

void listen_socket::close() noexcept
{
    error_code ignored;
    if (acceptor_)
        acceptor_->close(ignored);
    if (path_.empty())
        return;
    struct ::stat status = {};
    if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
        ::unlink(path_.c_str());
    path_.clear();
}

} // namespace sshoal::server
