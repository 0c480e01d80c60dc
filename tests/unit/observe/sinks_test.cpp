#include "catch.hpp"
#include "observe/sinks.hpp"
#include "sshoal/algorithms.hpp"

#include <vector>

using namespace sshoal;

namespace {

struct written {
    std::vector<std::string> lines;
    log_function function()
    {
        return [this](log_level l, std::string_view text) { lines.push_back(std::string(name_of(l)) + ": " + std::string(text)); };
    }
};

class counter final : public event_sink {
public:
    void on_event(const event_origin&, const event& e) override { kinds.push_back(e.kind()); }
    bool wants_messages(log_level l) const noexcept override { return messages && l <= log_level::error; }
    bool wants_packets() const noexcept override { return packets; }
    std::vector<event_kind> kinds;
    bool messages = false, packets = false;
};

event_origin somebody(bool server, std::string_view user = {})
{
    event_origin from;
    from.connection = 7;
    from.server = server;
    from.user = user;
    static const endpoint peer("192.0.2.1", 22);
    from.remote = &peer;
    return from;
}

} // namespace

TEST_CASE("the text log has the connection's name in front of each line, and levels")
{
    written w;
    const auto log = observe::text_log(w.function(), log_level::info);
    CHECK(log->wants_messages(log_level::info));
    CHECK_FALSE(log->wants_messages(log_level::debug));
    CHECK_FALSE(log->wants_packets());

    observe::tell(log.get(), somebody(true), log_level::warning, "look");
    observe::tell(log.get(), somebody(true), log_level::debug, "not this");
    const std::vector<std::string> methods{"publickey", "password"};
    events::logged_in in;
    in.methods = methods;
    log->on_event(somebody(true, "al\x1b"), in);
    log->on_event(somebody(false, "alice"), in); // a client says so at debug
    events::auth_refused no;
    no.user = "alice";
    no.method = "password";
    log->on_event(somebody(true), no);
    const failure why(errc::closed, "text");
    events::connection_ended over;
    over.why = &why;
    log->on_event(somebody(true, "alice"), over);
    events::connection_dropped dropped;
    dropped.reason = events::drop_reason::max_startups;
    const endpoint elsewhere("192.0.2.1", 23);
    dropped.remote = &elsewhere;
    dropped.count = 10;
    log->on_event(event_origin(), dropped);
    log->on_event(somebody(true), events::version_exchanged()); // is not worth a line

    CHECK(w.lines
          == std::vector<std::string>{"warning: [192.0.2.1 port 22] look",
                                      "info: [al\\x1b@192.0.2.1 port 22] logged in with publickey, password",
                                      "info: [192.0.2.1 port 22] rejected password for alice",
                                      "info: [alice@192.0.2.1 port 22] connection ended: connection is closed: text",
                                      "info: dropped 192.0.2.1 port 23: 10 connections are not logged in yet"});
    CHECK(observe::text_log(nullptr, log_level::trace) == nullptr);
}

TEST_CASE("the text log names the algorithms of both directions where they differ")
{
    written w;
    const auto log = observe::text_log(w.function(), log_level::debug);
    negotiated n;
    n.kex = "k";
    n.host_key = "h";
    n.cipher_out = n.cipher_in = "c";
    n.mac_out = n.mac_in = "m";
    n.compression_out = n.compression_in = "none";
    events::key_exchange_done done;
    done.first = true;
    done.algorithms = &n;
    done.peer = "SSH-2.0-x";
    log->on_event(somebody(true), done);
    n.mac_in.clear();
    n.cipher_in = "d";
    n.compression_in = "z";
    log->on_event(somebody(true), done);
    CHECK(w.lines
          == std::vector<std::string>{"debug: [192.0.2.1 port 22] peer is SSH-2.0-x; k, h, c with m",
                                      "debug: [192.0.2.1 port 22] peer is SSH-2.0-x; k, h, c with m (out); d, z (in)"});
}

TEST_CASE("the text log shows DEBUG as the peer wishes, and IGNORE never")
{
    written w;
    const auto log = observe::text_log(w.function(), log_level::trace);
    events::peer_debug said;
    said.text = "look\\x0ahere"; // events have the text printable
    log->on_event(somebody(true), said);
    said.always_display = true;
    log->on_event(somebody(true), said);
    log->on_event(somebody(true), events::peer_ignore());
    CHECK(w.lines
          == std::vector<std::string>{"debug: [192.0.2.1 port 22] peer says: look\\x0ahere",
                                      "info: [192.0.2.1 port 22] peer says: look\\x0ahere"});
}

TEST_CASE("the text log shows the bytes of a packet in rows")
{
    written w;
    const auto log = observe::text_log(w.function(), log_level::trace);
    std::vector<std::byte> all(70'000, std::byte(0x41));
    events::packet p;
    p.name = "X";
    for (const std::size_t size : {std::size_t(0), std::size_t(1), std::size_t(16), std::size_t(17)}) {
        w.lines.clear();
        p.size = size;
        p.bytes = std::span(all).first(size);
        log->on_event(somebody(true), p);
        REQUIRE(w.lines.size() == 1 + (size + 15) / 16);
        for (const std::string& line : w.lines)
            CHECK(line.starts_with("trace: [192.0.2.1 port 22] < "));
    }
    CHECK(w.lines[1] == "trace: [192.0.2.1 port 22] < 0000  41 41 41 41 41 41 41 41  41 41 41 41 41 41 41 41  AAAAAAAAAAAAAAAA");
    CHECK(w.lines[2] == "trace: [192.0.2.1 port 22] < 0010  41" + std::string(48, ' ') + "A");
    w.lines.clear();
    p.outgoing = true;
    p.size = 70'001;
    p.bytes = all;
    log->on_event(somebody(true), p);
    CHECK(w.lines[4096].starts_with("trace: [192.0.2.1 port 22] > fff0  41 "));
    CHECK(w.lines[4097].starts_with("trace: [192.0.2.1 port 22] > 00010000  41 "));
    CHECK(w.lines.back() == "trace: [192.0.2.1 port 22] > 00011170  (1 more not shown)");
}

TEST_CASE("the text log tells of forwardings")
{
    written w;
    const auto log = observe::text_log(w.function(), log_level::debug);
    const endpoint bound("127.0.0.1", 8080), target("db\x1b", 5432), somewhere, from("192.0.2.7", 4711);
    const failure why(errc::closed, "stopped");
    const auto begin = [&](events::of_forwarding& e, const endpoint& to) {
        e.what = "local";
        e.bound = &bound;
        e.target = &to;
    };
    events::forwarding_started started;
    begin(started, somewhere);
    log->on_event(somebody(false), started);
    events::forwarding_refused refused;
    begin(refused, target);
    refused.originator = &from;
    refused.why = &why;
    log->on_event(somebody(false), refused);
    events::forwarding_ended ended;
    begin(ended, target);
    ended.opened = 2;
    ended.refused = 1;
    ended.bytes_to_target = 3;
    ended.why = &why;
    log->on_event(somebody(false), ended);
    const std::string here = "[192.0.2.1 port 22] ", name = "local forwarding of 127.0.0.1 port 8080";
    REQUIRE(w.lines.size() == 3);
    CHECK(w.lines[0] == "debug: " + here + name);
    CHECK(w.lines[1] == "info: " + here + name + " to db\\x1b port 5432 for 192.0.2.7 port 4711 failed: " + why.message());
    CHECK(w.lines[2] == "debug: " + here + name + " to db\\x1b port 5432 ended: 2 streams, 1 refused, 3 bytes to the target, "
                            + "0 from there; " + why.message());
}

TEST_CASE("the text log tells of connections that are kept")
{
    written w;
    const auto log = observe::text_log(w.function(), log_level::info);
    const failure lost(errc::connection_lost, "the peer closed the stream"), stopped(errc::closed, "stopped");
    const endpoint bound("127.0.0.1", 8080), target("db", 5432);
    events::link_up up;
    up.name = "gate\x1b";
    log->on_event(event_origin(), up);
    events::link_down down;
    down.name = "gate";
    down.why = &lost;
    down.delay = std::chrono::microseconds(1999'001);
    log->on_event(event_origin(), down);
    events::forwarding_failed failed;
    failed.what = "local";
    failed.bound = &bound;
    failed.target = &target;
    failed.why = &stopped;
    log->on_event(event_origin(), failed);
    events::link_ended ended;
    ended.name = "gate";
    ended.why = &lost;
    log->on_event(event_origin(), ended);
    ended.why = &stopped;
    log->on_event(event_origin(), ended);
    REQUIRE(w.lines.size() == 5);
    CHECK(w.lines[0] == "info: gate\\x1b is up");
    CHECK(w.lines[1] == "warning: gate is down: " + lost.message() + "; the next attempt follows in 2 s");
    CHECK(w.lines[2] == "warning: local forwarding of 127.0.0.1 port 8080 to db port 5432 does not listen: " + stopped.message());
    CHECK(w.lines[3] == "error: gate is given up: " + lost.message());
    CHECK(w.lines[4] == "info: gate is not kept any more: stopped");
}

TEST_CASE("a pair of sinks gives each what it wants")
{
    const auto a = std::make_shared<counter>(), b = std::make_shared<counter>();
    const auto two = observe::both(a, b);
    CHECK(observe::both(nullptr, b) == b);
    CHECK(observe::both(a, nullptr) == a);
    CHECK_FALSE(two->wants_messages(log_level::error));
    CHECK_FALSE(two->wants_packets());
    b->messages = b->packets = true;
    CHECK(two->wants_messages(log_level::error));
    CHECK(two->wants_packets());

    observe::tell(two.get(), event_origin(), log_level::error, "trouble");
    two->on_event(event_origin(), events::packet());
    two->on_event(event_origin(), events::connection_started());
    CHECK(a->kinds == std::vector{event_kind::connection_started});
    CHECK(b->kinds == std::vector{event_kind::message, event_kind::packet, event_kind::connection_started});
}

TEST_CASE("an event is what its kind says")
{
    const events::channel_opened opened;
    const event& e = opened;
    CHECK(e.as<events::channel_opened>() == &opened);
    CHECK(e.as<events::channel_closed>() == nullptr);
}
