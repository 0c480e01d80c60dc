#include "catch.hpp"
#include "net/proxy/proxy_header.hpp"
#include "net/proxy/proxy_talk.hpp"

#include <algorithm>

using namespace sshoal;
using namespace sshoal::net;

namespace {

const endpoint here("proxy.example", 3128), target("db.internal", 22);

std::string text(const bytes& b) { return std::string(text_of(byte_view(b))); }

/// Feeds a reply in pieces. Returns: the state, and how many bytes were taken; what was to be sent joins `sent`.
struct talked {
    proxy_talk::state end = proxy_talk::state::reading;
    std::size_t taken = 0;
    std::string sent;
};
talked feed(proxy_talk& talk, std::string_view reply, std::size_t piece)
{
    talked t;
    t.sent = text(talk.to_send());
    while (t.end == proxy_talk::state::reading && t.taken < reply.size()) {
        REQUIRE(talk.wanted() > 0);
        const std::size_t n = std::min({piece, talk.wanted(), reply.size() - t.taken});
        t.end = talk.take(view_of(reply.substr(t.taken, n)));
        t.taken += n;
        t.sent += text(talk.to_send());
    }
    return t;
}

std::unique_ptr<proxy_talk> http(const proxy& p, const endpoint& to = target) { return begin_http_connect(p, to).value(); }
std::unique_ptr<proxy_talk> socks(const proxy& p, const endpoint& to = target) { return begin_socks5(p, to).value(); }

} // namespace

TEST_CASE("http proxy: the request, and a reply that is read to its end and no further")
{
    const std::string reply = "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n";
    for (std::size_t piece = 1; piece < 9; ++piece) {
        auto talk = http(http_proxy(here));
        const talked t = feed(*talk, reply + "SSH-2.0-x\r\n", piece);
        CHECK(t.end == proxy_talk::state::granted);
        CHECK(t.taken == reply.size());
        CHECK(t.sent == "CONNECT db.internal:22 HTTP/1.1\r\nHost: db.internal:22\r\n\r\n");
    }
    auto with_name = http(http_proxy(here).log_in("al", "pw:d"), endpoint("::1", 2222));
    CHECK(feed(*with_name, "HTTP/1.0 299\r\n\r\n", 1).sent
          == "CONNECT [::1]:2222 HTTP/1.1\r\nHost: [::1]:2222\r\nProxy-Authorization: Basic YWw6cHc6ZA==\r\n\r\n");
}

TEST_CASE("http proxy: an error has the proxy's words")
{
    const auto why = [](std::string_view reply) {
        auto talk = http(http_proxy(here));
        const talked t = feed(*talk, reply, 3);
        return t.end == proxy_talk::state::refused && talk->why().code() == errc::proxy_refused ? talk->why().context() : "granted";
    };
    CHECK(why("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") == "407 Proxy Authentication Required");
    CHECK(why("HTTP/1.0 403 \x1b[2J\r\n\r\n").find('\x1b') == std::string::npos);
    CHECK(why("HTTP/1.1 500\r\n\r\n") == "500");
    CHECK(why("HTTP/1.1 100 Continue\r\n\r\n") == "100 Continue");
    CHECK(why("SSH-2.0-OpenSSH\r\n").starts_with("it is no HTTP proxy"));
    CHECK(why("HTTP/2 200\r\n\r\n").starts_with("it is no HTTP proxy"));
    CHECK(why("HTTP/1.1 2x0 OK\r\n\r\n").starts_with("its reply begins with"));
    CHECK(why("HTTP/1.1 20\r\n\r\n").starts_with("its reply begins with"));
    const std::string begin = "HTTP/1.1 200 OK\r\nX: ", end = "\r\n\r\n";
    const auto of_size = [&](std::size_t n) { return begin + std::string(n - begin.size() - end.size(), 'x') + end; };
    CHECK(why(of_size(most_http_reply - 1)) == "granted");
    CHECK(why(of_size(most_http_reply)) == "granted");
    CHECK(why(of_size(most_http_reply + 1)).find("16384 bytes") != std::string::npos);
}

TEST_CASE("http proxy: what no request can have")
{
    for (const endpoint& to : {endpoint("", 22), endpoint("a b", 22), endpoint("a\r\nb", 22), endpoint("a", 0), endpoint::unix_socket("/x")})
        CHECK(begin_http_connect(http_proxy(here), to).error().code() == errc::invalid_argument);
    CHECK(begin_http_connect(http_proxy(here).log_in("a:b", "c"), target).error().code() == errc::invalid_argument);
}

TEST_CASE("socks proxy: with and without a log-in, for names and numbers")
{
    const std::string granted("\5\0\5\0\0\1\0\0\0\0\0\0", 12), name_granted = std::string("\5\0\5\0\0\3\2ab\0\0", 11),
                      six_granted = std::string("\5\0\5\0\0\4", 6) + std::string(18, 'x');
    for (const std::string& reply : {granted, name_granted, six_granted})
        for (std::size_t piece = 1; piece < 12; ++piece) {
            auto talk = socks(socks5_proxy(here));
            const talked t = feed(*talk, reply + "SSH-2.0-x\r\n", piece);
            CHECK(t.end == proxy_talk::state::granted);
            CHECK(t.taken == reply.size());
            CHECK(t.sent == std::string("\5\1\0\5\1\0\3\xb", 8) + "db.internal" + std::string("\0\x16", 2));
        }
    auto four = socks(socks5_proxy(here), endpoint("192.0.2.1", 258));
    CHECK(feed(*four, granted, 1).sent == std::string("\5\1\0\5\1\0\1\xc0\0\2\1\1\2", 13));
    auto six = socks(socks5_proxy(here), endpoint("::1", 1));
    CHECK(feed(*six, granted, 1).sent == std::string("\5\1\0\5\1\0\4", 7) + std::string(15, '\0') + std::string("\1\0\1", 3));

    auto named = socks(socks5_proxy(here).log_in("al", "pw"), endpoint("h", 1));
    const talked t = feed(*named, std::string("\5\2\1\0", 4) + granted.substr(2), 1);
    CHECK(t.end == proxy_talk::state::granted);
    CHECK(t.sent == std::string("\5\2\0\2\1\2al\2pw\5\1\0\3\1h\0\1", 19));
    auto unneeded = socks(socks5_proxy(here).log_in("al", "pw"), endpoint("h", 1));
    CHECK(feed(*unneeded, granted, 1).sent == std::string("\5\2\0\2\5\1\0\3\1h\0\1", 12));
}

TEST_CASE("socks proxy: an error has the proxy's reason")
{
    const auto why = [](const std::string& reply, bool log_in = false) {
        proxy p = socks5_proxy(here);
        if (log_in)
            p.log_in("a", "");
        auto talk = socks(p);
        const talked t = feed(*talk, reply, 2);
        return t.end == proxy_talk::state::refused && talk->why().code() == errc::proxy_refused ? talk->why().context() : "granted";
    };
    CHECK(why("\5\xff") == "it wants a log-in");
    CHECK(why("\5\xff", true) == "it takes no log-in with a password");
    CHECK(why("\5\2").starts_with("it has chosen"));
    CHECK(why("\5\2\1\1", true) == "the user or the password is wrong");
    CHECK(why(std::string("\4\0", 2)).starts_with("it is no SOCKS 5 proxy"));
    CHECK(why(std::string("\5\0\5\2\0\1", 6)) == "the connection is not allowed by the rules of the proxy");
    CHECK(why(std::string("\5\0\5\5\0\1", 6)) == "connection refused");
    CHECK(why(std::string("\5\0\5\x63\0\1", 6)) == "reply 99");
    CHECK(why(std::string("\5\0\4\0\0\1", 6)) == "a reply of version 4");
    CHECK(why(std::string("\5\0\5\0\0\2", 6)) == "its reply has an address of type 2");
}

TEST_CASE("socks proxy: the longest texts")
{
    const auto good = [](std::size_t host, std::size_t user, std::size_t password) {
        proxy p = socks5_proxy(here).log_in(std::string(user, 'u'), std::string(password, 'p'));
        return begin_socks5(p, endpoint(std::string(host, 'h'), 22)).has_value();
    };
    CHECK(good(254, 254, 254));
    CHECK(good(255, 255, 255));
    CHECK(good(1, 1, 0));
    CHECK_FALSE(good(256, 1, 1));
    CHECK_FALSE(good(1, 256, 1));
    CHECK_FALSE(good(1, 1, 256));
    CHECK_FALSE(good(0, 1, 1));
    CHECK_FALSE(good(1, 0, 1));
}

// -- the PROXY protocol -------------------------------------------------------------------------------------------------------

namespace {

/// Returns: "remote local", "as it is", or the reason of a refusal; and checks that nothing behind the header is taken.
std::string header(const std::string& bytes, std::size_t piece, std::size_t most = 2048)
{
    proxy_header_reader reader(most);
    proxy_header_reader::state s = proxy_header_reader::state::reading;
    const std::string all = bytes + "SSH-2.0-x\r\n";
    std::size_t taken = 0;
    while (s == proxy_header_reader::state::reading && taken < all.size()) {
        REQUIRE(reader.wanted() > 0);
        const std::size_t n = std::min({piece, reader.wanted(), all.size() - taken});
        s = reader.take(view_of(std::string_view(all).substr(taken, n)));
        taken += n;
    }
    if (s == proxy_header_reader::state::reading)
        return "more";
    if (s == proxy_header_reader::state::refused)
        return reader.why().context();
    CHECK(taken == bytes.size());
    return reader.found() ? reader.found()->remote.to_string() + " " + reader.found()->local.to_string() : "as it is";
}

std::string version2(int command, int what, std::string rest)
{
    std::string h("\r\n\r\n\0\r\nQUIT\n", 12);
    h += {char(0x20 | command), char(what), char(rest.size() >> 8), char(rest.size() & 0xff)};
    return h + rest;
}

const std::string four("\xc0\0\2\1\x0a\0\0\1\x1\x2\0\x16", 12);

} // namespace

TEST_CASE("PROXY protocol: version 1, however it is cut")
{
    for (std::size_t piece = 1; piece < 40; ++piece) {
        CHECK(header("PROXY TCP4 192.0.2.1 10.0.0.1 40022 22\r\n", piece) == "192.0.2.1:40022 10.0.0.1:22");
        CHECK(header("PROXY TCP6 2001:db8::1 ::1 65535 0\r\n", piece) == "[2001:db8::1]:65535 [::1]:0");
        CHECK(header("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", piece) == "192.0.2.1:1 [::1]:2");
        CHECK(header("PROXY UNKNOWN\r\n", piece) == "as it is");
        CHECK(header("PROXY UNKNOWN ff ff 1 2\r\n", piece) == "as it is");
    }
    for (const char* wrong : {"PROXY TCP4 192.0.2.1 10.0.0.1 40022\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 40022 22 1\r\n",
                              "PROXY TCP4 ::1 10.0.0.1 1 22\r\n", "PROXY TCP4 192.0.2.1  10.0.0.1 1 22\r\n",
                              "PROXY TCP4 192.0.2.1 10.0.0.1 65536 22\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 -1 22\r\n",
                              "PROXY TCP4 192.0.2.1 10.0.0.1 1 22 \r\n", "PROXY TCP4 host 10.0.0.1 1 22\r\n"})
        CHECK(header(wrong, 7).starts_with("a header without addresses"));
    std::string with_nul("PROXY TCP4 192.0.2.1 10.0.0.1 1 22\r\n");
    with_nul.insert(with_nul.find(" 10"), 1, '\0');
    CHECK(header(with_nul, 7).starts_with("a header without addresses"));
    CHECK(header("PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n", 5).starts_with("a header of an unknown protocol"));
    CHECK(header("SSH-2.0-OpenSSH_9.2\r\n", 1).starts_with("no header of the PROXY protocol"));
    CHECK(header("GET / HTTP/1.0\r\n\r\n", 15).starts_with("no header of the PROXY protocol"));
}

TEST_CASE("PROXY protocol: the longest line of version 1")
{
    const auto of_size = [](std::size_t n) {
        const std::string begin = "PROXY UNKNOWN ";
        return begin + std::string(n - begin.size() - 2, 'x') + "\r\n";
    };
    for (const std::size_t piece : {std::size_t(1), std::size_t(2), std::size_t(3), std::size_t(200)}) {
        CHECK(header(of_size(106), piece) == "as it is");
        CHECK(header(of_size(107), piece) == "as it is");
        CHECK(header(of_size(108), piece) == "a header without an end");
    }
}

TEST_CASE("PROXY protocol: version 2")
{
    const std::string six = std::string(15, '\0') + "\1" + std::string(15, '\0') + "\2" + std::string("\0\1\0\2", 4);
    for (std::size_t piece = 1; piece < 60; ++piece) {
        CHECK(header(version2(1, 0x11, four), piece) == "192.0.2.1:258 10.0.0.1:22");
        CHECK(header(version2(1, 0x11, four + "options"), piece) == "192.0.2.1:258 10.0.0.1:22");
        CHECK(header(version2(1, 0x21, six), piece) == "[::1]:1 [::2]:2");
        CHECK(header(version2(0, 0x00, ""), piece) == "as it is");
        CHECK(header(version2(0, 0x11, four), piece) == "as it is");
        CHECK(header(version2(1, 0x31, std::string(216, 'x')), piece) == "as it is"); // a Unix socket
        CHECK(header(version2(1, 0x12, four), piece) == "as it is");                  // UDP
    }
    CHECK(header(version2(1, 0x11, four.substr(1)), 9) == "a header that is too short for its addresses");
    CHECK(header(version2(1, 0x21, six.substr(1)), 9) == "a header that is too short for its addresses");
    CHECK(header(version2(2, 0x11, four), 9) == "a header with command 2");
    std::string other = version2(1, 0x11, four);
    other[12] = 0x11;
    CHECK(header(other, 9) == "a header of version 1");
    const auto of_size = [](std::size_t n) { return version2(1, 0x11, four + std::string(n - 16 - four.size(), 'x')); };
    CHECK(header(of_size(99), 64, 100) == "192.0.2.1:258 10.0.0.1:22");
    CHECK(header(of_size(100), 64, 100) == "192.0.2.1:258 10.0.0.1:22");
    CHECK(header(of_size(101), 64, 100).find("more than max_header()") != std::string::npos);
}
