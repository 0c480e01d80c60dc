// The part of each message that a dump may show: no secret, whatever the peer sends.
#include "catch.hpp"
#include "crypto/rng.hpp"
#include "transport/packet_dump.hpp"
#include "wire/auth_messages.hpp"
#include "wire/connection_messages.hpp"
#include "wire/transport_messages.hpp"

using namespace sshoal;
using sshoal::transport::shown_bytes;
namespace msg = wire::msg;

namespace {

constexpr std::size_t everything = ~std::size_t(0);

std::string shown(const bytes& payload, std::size_t most_data = everything)
{
    const std::size_t n = shown_bytes(payload, most_data);
    REQUIRE(n <= payload.size());
    return std::string(text_of(byte_view(payload).first(n)));
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bytes request(std::string_view method, std::string_view rest)
{
    msg::userauth_request m;
    m.user = "alice";
    m.service = "ssh-connection";
    m.method = method;
    m.rest = view_of(rest);
    return wire::encoded(m);
}

bytes channel_request(std::string_view type, std::string_view rest)
{
    msg::channel_request m;
    m.recipient = 3;
    m.type = type;
    m.rest = view_of(rest);
    return wire::encoded(m);
}

} // namespace

TEST_CASE("a dump shows a log-in up to the method, and what follows only for methods without secrets")
{
    for (const char* const method : {"password", "gssapi-with-mic", "otp@example.org", ""}) {
        const std::string text = shown(request(method, "SECRET"));
        CHECK(has(text, "alice"));
        CHECK(has(text, method));
        CHECK_FALSE(has(text, "SECRET"));
        CHECK(text.size() == request(method, "SECRET").size() - 6);
    }
    for (const char* const method :
         {"none", "publickey", "publickey-hostbound-v00@openssh.com", "hostbased", "keyboard-interactive"})
        CHECK(has(shown(request(method, "open"), 0), "open"));

    bytes change; // as it is sent
    wire::writer w(change);
    msg::auth_password secret;
    secret.change = true;
    secret.password = "OLD-SECRET";
    secret.new_password = "NEW-SECRET";
    msg::encode_userauth_request(w, "alice", "ssh-connection", secret);
    CHECK_FALSE(has(shown(change), "SECRET"));

    for (int number = 61; number < 80; ++number) { // answers of keyboard-interactive, and of methods that are not known
        bytes answers{std::byte(number)};
        append(answers, view_of(std::string_view("SECRET")));
        CHECK(shown(answers).size() == 1);
    }
    bytes cut = request("password", "SECRET");
    cut.erase(cut.begin() + 1); // the fields do not fit any more
    CHECK(shown(cut).size() == 1);
}

TEST_CASE("a dump shows no bytes of a key exchange method, and none of unknown messages")
{
    for (int number = 0; number < 256; ++number) {
        bytes payload{std::byte(number)};
        append(payload, view_of(std::string_view("SECRET")));
        const bool unknown = number == 0 || (number > 7 && number < 20) || (number > 21 && number < 50)
                             || (number > 53 && number < 60) || (number > 60 && number < 80) || (number > 82 && number < 90)
                             || (number > 100 && number < 192) || number > 193;
        if (unknown)
            CHECK(shown(payload).size() == 1);
    }
    CHECK(shown_bytes({}, everything) == 0);
}

TEST_CASE("a dump shows as many bytes of data as it is told, counted from the end of the message's fields")
{
    const std::string data(100, 'd');
    msg::channel_data plain;
    plain.data = view_of(data);
    msg::channel_extended_data extended;
    extended.code = 1;
    extended.data = view_of(data);
    msg::ignore ignored;
    ignored.data = view_of(data);
    msg::ping ping;
    ping.data = view_of(data);
    msg::global_request global;
    global.name = "x";
    global.rest = view_of(data);
    msg::request_success success;
    success.rest = view_of(data);
    msg::channel_open open;
    open.type = "session";
    open.rest = view_of(data);
    msg::channel_open_confirmation confirmation;
    confirmation.rest = view_of(data);
    for (const bytes& payload :
         {wire::encoded(plain), wire::encoded(extended), wire::encoded(ignored), wire::encoded(ping), wire::encoded(global),
          wire::encoded(success), wire::encoded(open), wire::encoded(confirmation), channel_request("exec", data),
          channel_request("env", data), channel_request("own@example.org", data)}) {
        INFO("message " << int(payload[0]));
        const std::size_t fields = payload.size() - data.size();
        CHECK(shown_bytes(payload, 0) == fields);
        CHECK(shown_bytes(payload, 1) == fields + 1);
        CHECK(shown_bytes(payload, 99) == fields + 99);
        CHECK(shown_bytes(payload, 100) == fields + 100);
        CHECK(shown_bytes(payload, 101) == fields + 100);
        CHECK(shown_bytes(payload, everything) == fields + 100);
    }
}

TEST_CASE("a dump shows requests whose fields are the protocol's, and never the cookie of X11")
{
    for (const char* const type : {"pty-req", "window-change", "signal", "break", "exit-status", "exit-signal", "subsystem"})
        CHECK(has(shown(channel_request(type, "open"), 0), "open"));
    CHECK_FALSE(has(shown(channel_request("x11-req", "SECRET")), "SECRET"));
    CHECK(has(shown(channel_request("x11-req", "SECRET")), "x11-req"));
}

TEST_CASE("a dump shows nothing behind a message that it cannot read, and never more than there is")
{
    crypto::deterministic_random random(1);
    for (int number = 0; number < 256; ++number)
        for (std::size_t size = 1; size < 200; ++size) {
            bytes payload(size);
            random.fill(payload);
            payload[0] = std::byte(number);
            for (const std::size_t most : {std::size_t(0), std::size_t(16), everything})
                REQUIRE(shown_bytes(payload, most) <= size);
        }
}
