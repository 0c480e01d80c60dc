// T64 to T69 and T80 with whole engines and a peer that holds real keys: lies about channels and windows, opens without end.
#include "channel_scene.hpp"

#include <sys/mman.h>

using namespace sshoal;
using namespace sshoal::engine::test;

TEST_CASE("T64 messages for channels that never were, are gone, or are somebody else's are unheard; most end the connection")
{
    for (const role r : both)
        for (int number = 91; number <= 100; ++number)
            for (const std::uint32_t id : {1u, 5u, 0x7fffffffu, 0xffffffffu, 2u}) {
                scene s(r);
                if (id == 2) { // one that has been closed from both sides
                    for (int i = 0; i < 2; ++i)
                        s.p.client.open();
                    s.p.run();
                    s.p.client.tubes[2]->channel->close();
                    s.p.run();
                    s.p.server.tubes[2]->channel->close();
                    s.p.run();
                    REQUIRE(s.victim.tubes[2]->over_once());
                }
                const std::size_t before = s.heard();
                inject(s.peer, to_channel(number, id));
                s.deliver();
                INFO("message " << number << " for channel " << id);
                // Credit, requests and replies do nothing. What speaks of the contents may come late, when the channel is closed.
                const bool late = number == 93 || number >= 98 || (id == 2 && number >= 94);
                CHECK(s.victim.why.code() == (late ? error_code() : make_error_code(errc::protocol_error)));
                CHECK(s.heard() == before + (late ? 0 : 1)); // the end
            }
}

TEST_CASE("T64 a confirmation comes once, and only for opens of ours")
{
    for (const role r : both)
        for (const int number : {91, 92}) {
            scene s(r); // the client's channel is confirmed; the server's was opened by the client
            inject(s.peer, to_channel(number, s.channel().channel->local_id()));
            s.deliver();
            CHECK(s.victim.why.code() == errc::protocol_error);
            CHECK(s.channel().confirmed == (r == role::client ? 1 : 0));
            CHECK(s.channel().closed == 1);
        }
}

TEST_CASE("T64 an open that names a number of the peer's again is another channel")
{
    scene s(role::server);
    msg::channel_open m;
    m.type = "session";
    m.sender = s.channel().channel->remote_id();
    m.window = 100;
    m.max_packet = 100;
    s.lie(m);
    CHECK_FALSE(s.victim.core->ended());
    REQUIRE(s.victim.tubes.size() == 2);
    CHECK(s.victim.tubes[0]->channel->local_id() != s.victim.tubes[1]->channel->local_id());
}

TEST_CASE("T65 adjustments past 2^32-1 end the connection, zero and those behind CLOSE change nothing")
{
    for (const role r : both) {
        scene s(r);
        msg::channel_window_adjust m;
        m.recipient = s.channel().channel->local_id();
        const std::uint64_t window = s.channel().channel->remote_window();
        s.lie(m);
        CHECK(s.channel().channel->remote_window() == window);
        m.bytes = std::uint32_t(0xffffffffu - window);
        s.lie(m);
        CHECK(s.channel().channel->remote_window() == 0xffffffffu);
        CHECK_FALSE(s.victim.core->ended());
        m.bytes = 1;
        s.lie(m);
        CHECK(s.victim.core->ended());
        CHECK(s.channel().closed == 1);

        scene t(r);
        t.channel().channel->close();
        m.recipient = t.channel().channel->local_id();
        m.bytes = 0xffffffff;
        t.lie(m);
        t.lie(m);
        CHECK(t.channel().sent == 0);
        CHECK(t.channel().writable == 0);
    }
}

TEST_CASE("T66 one byte more than a tenth above the window ends the connection, in packets of any size")
{
    for (const role r : both)
        for (const std::uint32_t packet : {1000u, 32u * 1024, 40'000u}) {
            scene s(r);
            s.channel().takes = false;
            msg::channel_data m;
            m.recipient = s.channel().channel->local_id();
            const bytes most(packet, std::byte(1));
            const std::uint32_t window = s.channel().channel->window_size();
            for (std::uint32_t left = window + window / 10; left > 0; left -= std::uint32_t(m.data.size())) {
                m.data = byte_view(most).first(std::min(left, packet));
                s.lie(m);
            }
            CHECK_FALSE(s.victim.core->ended());
            CHECK(s.channel().channel->queued(mux::stream::data) == window + window / 10);
            m.data = byte_view(most).first(1);
            s.lie(m);
            CHECK(s.victim.why.code() == errc::window_overrun);
        }
}

TEST_CASE("T66 extended data goes to its stream, of unknown kinds nowhere, and without bytes costs nothing")
{
    for (const role r : both) {
        scene s(r);
        s.victim.keep_trace = false;
        msg::channel_extended_data m;
        m.recipient = s.channel().channel->local_id();
        m.data = view_of(std::string_view("five!"));
        for (const std::uint32_t code : {0u, 1u, 2u, 0xffffffffu}) {
            m.code = code;
            s.lie(m);
        }
        CHECK(s.channel().error_bytes == 5);
        CHECK(s.channel().received == 0);
        msg::channel_data empty;
        empty.recipient = m.recipient;
        const bytes nothing = wire::encoded(empty);
        for (int i = 0; i < 50'000; ++i) {
            inject(s.peer, nothing);
            if (i % 1000 == 0)
                s.deliver();
        }
        s.deliver();
        CHECK_FALSE(s.victim.core->ended());
        CHECK(s.victim.core->output().size() < 100);
    }
}

TEST_CASE("T67 an open with a largest packet of zero is refused, one of one is served, and a window of zero waits")
{
    for (const std::uint32_t size : {0u, 1u}) {
        scene s(role::server);
        msg::channel_open m;
        m.type = "session";
        m.sender = 77;
        m.window = 1000;
        m.max_packet = size;
        inject_message(s.peer, m);
        s.deliver();
        CHECK_FALSE(s.victim.core->ended());
        CHECK(s.victim.tubes.size() == 1 + size);
        if (size == 1) {
            tube& t = *s.victim.tubes[1];
            t.send(2000);
            CHECK(t.sent == 1000);
            CHECK(t.channel->count().packets_out == 1000);
        }
    }
    for (const std::uint32_t size : {0u, 1u}) { // the same in a confirmation
        pair p;
        p.ends_with_stream = false;
        p.server.accepts = false;
        p.log_in();
        tube& t = p.client.open();
        p.run();
        msg::channel_open_confirmation m;
        m.recipient = t.channel->local_id();
        m.window = 5;
        m.max_packet = size;
        inject_message(p.server, m);
        p.carry(p.server, p.client);
        t.send(100);
        CHECK(t.sent == 5u); // a confirmation with zero says nothing about packets
        CHECK(t.channel->count().packets_out == (size == 0 ? 1u : 5u));
    }
}

TEST_CASE("T68 EOF and CLOSE twice, crossed, and data behind them")
{
    for (const role r : both) {
        scene twice(r);
        const bytes eof = to_channel(96, twice.channel().channel->local_id());
        inject(twice.peer, eof);
        inject(twice.peer, eof);
        twice.deliver();
        CHECK(twice.channel().eofs == 1);
        CHECK_FALSE(twice.victim.core->ended());
        inject(twice.peer, to_channel(94, twice.channel().channel->local_id()));
        twice.deliver();
        CHECK_FALSE(twice.victim.core->ended());
        CHECK(twice.channel().received == 0);

        scene behind(r);
        behind.channel().takes = false;
        const std::uint32_t there = behind.channel().channel->local_id();
        inject(behind.peer, to_channel(96, there));
        msg::channel_data m;
        m.recipient = there;
        const bytes lots(32 * 1024, std::byte(1));
        m.data = lots;
        for (unsigned i = 0; i < 200; ++i)
            behind.lie(m);
        CHECK_FALSE(behind.victim.core->ended());
        CHECK(behind.channel().channel->queued(mux::stream::data) == 0);

        scene crossed(r);
        crossed.channel().channel->close();
        inject(crossed.peer, to_channel(97, crossed.channel().channel->local_id()));
        crossed.deliver();
        CHECK(crossed.channel().over_once());
        CHECK(crossed.victim.core->channels().channel_count() == 0);
        inject(crossed.peer, to_channel(97, crossed.channel().channel->local_id()));
        crossed.deliver();
        CHECK_FALSE(crossed.victim.core->ended()); // the number is nobody's any more
        CHECK(crossed.channel().over_once());

        scene late(r); // a request behind the peer's own CLOSE
        inject(late.peer, to_channel(97, late.channel().channel->local_id()));
        late.deliver();
        late.drop_answers();
        CHECK(late.channel().closed == 1);
        inject(late.peer, to_channel(98, late.channel().channel->local_id()));
        late.deliver();
        CHECK(late.channel().requests.empty());
    }
}

TEST_CASE("T68 a peer that never answers CLOSE pins no more numbers than the limit, and the connection lives")
{
    pair p;
    p.client.options.connection.max_channels = 50;
    p.log_in();
    for (std::uint32_t i = 0; i < 50; ++i) {
        tube& t = p.client.open();
        msg::channel_open_confirmation m;
        m.recipient = t.channel->local_id();
        m.sender = i;
        m.window = m.max_packet = 1000;
        inject_message(p.server, m);
        p.carry(p.server, p.client);
        REQUIRE(t.confirmed == 1);
        t.channel->close();
        t.channel.reset();
        p.client.core->output().clear(); // this peer answers nothing
    }
    tube one_more(p.client.hook);
    const auto refused = p.client.core->channels().open("session", {}, one_more);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code() == errc::too_many_channels);
    CHECK_FALSE(p.client.core->ended());
    CHECK(p.client.core->channels().channel_count() == 50);
}

TEST_CASE("T69 an open past the limit is refused, and the connection goes on")
{
    pair p;
    p.server.options.connection.max_channels = 10;
    p.log_in();
    for (int i = 0; i < 11; ++i)
        p.client.open();
    p.run();
    CHECK(p.healthy());
    for (std::size_t i = 0; i < 10; ++i)
        CHECK(p.client.tubes[i]->confirmed == 1);
    CHECK(p.client.tubes[10]->refused == 1);
    p.client.tubes[0]->channel->close();
    p.run();
    p.server.tubes[0]->channel->close();
    p.run();
    tube& again = p.client.open();
    p.run();
    CHECK(again.confirmed == 1);
    // Refused opens leave nothing in either engine; the connection room counts the bytes.
    for (int i = 0; i < 5000; ++i) {
        p.client.open();
        if (i % 100 == 0)
            p.run();
    }
    p.run();
    CHECK(p.client.core->channels().channel_count() == 10);
    CHECK(p.server.core->channels().channel_count() == 10);
    CHECK(p.healthy());
}

namespace {

/// Takes every packet and counts its bytes.
struct counting_sink final : mux::output, mux::observer {
    bool can_send_data() const noexcept override { return true; }
    std::size_t data_room() const noexcept override { return 1 << 20; }
    void send_data(byte_view, byte_view body) override { total += body.size(), ++packets; }
    void send(byte_view) override {}
    void send_question(byte_view, std::uint32_t) override {}
    failure odd_message(std::string_view) override { return {}; }
    time_point now() const noexcept override { return {}; }
    void on_open(const mux::incoming_open&) override {}
    void on_global_request(const mux::incoming_global_request&) override {}
    void on_global_reply(std::uint64_t, bool, byte_view) override {}

    std::uint64_t total = 0, packets = 0;
};

} // namespace

TEST_CASE("T80 one write of k * 2^32 bytes and a little is cut and counted right")
{
    // Nobody looks at the bytes, so neither memory nor a key is needed for them.
    constexpr std::uint64_t largest = (std::uint64_t(2) << 32) + 3;
    void* const map = ::mmap(nullptr, std::size_t(largest), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) {
        WARN("SKIPPED: no address space for 8 GiB");
        return;
    }
    for (const std::uint64_t size : {std::uint64_t(1) << 32, (std::uint64_t(1) << 32) + 1, std::uint64_t(2) << 32, largest}) {
        counting_sink sink;
        const mux::settings settings;
        mux::multiplexer m(settings, sink, sink);
        std::function<void()> nothing;
        tube t(nothing);
        t.channel = m.open("session", {}, t).value();
        msg::channel_open_confirmation yes;
        yes.recipient = t.channel->local_id();
        yes.window = 0xffffffff;
        yes.max_packet = 0xffffffff;
        REQUIRE_FALSE(m.handle(wire::encoded(yes)));
        std::uint64_t sent = 0;
        int writes = 0;
        while (sent < size) {
            const auto* const from = static_cast<const std::byte*>(map) + sent;
            const std::size_t n = t.channel->write(mux::stream::data, byte_view(from, std::size_t(size - sent)));
            CHECK(n == std::min<std::uint64_t>(size - sent, 0xffffffff));
            sent += n;
            REQUIRE(++writes <= 3);
            msg::channel_window_adjust more;
            more.recipient = t.channel->local_id();
            more.bytes = std::uint32_t(0xffffffff - t.channel->remote_window());
            REQUIRE_FALSE(m.handle(wire::encoded(more)));
        }
        CHECK(sink.total == size);
        CHECK(t.channel->count().bytes_out == size);
        CHECK(sink.packets >= size / (32 * 1024));
    }
    ::munmap(map, std::size_t(largest));
}
