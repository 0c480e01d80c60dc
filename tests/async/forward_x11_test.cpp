// X11 from a program at the server to an X server here: displays, cookies and refusals.
#include "forward_scene.hpp"

#include "forward/protocol/x11.hpp"
#include "session_bodies.hpp"
#include "sshoal/forward_session.hpp"

using namespace rig;
using forward::x11_displays;
using forward::x11_options;

namespace {

constexpr char real_cookie[] = "00112233445566778899aabbccddeeff";

std::string first_message(const std::string& digits)
{
    const std::string name(forward::x11_magic_cookie), data(text_of(forward::parse_cookie_digits(digits).value()));
    std::string m("l\0\x0b\0\0\0", 6);
    for (const std::size_t n : {name.size(), data.size(), std::size_t(0)})
        m += {char(n & 0xff), char(n >> 8)};
    return m + name + std::string(2, '\0') + data;
}

struct display_seen {
    std::shared_ptr<const session_x11> x11;
    std::string variable;
};
using display_ptr = std::shared_ptr<display_seen>;

/// The session stays open until the client ends its input.
program note_display(display_ptr into)
{
    return [into](server_session s, session_request q) -> awaitable<void> {
        into->x11 = q.x11;
        for (const auto& [name, value] : q.env)
            if (name == "DISPLAY")
                into->variable = value;
        std::string nothing(1, ' ');
        co_await s.read_some(room(nothing));
        co_await s.exit(0);
    };
}

endpoint place_of(const display_seen& d)
{
    return forward::parse_x11_display(d.variable).value().at;
}

/// An echo host that is known as a display.
struct x_server {
    explicit x_server(const executor& ex) : host(ex, listen_address::unix_socket(path)) {}
    std::string path = std::string(P_tmpdir) + "/sshoal-x-server-" + std::to_string(::getpid()) + ":0";
    echo_host host;
};

x11_options lending_of(const x_server& s) { return x11_options().display(s.path).cookie(real_cookie); }

forward::serve_options with_displays() { return forward::serve_options().x11(x11_displays().first(40).xauth("/bin/true")); }

/// Two ends whose server gives displays to sessions, and notes each of them.
awaitable<forwarding_pair> noting_displays(display_ptr seen)
{
    auto starting = forwarding_ends(with_displays());
    forwarding_pair p = co_await std::move(starting);
    serve(p.link.server, note_display(std::move(seen)));
    co_return std::move(p);
}

} // namespace

TEST_CASE("x11: a session gets a display with a cookie of its own, in whose place the X server gets the real one")
{
    run_test([]() -> awaitable<void> {
        const auto seen = std::make_shared<display_seen>();
        forwarding_pair p = co_await noting_displays(seen);
        const executor ex = co_await asio::this_coro::executor;
        x_server server(ex);
        auto lending = forward::x11(p.link.client, lending_of(server));
        const forward::forwarding lent = co_await std::move(lending);
        auto starting_program = p.link.client.start("x");
        process running = co_await std::move(starting_program);
        co_await come_true([&] { return seen->x11 != nullptr; });
        CHECK(seen->x11->display == seen->variable);
        CHECK(seen->x11->for_xauth == "unix" + seen->variable.substr(std::string("localhost").size()));
        CHECK(seen->x11->protocol == forward::x11_magic_cookie);
        CHECK(seen->x11->cookie.size() == sizeof real_cookie - 1);
        CHECK(seen->x11->cookie != real_cookie);

        auto asking = ask(place_of(*seen), first_message(seen->x11->cookie) + "drawing");
        const std::string answer = co_await std::move(asking);
        CHECK(answer == first_message(real_cookie) + "drawing.");
        auto asking_wrongly = ask(place_of(*seen), first_message(real_cookie) + "drawing");
        const std::string nothing = co_await std::move(asking_wrongly);
        CHECK(nothing.find("drawing") == std::string::npos);
        CHECK(lent.count().opened == 2);

        const endpoint before = place_of(*seen);
        seen->x11.reset();
        auto starting_other = p.link.client.start("x");
        process other = co_await std::move(starting_other);
        co_await come_true([&] { return seen->x11 != nullptr; });
        CHECK(place_of(*seen) != before); // each session has a display of its own
        co_await other.in().send_eof();
        co_await running.in().send_eof();
        co_await becomes_closed(before);
        auto closed = becomes_closed(place_of(*seen));
        co_await std::move(closed);
    });
}

TEST_CASE("x11: connections are refused after the time for programs that are not trusted")
{
    run_test([]() -> awaitable<void> {
        const auto seen = std::make_shared<display_seen>();
        forwarding_pair p = co_await noting_displays(seen);
        const executor ex = co_await asio::this_coro::executor;
        x_server server(ex);
        x11_options how = lending_of(server).timeout(std::chrono::seconds(1));
        bool trusted = false;
        SECTION("not trusted") {}
        SECTION("trusted") { how.trusted(trusted = true); }
        auto lending = forward::x11(p.link.client, how);
        const forward::forwarding lent = co_await std::move(lending);
        auto starting_program = p.link.client.start("x");
        process running = co_await std::move(starting_program);
        co_await come_true([&] { return seen->x11 != nullptr; });
        auto calling = call(place_of(*seen));
        const std::unique_ptr<stream_io> open = co_await std::move(calling); // may be used for as long as it likes
        co_await come_true([&] { return lent.count().opened == 1; });
        co_await pause_for(std::chrono::milliseconds(1100));
        auto asking = ask(place_of(*seen), first_message(seen->x11->cookie));
        const std::string answer = co_await std::move(asking);
        CHECK(answer.empty() != trusted);
        CHECK(lent.count().refused == (trusted ? 0u : 1u));
        error_code ec;
        const std::string message = first_message(seen->x11->cookie);
        auto writing = open->write(std::as_bytes(std::span(message)), ec);
        co_await std::move(writing);
        std::string back(message.size(), ' ');
        auto reading = open->read(room(back), ec);
        co_await std::move(reading);
        CHECK(back == first_message(real_cookie));
    });
}

TEST_CASE("x11: what the server refuses, and what it makes of the cookie that a client sends")
{
    run_test([]() -> awaitable<void> {
        forward::serve_options how = with_displays();
        server_options s = server_setup();
        bool served = false;
        SECTION("served") { served = true; }
        SECTION("not served") { how = forward::serve_options(); }
        SECTION("without xauth") { how.x11(x11_displays().xauth("/no/such/xauth")); }
        SECTION("permissions")
        {
            permissions p;
            p.x11 = false;
            auth_function decide = [p](auth_request) -> awaitable<auth_decision> { co_return auth_decision::accept(p); };
            s.authenticator(authenticate_if(decide, names("publickey")));
        }
        SECTION("the application")
        {
            s.permit_setup([](const session_setup&) { return "not here"; }, {session_setup::kind::x11});
        }
        auto starting = forwarding_ends(how, s);
        forwarding_pair p = co_await std::move(starting);
        const auto seen = std::make_shared<display_seen>();
        serve(p.link.server, note_display(seen));
        unsigned refused = 0;
        x11_options lending = x11_options().display(":0").cookie(real_cookie).on_refused([&] { ++refused; });
        auto beginning = forward::x11(p.link.client, lending);
        const forward::forwarding lent = co_await std::move(beginning);
        auto starting_program = p.link.client.start("x");
        const process running = co_await std::move(starting_program);
        CHECK(refused == (served ? 0u : 1u));
        CHECK(bool(seen->x11) == served);

        channel c = co_await p.link.client.open_channel("session");
        const auto x11_body = [](std::string_view protocol, std::string_view cookie) {
            wire::msg::x11_req m;
            m.protocol = protocol;
            m.cookie = cookie;
            return wire::encoded(m);
        };
        // Both become words of a line for xauth: nothing that could be more than that is taken (CVE-2016-3115).
        for (const auto& [protocol, cookie] : std::vector<std::pair<std::string, std::string>>{
                 {"MIT-MAGIC-COOKIE-1", "00\nadd x y z"}, {"MIT-MAGIC-COOKIE-1", ""}, {"MIT-MAGIC-COOKIE-1", "0"},
                 {"MIT-MAGIC-COOKIE-1", "`id`"}, {"MIT-MAGIC-COOKIE-1", std::string(514, 'a')}, {"", "00"}, {"a b", "00"},
                 {"a\"b", "00"}, {"a\nb", "00"}, {std::string(65, 'a'), "00"}}) {
            auto asking = c.request("x11-req", x11_body(protocol, cookie));
            const bool granted = co_await std::move(asking);
            CHECK_FALSE(granted);
        }
        auto asking = c.request("x11-req", x11_body(std::string(64, 'a'), std::string(512, 'a')));
        bool granted = co_await std::move(asking);
        CHECK(granted == served);
        auto asking_again = c.request("x11-req", x11_body("a", "00"));
        granted = co_await std::move(asking_again);
        CHECK_FALSE(granted); // one for each session
    });
}

TEST_CASE("x11: a display for one connection takes one, and displays that are in use are passed over")
{
    run_test([]() -> awaitable<void> {
        const auto seen = std::make_shared<display_seen>();
        forwarding_pair p = co_await noting_displays(seen);
        const executor ex = co_await asio::this_coro::executor;
        x_server server(ex);
        auto lending = forward::x11(p.link.client, lending_of(server));
        const forward::forwarding lent = co_await std::move(lending);
        std::vector<channel> sessions;
        std::vector<endpoint> displays;
        for (const bool single : {false, true}) {
            seen->x11.reset();
            sessions.push_back(co_await p.link.client.open_channel("session"));
            wire::msg::x11_req m;
            m.single_connection = single;
            m.protocol = forward::x11_magic_cookie;
            m.cookie = real_cookie;
            auto asking = sessions.back().request("x11-req", wire::encoded(m));
            bool granted = co_await std::move(asking);
            REQUIRE(granted);
            granted = co_await sessions.back().request("exec", exec_body("x"));
            REQUIRE(granted);
            co_await come_true([&] { return seen->x11 != nullptr; });
            displays.push_back(place_of(*seen));
        }
        CHECK(displays[0] != displays[1]);
        for (int i = 0; i < 2; ++i) {
            auto asking = ask(displays[0], "not X11 at all");
            const std::string nothing = co_await std::move(asking);
        }
        co_await come_true([&] { return lent.count().opened == 2; });
        for (int i = 0; i < 2; ++i) {
            auto asking = ask(displays[1], "not X11 at all");
            const std::string nothing = co_await std::move(asking);
        }
        co_await come_true([&] { return p.served.count().refused == 1; });
        CHECK(lent.count().opened == 3);
    });
}

TEST_CASE("x11: options that name no display or no cookie")
{
    run_test([]() -> awaitable<void> {
        auto starting = forwarding_ends(with_displays());
        forwarding_pair p = co_await std::move(starting);
        for (const x11_options& how : {x11_options().display("nowhere"), x11_options().display(":0").cookie("xyz")}) {
            auto beginning = failure_of(forward::x11(p.link.client, how));
            const failure why = co_await std::move(beginning);
            CHECK(why.code() == errc::invalid_argument);
        }
        auto beginning = failure_of(forward::x11(p.link.client, x11_options().display(":0").xauth("/no/such/xauth")));
        const failure why = co_await std::move(beginning);
        CHECK(why.code() == errc::file_error);
        auto trusting = forward::x11(p.link.client, x11_options().display(":0").xauth("/no/such/xauth").trusted());
        const forward::forwarding lent = co_await std::move(trusting); // with a cookie that is made up
        CHECK(lent);
    });
}
