// The public functions that connect. They throw the failures that the functions of dialling.hpp return.

#include "net/dialling.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sshoal {
namespace net {

awaitable<stream_outcome> dial_unix(std::string path)
{
    const executor ex = co_await asio::this_coro::executor;
    error_code ec;
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        co_return failure(errc::invalid_argument, "socket path too long: " + printable(path));
    stream_socket socket(ex);
    const asio::generic::stream_protocol::endpoint at{asio::local::stream_protocol::endpoint(path)};
    co_await socket.async_connect(at, asio::redirect_error(asio::use_awaitable, ec));
    if (ec)
        co_return failure(ec, printable(path));
    co_return make_socket_stream(std::move(socket), opened_by::us);
}

namespace {

awaitable<stream_outcome> no_address(endpoint to)
{
    co_return failure(errc::invalid_argument, "an endpoint without address: " + printable(to.describe()));
}

awaitable<std::unique_ptr<byte_stream>> connected_or_thrown(awaitable<stream_outcome> dialling)
{
    stream_outcome made = co_await std::move(dialling);
    if (!made)
        throw error(made.error());
    co_return std::move(*made);
}

} // namespace
} // namespace net

awaitable<std::unique_ptr<byte_stream>> connect_tcp(std::string host, std::string port, dial_options options)
{
    return net::connected_or_thrown(net::dial_tcp(std::move(host), std::move(port), std::move(options)));
}

awaitable<std::unique_ptr<byte_stream>> connect_tcp(std::string host, std::string port)
{
    return connect_tcp(std::move(host), std::move(port), dial_options());
}

awaitable<std::unique_ptr<byte_stream>> connect_unix(std::string path)
{
    return net::connected_or_thrown(net::dial_unix(std::move(path)));
}

awaitable<std::unique_ptr<byte_stream>> connect_stream(endpoint to, dial_options options)
{
    if (to.is_unix())
        return connect_unix(to.path());
    if (to.is_tcp())
        return connect_tcp(to.address(), std::to_string(to.port()), std::move(options));
    return net::connected_or_thrown(net::no_address(std::move(to)));
}

} // namespace sshoal
