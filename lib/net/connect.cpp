// Connecting to a Unix socket; dialling.cpp has TCP.

#include "net/socket_stream.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sshoal {

awaitable<outcome<std::unique_ptr<byte_stream>>> connect_unix(std::string path)
{
    const executor ex = co_await asio::this_coro::executor;
    error_code ec;
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        co_return failure(errc::invalid_argument, "socket path too long: " + printable(path));
    net::stream_socket socket(ex);
    const asio::generic::stream_protocol::endpoint at{asio::local::stream_protocol::endpoint(path)};
    co_await socket.async_connect(at, asio::redirect_error(asio::use_awaitable, ec));
    if (ec)
        co_return failure(ec, printable(path));
    co_return net::make_socket_stream(std::move(socket), net::opened_by::us);
}

} // namespace sshoal
