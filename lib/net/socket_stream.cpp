#include "net/socket_stream.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <cerrno>

namespace sshoal::net {
namespace {

// A log-in and the first channel take about ten reads; a log-in with many keys and questions takes more.
constexpr unsigned reads_of_log_in = 64;

// Bytes that have been written to a socket cannot be overtaken any more. The kernel would take megabytes of a transfer, and a
// terminal's echo would wait behind them. So the kernel takes no more than this many bytes that it has not sent. The rest stays
// in the library, where priorities count. Bytes on their way do not count, so a long path is filled as before.
constexpr int most_unsent = 256 * 1024;

class socket_stream final : public byte_stream {
public:
    socket_stream(stream_socket s, opened_by who) : socket_(std::move(s))
    {
        error_code ignored;
        socket_.non_blocking(true, ignored);
        const int on = 1;
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on); // a dead peer is noticed in the end
        const bool tcp
            = ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0; // fails for a Unix socket
        if (tcp && who == opened_by::us)
            quick_reads_ = reads_of_log_in;
#ifdef TCP_NOTSENT_LOWAT
        if (tcp)
            ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most_unsent, sizeof most_unsent);
#endif
        remote_ = endpoint_of(socket_.remote_endpoint(ignored));
        local_ = endpoint_of(socket_.local_endpoint(ignored));
    }

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override
    {
        const std::size_t n = socket_.read_some(asio::buffer(into.data(), into.size()), ec);
        unacknowledged_ = n > 0 || unacknowledged_;
        return n;
    }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override
    {
        unacknowledged_ = false; // the segment that goes out acknowledges as well
        return socket_.write_some(asio::buffer(from.data(), from.size()), ec);
    }
    awaitable<error_code> wait_readable() override
    {
        if (unacknowledged_ && quick_reads_ > 0)
            acknowledge();
        return wait(stream_socket::wait_read);
    }
    awaitable<error_code> wait_writable() override { return wait(stream_socket::wait_write); }
    error_code shutdown_send() noexcept override
    {
        error_code ec;
        socket_.shutdown(stream_socket::shutdown_send, ec);
        return ec;
    }
    error_code set_traffic_class(int octet) noexcept override { return mark_socket(socket_.native_handle(), octet); }
    void close() noexcept override
    {
        error_code ignored;
        socket_.close(ignored);
    }
    void reset() noexcept override
    {
        error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored); // for a Unix socket, close() says it all
        close();
    }
    endpoint remote() const override { return remote_; }
    endpoint local() const override { return local_; }

private:
    // Nothing is written after this read, so the kernel would delay the acknowledgement. The kernel may clear the option at any
    // time, so it is set each time.
    void acknowledge() noexcept
    {
        unacknowledged_ = false;
        --quick_reads_;
#if defined(TCP_QUICKACK)
        const int on = 1;
        ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#endif
    }

    awaitable<error_code> wait(stream_socket::wait_type what)
    {
        error_code ec;
        co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, ec));
        co_return ec;
    }

    stream_socket socket_;
    unsigned quick_reads_ = 0;
    bool unacknowledged_ = false;
    endpoint remote_, local_;
};

} // namespace

std::unique_ptr<byte_stream> make_socket_stream(stream_socket socket, opened_by who)
{
    return std::make_unique<socket_stream>(std::move(socket), who);
}

error_code mark_socket(int socket, int octet) noexcept
{
    int family = 0;
    ::socklen_t size = sizeof family;
    if (::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0 || (family != AF_INET && family != AF_INET6))
        return asio::error::operation_not_supported;
    const bool six = family == AF_INET6;
    // A socket of IPv6 may carry a connection of IPv4, whose mark is the other one.
    const bool four_done = ::setsockopt(socket, IPPROTO_IP, IP_TOS, &octet, sizeof octet) == 0;
    const bool six_done = six && ::setsockopt(socket, IPPROTO_IPV6, IPV6_TCLASS, &octet, sizeof octet) == 0;
    return four_done || six_done ? error_code() : error_code(errno, boost::system::system_category());
}

endpoint endpoint_of(const asio::generic::stream_protocol::endpoint& at)
{
    char text[INET6_ADDRSTRLEN] = {};
    const sockaddr* const a = at.data();
    if (a->sa_family == AF_INET) {
        const auto* four = reinterpret_cast<const sockaddr_in*>(a);
        ::inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
        return endpoint(text, ntohs(four->sin_port));
    }
    if (a->sa_family == AF_INET6) {
        const auto* six = reinterpret_cast<const sockaddr_in6*>(a);
        if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
            ::inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, text, sizeof text);
        else
            ::inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
        return endpoint(text, ntohs(six->sin6_port));
    }
    if (a->sa_family == AF_UNIX) {
        const auto* u = reinterpret_cast<const sockaddr_un*>(a);
        const std::size_t room = at.size() > offsetof(sockaddr_un, sun_path) ? at.size() - offsetof(sockaddr_un, sun_path) : 0;
        return endpoint::unix_socket(std::string(u->sun_path, ::strnlen(u->sun_path, room)));
    }
    return endpoint::without_address("socket");
}

} // namespace sshoal::net
