// channel_stream with what is written for Asio's streams: its algorithms, Boost.Beast, TLS, and every completion token.
#include "ends.hpp"

#include "sshoal/channel_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http.hpp>

#include <thread>

#ifdef SSHOAL_TEST_TLS
#include <boost/asio/ssl.hpp>
#endif

using namespace rig;
using namespace asio::experimental::awaitable_operators;
using sshoal::channel_stream;
namespace http = boost::beast::http;

static_assert(boost::beast::is_async_stream<channel_stream>::value);

namespace {

awaitable<std::string> read_a_line(channel c)
{
    channel_stream s(std::move(c));
    std::string buffer;
    const std::size_t n = co_await asio::async_read_until(s, asio::dynamic_buffer(buffer), '\n', asio::use_awaitable);
    buffer.resize(n);
    co_return buffer;
}

awaitable<std::size_t> write_all(channel c, std::string text)
{
    channel_stream s(std::move(c));
    const std::size_t n = co_await asio::async_write(s, asio::buffer(text), asio::use_awaitable);
    co_return n;
}

using response = http::response<http::string_body>;

awaitable<void> serve_http(channel c)
{
    channel_stream s(std::move(c));
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> q;
    co_await http::async_read(s, buffer, q, asio::use_awaitable);
    response r(http::status::ok, q.version());
    r.body() = q.body() + std::string(q.target());
    r.prepare_payload();
    co_await http::async_write(s, r, asio::use_awaitable);
}

awaitable<response> ask_http(channel c, std::string body)
{
    channel_stream s(std::move(c));
    http::request<http::string_body> q(http::verb::post, "/path", 11);
    q.set(http::field::host, "example.org");
    q.body() = std::move(body);
    q.prepare_payload();
    co_await http::async_write(s, q, asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    response r;
    co_await http::async_read(s, buffer, r, asio::use_awaitable);
    co_return r;
}

} // namespace

TEST_CASE("async_read_until and async_write work across a window of 64 bytes")
{
    run_test([]() -> awaitable<void> {
        const limits tiny = window_of(64);
        ends e = co_await channel_ends(server_setup().limits(tiny), client_setup().limits(tiny));
        std::string line = pattern(5000);
        for (char& c : line)
            c = char('a' + (c & 15));
        line += '\n';
        auto both = write_all(e.client, line) && read_a_line(e.server);
        auto [written, got] = co_await std::move(both);
        CHECK(written == line.size());
        CHECK(got == line);
    });
}

TEST_CASE("Boost.Beast speaks HTTP over a channel")
{
    run_test([]() -> awaitable<void> {
        const limits tiny = window_of(1000);
        ends e = co_await channel_ends(server_setup().limits(tiny), client_setup().limits(tiny));
        const std::string body = pattern(20'000);
        auto serving = asio::co_spawn(e.server.get_executor(), serve_http(e.server), asio::use_awaitable);
        auto both = ask_http(e.client, body) && std::move(serving);
        const response r = co_await std::move(both);
        CHECK(r.result() == http::status::ok);
        CHECK(r.body() == body + "/path");
    });
}

TEST_CASE("a buffer sequence is filled and emptied in order")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends();
        channel_stream there(e.client), here(e.server);
        const std::string a = "one", b, c = "two", d = "three";
        std::array<asio::const_buffer, 4> out{asio::buffer(a), asio::buffer(b), asio::buffer(c), asio::buffer(d)};
        std::size_t n = co_await there.async_write_some(out);
        CHECK(n == 11);
        co_await settle();
        std::string x(4, ' '), y(20, ' ');
        std::array<asio::mutable_buffer, 2> in{asio::buffer(x), asio::buffer(y)};
        n = co_await here.async_read_some(in);
        CHECK(n == 11);
        CHECK(x + y.substr(0, 7) == "onetwothree");
        n = co_await here.async_read_some(asio::mutable_buffer()); // asks for nothing, gets nothing, at once
        CHECK(n == 0);
    });
}

TEST_CASE("every completion token works, and none completes inside the initiating function")
{
    run_test([]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        ends e = co_await channel_ends();
        channel_stream out(e.client), in(e.server);
        const std::string text = "0123456789";
        std::string got(3, ' ');
        co_await e.client.write(text);
        co_await settle();

        std::size_t n = co_await in.async_read_some(asio::buffer(got)); // deferred
        CHECK(got.substr(0, n) == "012");
        n = co_await in.async_read_some(asio::buffer(got), asio::use_awaitable);
        CHECK(got.substr(0, n) == "345");
        auto [ec, m] = co_await in.async_read_some(asio::buffer(got), asio::as_tuple(asio::use_awaitable));
        CHECK(!ec);
        CHECK(got.substr(0, m) == "678");
        error_code redirected = asio::error::access_denied;
        n = co_await in.async_read_some(asio::buffer(got), asio::redirect_error(asio::use_awaitable, redirected));
        CHECK(!redirected);
        CHECK(got.substr(0, n) == "9");

        bool returned = false, called = false, on_strand = false;
        out.async_write_some(asio::buffer(text), [&](error_code failed, std::size_t moved) {
            CHECK(returned);
            CHECK(!failed);
            CHECK(moved == text.size());
            called = true;
        });
        returned = true;
        CHECK(!called);
        co_await settle();
        CHECK(called);

        returned = called = false;
        const auto strand = *here.target<own_strand>();
        in.async_read_some(asio::buffer(got), asio::bind_executor(strand, [&](error_code, std::size_t) {
                               CHECK(returned);
                               on_strand = strand.running_in_this_thread();
                               called = true;
                           }));
        returned = true;
        co_await settle();
        CHECK(called);
        CHECK(on_strand);

        co_await e.client.send_eof();
        error_code at_end;
        std::string rest(100, ' ');
        n = co_await in.async_read_some(asio::buffer(rest), asio::redirect_error(asio::use_awaitable, at_end));
        CHECK(n == 7);
        n = co_await in.async_read_some(asio::buffer(rest), asio::redirect_error(asio::use_awaitable, at_end));
        CHECK(n == 0);
        CHECK(at_end == asio::error::eof);
        CHECK(e.server.at_eof());
    });
}

TEST_CASE("a future is fulfilled while another thread waits for it")
{
    run_test(
        []() -> awaitable<void> {
            const executor here = co_await asio::this_coro::executor;
            ends e = co_await channel_ends();
            std::string got(5, ' ');
            channel_stream in(e.server);
            std::future<std::size_t> n = in.async_read_some(asio::buffer(got), asio::use_future);
            co_await e.client.write("hello");
            asio::thread_pool pool(1);
            std::promise<std::size_t> moved;
            std::future<std::size_t> result = moved.get_future();
            asio::post(pool, [&] { moved.set_value(n.get()); });
            while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
                co_await pause_for(std::chrono::milliseconds(1));
            CHECK(result.get() == 5);
            CHECK(got == "hello");
            pool.join();
        },
        2);
}

TEST_CASE("cancelling a stream's operation by its slot loses no byte")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends(server_setup().limits(window_of(100)), client_setup());
        channel_stream in(e.server), out(e.client);
        for (const auto type : {stop_total, stop_partial, stop_terminal}) {
            std::string got(10, ' ');
            asio::cancellation_signal stop;
            error_code failed;
            std::size_t moved = 99;
            bool called = false;
            auto handler = [&](error_code ec, std::size_t n) {
                failed = ec;
                moved = n;
                called = true;
            };
            in.async_read_some(asio::buffer(got), asio::bind_cancellation_slot(stop.slot(), handler));
            co_await settle();
            CHECK(!called);
            stop.emit(type);
            CHECK(!called);
            co_await e.client.write("kept"); // arrives before the handler may have run
            co_await settle();
            CHECK(called);
            CHECK(failed == asio::error::operation_aborted);
            CHECK(moved == 0);
            const std::size_t n = co_await in.async_read_some(asio::buffer(got));
            CHECK(got.substr(0, n) == "kept");

            // A write that waits for the window.
            const std::string full = pattern(100);
            const std::size_t filled
                = e.client.try_write(std::as_bytes(std::span(full))); // credit for what was read may still be due
            CHECK(filled >= 90);
            called = false;
            out.async_write_some(asio::buffer(full), asio::bind_cancellation_slot(stop.slot(), handler));
            co_await settle();
            CHECK(!called);
            stop.emit(type);
            co_await settle();
            CHECK(called);
            CHECK(failed == asio::error::operation_aborted);
            std::string all(200, ' ');
            const std::size_t read = co_await e.server.read(std::as_writable_bytes(std::span(all)).first(filled));
            CHECK(read == filled);
            CHECK(all.substr(0, filled) == full.substr(0, filled));
        }
    });
}

#ifdef SSHOAL_TEST_TLS
namespace {

namespace ssl = asio::ssl;

/// A self-signed certificate and its key, made now and gone with the test.
void give_certificate(ssl::context& ctx)
{
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    X509* const cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_set_pubkey(cert, key);
    X509_NAME* const name = X509_get_subject_name(cert);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_sign(cert, key, EVP_sha256());
    SSL_CTX_use_certificate(ctx.native_handle(), cert);
    SSL_CTX_use_PrivateKey(ctx.native_handle(), key);
    X509_free(cert);
    EVP_PKEY_free(key);
}

awaitable<void> tls_echo(channel c)
{
    ssl::context ctx(ssl::context::tls_server);
    give_certificate(ctx);
    ssl::stream<channel_stream> s(channel_stream(std::move(c)), ctx);
    co_await s.async_handshake(ssl::stream_base::server, asio::use_awaitable);
    std::string buffer(4000, ' ');
    for (std::size_t done = 0; done < 30'000;) {
        const std::size_t n = co_await s.async_read_some(asio::buffer(buffer), asio::use_awaitable);
        co_await asio::async_write(s, asio::buffer(buffer, n), asio::use_awaitable);
        done += n;
    }
}

awaitable<std::string> tls_ask(channel c, std::string text)
{
    ssl::context ctx(ssl::context::tls_client);
    ssl::stream<channel_stream> s(channel_stream(std::move(c)), ctx);
    s.set_verify_mode(ssl::verify_none);
    co_await s.async_handshake(ssl::stream_base::client, asio::use_awaitable);
    std::string got(text.size(), ' ');
    for (std::size_t done = 0; done < text.size();) {
        const std::size_t piece = std::min<std::size_t>(7'500, text.size() - done);
        co_await asio::async_write(s, asio::buffer(text.data() + done, piece), asio::use_awaitable);
        co_await asio::async_read(s, asio::buffer(got.data() + done, piece), asio::use_awaitable);
        done += piece;
    }
    co_return got;
}

} // namespace

TEST_CASE("TLS runs over a channel")
{
    run_test([]() -> awaitable<void> {
        ends e = co_await channel_ends(server_setup().limits(window_of(3000)), client_setup());
        const std::string text = pattern(30'000);
        auto serving = asio::co_spawn(e.server.get_executor(), tls_echo(e.server), asio::use_awaitable);
        auto both = tls_ask(e.client, text) && std::move(serving);
        const std::string got = co_await std::move(both);
        CHECK(got == text);
    });
}
#else
TEST_CASE("TLS runs over a channel") { WARN("SKIPPED: built without the OpenSSL headers"); }
#endif
