// http_over_ssh USER@HOST[:PORT] WEBSERVER[:PORT] PATH - fetches a page through the server, with Boost.Beast over a channel:
//
//     http_over_ssh alice@example.org intranet:8080 /
//
// channel_stream makes a channel what a TCP socket is to Asio's algorithms, so every library that is written for them works over
// it.
#include "target.hpp"

#include <sshoal/channel_stream.hpp>

#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <iostream>

namespace http = boost::beast::http;
using namespace sshoal;

namespace {

awaitable<void> fetch(target where, std::string web, std::string path)
{
    const auto colon = web.find(':');
    const std::string host = web.substr(0, colon);
    const auto port = std::uint16_t(colon == std::string::npos ? 80 : std::stoul(web.substr(colon + 1)));

    connection conn = co_await connect(where.host(), where.options());
    channel tcp = co_await conn.open_tcp(host, port); // the server makes the TCP connection
    channel_stream stream(tcp);

    http::request<http::empty_body> request(http::verb::get, path, 11);
    request.set(http::field::host, web);
    request.set(http::field::connection, "close");
    co_await http::async_write(stream, request, asio::use_awaitable);

    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    co_await http::async_read(stream, buffer, response, asio::use_awaitable);
    std::cerr << response.result_int() << ' ' << response.reason() << '\n';
    std::cout << response.body();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::cerr << "usage: http_over_ssh USER@HOST[:PORT] WEBSERVER[:PORT] PATH\n";
        return 2;
    }
    try {
        run([&] { return fetch(target(argv[1]), argv[2], argv[3]); });
    } catch (const std::exception& e) {
        std::cerr << "http_over_ssh: " << e.what() << '\n';
        return 255;
    }
}
