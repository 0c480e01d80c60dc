#include "catch.hpp"

#include "net/socket_stream.hpp"
#include "sshoal/dial.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sshoal::net::test {
namespace {

using streams = std::pair<std::unique_ptr<byte_stream>, std::unique_ptr<byte_stream>>;

streams socket_pair(const executor& ex)
{
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    return {make_descriptor_stream(ex, fds[0], fds[0]), make_descriptor_stream(ex, fds[1], fds[1])};
}

streams pipes(const executor& ex)
{
    int there[2], back[2];
    REQUIRE(::pipe(there) == 0);
    REQUIRE(::pipe(back) == 0);
    return {make_descriptor_stream(ex, back[0], there[1]), make_descriptor_stream(ex, there[0], back[1])};
}

streams asio_sockets(const executor& ex)
{
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    const asio::generic::stream_protocol protocol(AF_UNIX, 0);
    return {make_socket_stream(stream_socket(ex, protocol, fds[0]), opened_by::us),
            make_socket_stream(stream_socket(ex, protocol, fds[1]), opened_by::peer)};
}

std::string read_now(byte_stream& s, error_code& ec)
{
    std::string text(100, ' ');
    text.resize(s.try_read(std::as_writable_bytes(std::span(text)), ec));
    return text;
}

endpoint end_of(const sockaddr* a, std::size_t size)
{
    asio::generic::stream_protocol::endpoint e(a, size);
    return endpoint_of(e);
}

} // namespace

TEST_CASE("streams: one direction ends, the other goes on")
{
    asio::io_context ctx;
    const executor ex = ctx.get_executor();
    const int which = GENERATE(0, 1, 2, 3);
    INFO("kind " << which);
    streams s = which == 0   ? make_memory_streams(ex, ex)
                : which == 1 ? socket_pair(ex)
                : which == 2 ? pipes(ex)
                             : asio_sockets(ex);
    const auto word = std::as_bytes(std::span("word", 4));
    error_code ec;
    CHECK(s.first->try_write(word, ec) == 4);
    CHECK_FALSE(s.first->shutdown_send());
    s.first->shutdown_send(); // may be called twice
    CHECK(s.first->try_write(word, ec) == 0);
    CHECK(ec);
    CHECK(ec != asio::error::would_block);
    CHECK(read_now(*s.second, ec) == "word");
    CHECK(read_now(*s.second, ec).empty());
    CHECK(ec == asio::error::eof);
    CHECK(s.second->try_write(word, ec) == 4);
    CHECK(read_now(*s.first, ec) == "word");
    s.second->close();
    read_now(*s.first, ec);
    CHECK(ec == asio::error::eof);
}

TEST_CASE("streams: a stream that does not say otherwise cannot end one direction alone")
{
    struct plain final : byte_stream {
        std::size_t try_read(std::span<std::byte>, error_code&) override { return 0; }
        std::size_t try_write(std::span<const std::byte>, error_code&) override { return 0; }
        awaitable<error_code> wait_readable() override { co_return error_code(); }
        awaitable<error_code> wait_writable() override { co_return error_code(); }
        void close() noexcept override {}
    } s;
    CHECK(s.shutdown_send() == asio::error::operation_not_supported);
    CHECK(s.set_traffic_class(0x10) == asio::error::operation_not_supported);
    CHECK(s.remote_name() == "stream");
    CHECK(s.local() == endpoint::without_address("stream"));
}

TEST_CASE("streams: endpoints of sockets")
{
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(22);
    ::inet_pton(AF_INET, "192.0.2.1", &four.sin_addr);
    CHECK(end_of(reinterpret_cast<sockaddr*>(&four), sizeof four) == endpoint("192.0.2.1", 22));
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(2222);
    ::inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr);
    CHECK(end_of(reinterpret_cast<sockaddr*>(&six), sizeof six) == endpoint("2001:db8::1", 2222));
    ::inet_pton(AF_INET6, "::ffff:192.0.2.1", &six.sin6_addr);
    CHECK(end_of(reinterpret_cast<sockaddr*>(&six), sizeof six) == endpoint("192.0.2.1", 2222));
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    CHECK(end_of(reinterpret_cast<sockaddr*>(&un), sizeof(sa_family_t)) == endpoint::unix_socket(""));
    std::strcpy(un.sun_path, "/run/x");
    CHECK(end_of(reinterpret_cast<sockaddr*>(&un), sizeof un) == endpoint::unix_socket("/run/x"));
}

TEST_CASE("streams: a descriptor that is a connection knows its ends, a pipe has none")
{
    asio::io_context ctx;
    const executor ex = ctx.get_executor();
    CHECK(pipes(ex).first->remote() == endpoint::without_address("pipe"));
    CHECK(socket_pair(ex).first->remote() == endpoint::without_address("pipe"));
    const int ear = ::socket(AF_INET, SOCK_STREAM, 0), caller = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::socklen_t size = sizeof at;
    REQUIRE(::bind(ear, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
    REQUIRE(::listen(ear, 1) == 0);
    REQUIRE(::getsockname(ear, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    REQUIRE(::connect(caller, reinterpret_cast<sockaddr*>(&at), size) == 0);
    const int taken = ::accept(ear, nullptr, nullptr);
    const auto left = make_descriptor_stream(ex, caller, ::dup(caller)), right = make_descriptor_stream(ex, taken, taken);
    CHECK(left->remote() == endpoint("127.0.0.1", ntohs(at.sin_port)));
    CHECK(left->remote() == right->local());
    CHECK(left->local() == right->remote());
    int octet = 0;
    size = sizeof octet;
    CHECK(left->set_traffic_class(0x48) == error_code());
    CHECK((::getsockopt(caller, IPPROTO_IP, IP_TOS, &octet, &size) == 0 && octet == 0x48));
    CHECK(pipes(ex).first->set_traffic_class(0x48) == asio::error::operation_not_supported);
    CHECK(socket_pair(ex).first->set_traffic_class(0x48) == asio::error::operation_not_supported);
    left->close();
    CHECK(left->local() == right->remote());
    ::close(ear);
}

} // namespace sshoal::net::test
