// Connections through proxies, and servers behind load balancers.
#include "forward_scene.hpp"

#include "sshoal/admission.hpp"
#include "sshoal/dial.hpp"
#include "sshoal/proxy_protocol.hpp"
#include "sshoal/relay.hpp"
#include "sshoal/result_of.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

using namespace rig;
using tcp = asio::ip::tcp;

namespace {

/// A proxy that sends these replies, each after it has read so many bytes, and then passes everything on to a target.
struct scripted_proxy {
    struct step {
        std::size_t reads;
        std::string sends;
    };
    scripted_proxy(const executor& ex, std::vector<step> s, endpoint to) : steps(std::move(s)), target(std::move(to)), door(ex, {"127.0.0.1", 0}) {}
    std::vector<step> steps;
    endpoint target; ///< without address: silence
    stream_acceptor door;
    std::string heard;

    static awaitable<void> serve_one(std::shared_ptr<scripted_proxy> self)
    {
        const executor ex = co_await asio::this_coro::executor;
        std::unique_ptr<byte_stream> caller = co_await self->door.accept();
        error_code ec;
        for (const step& s : self->steps) {
            std::string in(s.reads, ' ');
            for (std::size_t done = 0; done < in.size();) {
                const std::size_t n = caller->try_read(room(in).subspan(done), ec);
                done += n;
                if (n == 0 && ec != asio::error::would_block)
                    co_return;
                if (n == 0)
                    co_await caller->wait_readable();
            }
            self->heard += in;
            caller->try_write(std::as_bytes(std::span(s.sends)), ec);
        }
        while (!self->target.is_tcp() && ec != asio::error::eof) { // silence, until the caller goes
            std::byte nobody_cares[16];
            if (caller->try_read(nobody_cares, ec) == 0 && ec == asio::error::would_block)
                co_await caller->wait_readable();
        }
        if (!self->target.is_tcp())
            co_return;
        auto connecting = connect_stream(self->target);
        std::unique_ptr<byte_stream> far = co_await std::move(connecting);
        auto relaying = relay(std::move(caller), std::move(far));
        co_await std::move(relaying);
    }
};

std::shared_ptr<scripted_proxy> start_proxy(const executor& ex, std::vector<scripted_proxy::step> steps, endpoint target)
{
    auto made = std::make_shared<scripted_proxy>(ex, std::move(steps), std::move(target));
    asio::co_spawn(ex, scripted_proxy::serve_one(made), asio::detached);
    return made;
}

awaitable<void> take_clients(listener l, std::shared_ptr<std::vector<server_connection>> into)
{
    for (;;) {
        auto accepting = result_of(l.accept());
        outcome<server_connection> c = co_await std::move(accepting);
        if (!c)
            co_return;
        into->push_back(std::move(*c));
    }
}

struct real_server {
    real_server(const executor& ex, server_options o)
        : door(ex, {"127.0.0.1", 0}, std::move(o)), clients(std::make_shared<std::vector<server_connection>>())
    {
        asio::co_spawn(ex, take_clients(door, clients), asio::detached);
    }
    listener door;
    std::shared_ptr<std::vector<server_connection>> clients;
    endpoint at() const { return door.local(); }
};

const std::string http_request = "CONNECT ssh.invalid:22 HTTP/1.1\r\nHost: ssh.invalid:22\r\n\r\n";
const std::string socks_request("\5\1\0\3\xbssh.invalid\0\x16", 18);

} // namespace

TEST_CASE("proxy: a log-in through HTTP CONNECT and SOCKS 5, whose proxies resolve the name")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        real_server server(ex, server_setup());
        std::shared_ptr<scripted_proxy> p;
        std::optional<proxy> through;
        SECTION("http")
        {
            p = start_proxy(ex, {{http_request.size(), "HTTP/1.1 200 yes\r\n\r\n"}}, server.at());
            through = http_proxy(p->door.local());
        }
        SECTION("socks")
        {
            p = start_proxy(ex, {{3, std::string("\5\0", 2)}, {socks_request.size(), std::string("\5\0\0\1\0\0\0\0\0\0", 10)}},
                            server.at());
            through = socks5_proxy(p->door.local());
        }
        SECTION("socks with a log-in")
        {
            p = start_proxy(ex, {{4, "\5\2"}, {7, std::string("\1\0", 2)},
                                 {socks_request.size(), std::string("\5\0\0\1\0\0\0\0\0\0", 10)}},
                            server.at());
            through = socks5_proxy(p->door.local()).log_in("al", "pw");
        }
        auto options = client_setup().proxy(*through).port(22);
        auto connecting = connect("ssh.invalid", options);
        connection c = co_await std::move(connecting);
        CHECK(c.info().remote == endpoint("ssh.invalid", 22));
        (void)co_await c.ping();
        server.door.close();
    });
}

TEST_CASE("proxy: failures name the proxy and what it said")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        std::optional<proxy> through;
        std::shared_ptr<scripted_proxy> p;
        std::string expected;
        error_code code = errc::proxy_refused;
        SECTION("refused")
        {
            p = start_proxy(ex, {{http_request.size(), "HTTP/1.1 403 Forbidden by rule 7\r\n\r\n"}}, {});
            through = http_proxy(p->door.local());
            expected = "403 Forbidden by rule 7";
        }
        SECTION("no such host behind it")
        {
            p = start_proxy(ex, {{3, std::string("\5\0", 2)}, {socks_request.size(), std::string("\5\4\0\1\0\0\0\0\0\0", 10)}}, {});
            through = socks5_proxy(p->door.local());
            expected = "host unreachable";
        }
        SECTION("silence")
        {
            p = start_proxy(ex, {}, {});
            through = socks5_proxy(p->door.local());
            code = errc::timed_out;
        }
        SECTION("nobody there")
        {
            through = http_proxy(closed_port(ex));
            code = asio::error::connection_refused;
        }
        auto connecting = failure_of(connect_tcp("ssh.invalid", "22", dial_options().proxy(*through).timeout(std::chrono::milliseconds(200))));
        const failure why = co_await std::move(connecting);
        CHECK(why.code() == code);
        CHECK(why.context().find("proxy " + through->at().describe()) != std::string::npos);
        CHECK(why.context().find(expected) != std::string::npos);
    });
}

// -- behind a load balancer ---------------------------------------------------------------------------------------------------

namespace {

awaitable<tcp::socket> say(endpoint to, std::string first)
{
    tcp::socket s(co_await asio::this_coro::executor);
    const tcp::endpoint where(asio::ip::make_address(to.address()), to.port());
    co_await s.async_connect(where, asio::use_awaitable);
    error_code ec;
    s.write_some(asio::buffer(first), ec);
    co_return std::move(s);
}

/// Returns: what the other end sends, until it closes or has sent so much.
awaitable<std::string> hear(tcp::socket& s, std::size_t most)
{
    std::string all, piece(256, ' ');
    error_code ec;
    while (!ec && all.size() < most) {
        const std::size_t n = co_await s.async_read_some(asio::buffer(piece), asio::redirect_error(asio::use_awaitable, ec));
        all.append(piece, 0, n);
    }
    co_return all;
}

/// A stream behind a header that a load balancer would send.
awaitable<connection> log_in_with_header(endpoint to, std::string header)
{
    auto connecting = connect_stream(to);
    std::unique_ptr<byte_stream> s = co_await std::move(connecting);
    error_code ec;
    s->try_write(std::as_bytes(std::span(header)), ec);
    auto logging_in = connect(std::move(s), "127.0.0.1", client_setup());
    connection c = co_await std::move(logging_in);
    co_return std::move(c);
}

} // namespace

TEST_CASE("PROXY protocol: the real address reaches the authenticator, the permissions and the connection")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        std::string asked_from;
        permissions only_there;
        only_there.source_addresses = {"192.0.2.0/24"};
        auth_function decide = [&](auth_request r) -> awaitable<auth_decision> {
            asked_from = r.remote.address();
            co_return auth_decision::accept(only_there);
        };
        server_options o = server_setup().authenticator(authenticate_if(decide, names("publickey")));
        real_server server(ex, o.proxy_protocol(trusted_proxies({"127.0.0.1"})));
        auto logging_in = log_in_with_header(server.at(), "PROXY TCP4 192.0.2.9 10.0.0.1 40022 22\r\n");
        const connection c = co_await std::move(logging_in);
        co_await come_true([&] { return !server.clients->empty(); });
        CHECK(asked_from == "192.0.2.9");
        server_connection& there = server.clients->front();
        const connection_info i = there.info();
        CHECK(i.remote == endpoint("192.0.2.9", 40022));
        CHECK(i.local == endpoint("10.0.0.1", 22));
        auto elsewhere = failure_of(log_in_with_header(server.at(), "PROXY TCP4 198.51.100.1 10.0.0.1 1 22\r\n"));
        const failure refused = co_await std::move(elsewhere);
        CHECK(refused.code() == errc::authentication_failed);
        auto checking = failure_of(log_in_with_header(server.at(), "PROXY UNKNOWN\r\n")); // keeps 127.0.0.1
        const failure local = co_await std::move(checking);
        CHECK(local.code() == errc::authentication_failed);
        CHECK(asked_from == "127.0.0.1");
        server.door.close();
    });
}

TEST_CASE("PROXY protocol: a trusted source must send a header, and nobody else may")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        const std::string header = "PROXY TCP4 192.0.2.9 10.0.0.1 40022 22\r\n";
        real_server trusting(ex, server_setup().proxy_protocol(trusted_proxies({"127.0.0.1"}).timeout(std::chrono::milliseconds(100))));
        auto without = say(trusting.at(), "SSH-2.0-x\r\n");
        tcp::socket s = co_await std::move(without);
        auto hearing = hear(s, 1);
        std::string heard = co_await std::move(hearing);
        CHECK(heard.empty());
        auto slow = say(trusting.at(), "PROXY TCP4 ");
        tcp::socket late = co_await std::move(slow);
        auto hearing_late = hear(late, 1);
        heard = co_await std::move(hearing_late);
        CHECK(heard.empty());

        for (const std::vector<std::string>& sources : {std::vector<std::string>{}, {"192.0.2.1"}, {"127.0.0.1", "!127.0.0.1"}}) {
            real_server plain(ex, server_setup().proxy_protocol(trusted_proxies(sources)));
            auto with = say(plain.at(), header);
            tcp::socket t = co_await std::move(with);
            auto hearing_all = hear(t, 64 * 1024);
            heard = co_await std::move(hearing_all);
            CHECK(heard.starts_with("SSH-2.0-"));
            CHECK(plain.clients->empty());
            auto dialling = connect("127.0.0.1", client_setup().port(plain.door.port()));
            const connection c = co_await std::move(dialling);
            CHECK(c);
            plain.door.close();
        }
        trusting.door.close();
    });
}

TEST_CASE("PROXY protocol: the limit of headers that are awaited, and admission by the real address")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        const auto limits = std::make_shared<admission>(admission_limits().max_startups_per_source(1));
        server_options o = server_setup().admission(limits);
        real_server server(ex, o.proxy_protocol(trusted_proxies({"127.0.0.1"}).max_pending(2)));
        std::vector<tcp::socket> silent;
        for (int i = 0; i < 3; ++i) {
            auto saying = say(server.at(), "");
            tcp::socket s = co_await std::move(saying);
            silent.push_back(std::move(s));
        }
        auto hearing = hear(silent[2], 1); // one more than the limit
        std::string heard = co_await std::move(hearing);
        CHECK(heard.empty());
        error_code ec;
        const std::string from_one = "PROXY TCP4 192.0.2.1 10.0.0.1 1 22\r\n", from_two = "PROXY TCP4 192.0.2.2 10.0.0.1 1 22\r\n";
        silent[0].write_some(asio::buffer(from_one), ec);
        auto hearing_first = hear(silent[0], 1);
        heard = co_await std::move(hearing_first);
        CHECK(heard.starts_with("SSH-2.0-"));
        silent[1].write_some(asio::buffer(from_one), ec); // a second log-in of the same source
        auto hearing_second = hear(silent[1], 1);
        heard = co_await std::move(hearing_second);
        CHECK_FALSE(heard.starts_with("SSH-2.0-"));
        auto third = say(server.at(), from_two);
        tcp::socket other = co_await std::move(third);
        auto hearing_third = hear(other, 1);
        heard = co_await std::move(hearing_third);
        CHECK(heard.starts_with("SSH-2.0-"));
        server.door.close();
    });
}

TEST_CASE("PROXY protocol: streams that a program accepts itself")
{
    run_test([]() -> awaitable<void> {
        const executor ex = co_await asio::this_coro::executor;
        stream_acceptor door(ex, {"127.0.0.1", 0});
        auto saying = say(door.local(), "PROXY TCP4 192.0.2.9 10.0.0.1 7 22\r\n");
        const tcp::socket s = co_await std::move(saying);
        std::unique_ptr<byte_stream> stream = co_await door.accept();
        auto taking = take_proxy_header(std::move(stream), trusted_proxies({"127.0.0.0/8"}));
        stream = co_await std::move(taking);
        CHECK(stream->remote() == endpoint("192.0.2.9", 7));
        auto saying_nothing = say(door.local(), "");
        tcp::socket gone = co_await std::move(saying_nothing);
        stream = co_await door.accept();
        gone.close();
        auto taking_nothing = failure_of(take_proxy_header(std::move(stream), trusted_proxies({"127.0.0.0/8"})));
        const failure why = co_await std::move(taking_nothing);
        CHECK(why.code() == errc::end_of_file);
        auto saying_half = say(door.local(), "PROXY ");
        const tcp::socket slow = co_await std::move(saying_half);
        stream = co_await door.accept();
        trusted_proxies impatient({"127.0.0.0/8"});
        impatient.timeout(std::chrono::milliseconds(50));
        auto taking_half = failure_of(take_proxy_header(std::move(stream), impatient));
        const failure late = co_await std::move(taking_half);
        CHECK(late.code() == errc::timed_out);
    });
}
