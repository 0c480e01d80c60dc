// Endpoints in the messages of forwarding.
#include "catch.hpp"
#include "forward/protocol/places.hpp"
#include "wire/forwarding_requests.hpp"

using namespace sshoal;
using namespace sshoal::forward;

namespace {

bytes direct(std::string_view host, std::uint32_t port, std::string_view originator = "192.0.2.7", std::uint32_t from = 4711)
{
    wire::msg::direct_tcpip m;
    m.host = host;
    m.port = port;
    m.originator = originator;
    m.originator_port = from;
    return wire::encoded(m);
}

bytes direct_path(std::string_view path)
{
    wire::msg::direct_streamlocal m;
    m.path = path;
    return wire::encoded(m);
}

/// Every cut of the body is refused.
void check_cuts(std::string_view type, const bytes& body)
{
    REQUIRE(read_opening(type, body).has_value());
    for (std::size_t n = 0; n < body.size(); ++n) {
        const bytes cut(body.begin(), body.begin() + std::ptrdiff_t(n));
        const outcome<stream_ends> read = read_opening(type, cut);
        REQUIRE(!read.has_value());
        CHECK(read.error().code() == errc::malformed_message);
    }
    bytes longer = body;
    longer.push_back(std::byte(0));
    CHECK(!read_opening(type, longer).has_value());
}

} // namespace

TEST_CASE("places: what direct_opening() writes is what read_opening() reads")
{
    const outcome<opening> tcp = direct_opening(endpoint("db.internal", 5432), endpoint("192.0.2.7", 4711));
    REQUIRE(tcp.has_value());
    CHECK(tcp->type == "direct-tcpip");
    CHECK(tcp->body == direct("db.internal", 5432));
    const outcome<stream_ends> ends = read_opening(tcp->type, tcp->body);
    REQUIRE(ends.has_value());
    CHECK(ends->target == endpoint("db.internal", 5432));
    CHECK(ends->originator == endpoint("192.0.2.7", 4711));

    const outcome<opening> path = direct_opening(endpoint::unix_socket("/run/db"), endpoint("192.0.2.7", 4711));
    REQUIRE(path.has_value());
    CHECK(path->type == "direct-streamlocal@openssh.com");
    const outcome<stream_ends> there = read_opening(path->type, path->body);
    REQUIRE(there.has_value());
    CHECK(there->target == endpoint::unix_socket("/run/db"));
    CHECK(there->originator == endpoint());
}

TEST_CASE("places: a stream without a TCP address comes from the loopback address")
{
    for (const endpoint& from : {endpoint(), endpoint::unix_socket("/run/x")}) {
        const outcome<opening> o = direct_opening(endpoint("::1", 22), from);
        REQUIRE(o.has_value());
        CHECK(o->body == direct("::1", 22, "127.0.0.1", 0));
    }
}

TEST_CASE("places: targets without address are refused here")
{
    for (const endpoint& to : {endpoint(), endpoint("", 22), endpoint::without_address("pipe")}) {
        const outcome<opening> o = direct_opening(to, endpoint());
        REQUIRE(!o.has_value());
        CHECK(o.error().code() == errc::invalid_argument);
    }
}

TEST_CASE("places: bodies cut at every byte, and longer ones")
{
    check_cuts("direct-tcpip", direct("host", 22));
    check_cuts("forwarded-tcpip", direct("host", 22));
    check_cuts("direct-streamlocal@openssh.com", direct_path("/run/x"));
}

TEST_CASE("places: hosts, ports and paths that no socket can have")
{
    const auto refused = [](std::string_view type, const bytes& body) {
        const outcome<stream_ends> read = read_opening(type, body);
        return !read && read.error().code() == errc::invalid_argument;
    };
    CHECK(refused("direct-tcpip", direct("", 22)));
    CHECK(refused("direct-tcpip", direct(std::string_view("a\0b", 3), 22)));
    CHECK(refused("direct-tcpip", direct("host", 65536)));
    CHECK(read_opening("direct-tcpip", direct("host", 65535)).has_value());
    CHECK(read_opening("forwarded-tcpip", direct("", 22)).has_value());
    CHECK(refused("direct-streamlocal@openssh.com", direct_path("")));
    CHECK(refused("direct-streamlocal@openssh.com", direct_path(std::string_view("/a\0b", 4))));
    const std::string longest(most_host, 'x'), shorter(most_host - 1, 'x'), longer(most_host + 1, 'x');
    CHECK(read_opening("direct-tcpip", direct(shorter, 22)).has_value());
    CHECK(read_opening("direct-tcpip", direct(longest, 22)).has_value());
    CHECK(refused("direct-tcpip", direct(longer, 22)));
}

TEST_CASE("places: an originator that is no address is left out")
{
    for (const bytes& body : {direct("host", 22, "", 4711), direct("host", 22, "192.0.2.7", 65536)}) {
        const outcome<stream_ends> read = read_opening("direct-tcpip", body);
        REQUIRE(read.has_value());
        CHECK(read->originator == endpoint());
    }
}

TEST_CASE("places: requests to listen, and their ends")
{
    for (const listen_verb v : {listen_verb::begin, listen_verb::cancel})
        for (const endpoint& at : {endpoint("localhost", 8080), endpoint("", 0), endpoint::unix_socket("/run/x")}) {
            const outcome<opening> o = listen_request(at, v);
            REQUIRE(o.has_value());
            CHECK(o->type.starts_with("cancel-") == (v == listen_verb::cancel));
            CHECK(o->type.ends_with(at.is_unix() ? "streamlocal-forward@openssh.com" : "tcpip-forward"));
            const outcome<endpoint> read = read_listen(o->type, o->body);
            REQUIRE(read.has_value());
            CHECK(*read == at);
            for (std::size_t n = 0; n < o->body.size(); ++n) {
                const outcome<endpoint> cut = read_listen(o->type, byte_view(o->body).first(n));
                REQUIRE(!cut.has_value());
                CHECK(cut.error().code() == errc::malformed_message);
            }
        }
    CHECK(!listen_request(endpoint(), listen_verb::begin).has_value());
    const auto asked = [](std::string_view address, std::uint32_t port) {
        wire::msg::tcpip_forward m;
        m.address = address;
        m.port = port;
        return read_listen("tcpip-forward", wire::encoded(m)).has_value();
    };
    CHECK(asked("", 65535));
    CHECK_FALSE(asked("", 65536));
    CHECK(asked(std::string(most_host, 'x'), 1));
    CHECK_FALSE(asked(std::string(most_host + 1, 'x'), 1));
    CHECK_FALSE(asked(std::string_view("a\0b", 3), 1));
}

TEST_CASE("places: the port in a reply")
{
    CHECK(read_listen_reply(listen_reply(8080)).value() == 8080);
    const bytes good = listen_reply(65535);
    CHECK(read_listen_reply(good).value() == 65535);
    for (std::size_t n = 0; n < good.size(); ++n)
        CHECK(!read_listen_reply(byte_view(good).first(n)).has_value());
    CHECK(!read_listen_reply(listen_reply(0)).has_value());
    const bytes beyond{std::byte(0), std::byte(1), std::byte(0), std::byte(0)};
    CHECK(!read_listen_reply(beyond).has_value());
}

TEST_CASE("places: what arrives at a listener")
{
    const endpoint from("192.0.2.7", 4711), path = endpoint::unix_socket("/run/x"), port("localhost", 8080);
    for (const endpoint& listening : {port, path}) {
        const opening o = forwarded_opening(listening, from);
        const outcome<stream_ends> ends = read_opening(o.type, o.body);
        REQUIRE(ends.has_value());
        CHECK(ends->target == listening);
        CHECK(ends->originator == (listening.is_unix() ? endpoint() : from));
    }
}
