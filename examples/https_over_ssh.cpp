// https_over_ssh USER@GATE HOST:PORT PATH [CA_FILE] - fetches a page by HTTPS from a host behind the gate, which sees only TLS.
#include <sshoal/channel_stream.hpp>
#include <sshoal/client.hpp>

#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <iostream>

using namespace sshoal;
namespace http = boost::beast::http;

awaitable<int> fetch(login_target gate, endpoint web, std::string path, const char* authorities)
{
    auto options = client_options().known_hosts_default().identities({});
    connection c = co_await connect(gate, options);
    channel tcp = co_await c.open_tcp(web.address(), web.port());

    asio::ssl::context tls(asio::ssl::context::tls_client);
    authorities ? tls.load_verify_file(authorities) : tls.set_default_verify_paths();
    boost::beast::ssl_stream<channel_stream> stream(channel_stream(tcp), tls);
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(web.address()));
    SSL_set_tlsext_host_name(stream.native_handle(), web.address().c_str());
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);

    http::request<http::empty_body> request(http::verb::get, path, 11);
    request.set(http::field::host, web.to_string());
    request.keep_alive(false);
    co_await http::async_write(stream, request, asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    co_await http::async_read(stream, buffer, response, asio::use_awaitable);
    std::cerr << response.base();
    std::cout << response.body();
    co_return response.result() == http::status::ok ? 0 : 1;
}

int main(int argc, char** argv)
try {
    if (argc != 4 && argc != 5)
        return std::cerr << "usage: https_over_ssh USER@GATE HOST:PORT PATH [CA_FILE]\n", 2;
    return run([&] { return fetch(parse_target(argv[1]).value(), endpoint::parse(argv[2], 443).value(), argv[3], argv[4]); });
} catch (const std::exception& e) {
    return std::cerr << "https_over_ssh: " << e.what() << '\n', 1;
}
