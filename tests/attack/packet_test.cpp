// T03, T04, T11 with whole engines: packets that lie about themselves, and segments that hold many or parts of them.
#include "../engine/pair.hpp"
#include "catch.hpp"
#include "wire/transport_messages.hpp"

using namespace sshoal;
using namespace sshoal::engine::test;

namespace {

/// A packet as it travels before the first NEWKEYS, with any numbers in its head.
bytes raw_packet(std::uint32_t length, std::uint8_t padding, std::size_t real_size)
{
    bytes b(4 + real_size, std::byte(2));
    store_u32(b.data(), length);
    if (real_size > 0)
        b[4] = std::byte(padding);
    return b;
}

/// The fate of an engine that gets these bytes behind an identification; failure() if it goes on waiting.
failure fate_of(role r, byte_view data)
{
    pair p;
    p.start();
    end& victim = r == role::client ? p.client : p.server;
    bytes all = copy_of(view_of(std::string_view("SSH-2.0-x\r\n")));
    append(all, data);
    std::memcpy(victim.core->input().append(all.size()), all.data(), all.size());
    while (victim.core->receive(p.now)) {
    }
    CHECK(victim.established == 0);
    CHECK(victim.core->input().capacity() < 1024 * 1024); // nothing was allocated for a length
    return victim.why;
}

} // namespace

TEST_CASE("T03 absurd lengths before the first keys end the connection of a whole engine, with nothing allocated")
{
    for (const role r : {role::client, role::server})
        for (const std::uint32_t length : {0u, 1u, 4u, 11u, 13u, 262'145u, 0x7fffffffu, 0xfffffffcu, 0xffffffffu}) {
            INFO("length " << length);
            CHECK(fate_of(r, raw_packet(length, 4, 60)));
        }
}

TEST_CASE("T04 padding that is too short or too long, and packets without a payload, end the connection")
{
    for (const role r : {role::client, role::server})
        for (int padding = 0; padding < 256; ++padding) {
            const failure f = fate_of(r, raw_packet(12, std::uint8_t(padding), 12));
            INFO("padding " << padding);
            // 12 = padding length, payload, padding. In the first key exchange IGNORE passes until strictness is known.
            CHECK(bool(f) == (padding < 4 || padding > 10));
        }
}

TEST_CASE("T11 NEWKEYS and everything behind it in one segment, in two, and byte by byte, at every cut")
{
    // What the server sends from its key exchange reply on: reply, NEWKEYS, EXT_INFO.
    for (std::size_t cut = 0; cut < 700; cut += 7) {
        pair p;
        p.start();
        p.carry(p.client, p.server);
        p.carry(p.server, p.client);
        p.carry(p.client, p.server);
        io_buffer& out = p.server.core->output();
        const std::size_t n = std::min(cut, out.size());
        std::memcpy(p.client.core->input().append(n), out.view().data(), n);
        out.consume(n);
        while (p.client.core->receive(p.now)) {
        }
        p.run();
        CHECK(p.logged_in());
    }
}

TEST_CASE("T11 sixty-four packets and more in one segment")
{
    pair p;
    p.log_in();
    tube& t = p.client.open();
    p.run();
    t.piece = 100;
    for (int i = 0; i < 64; ++i)
        inject_message(p.client, wire::msg::ignore());
    t.send(30'000);
    p.run();
    CHECK(p.server.tubes[0]->received == 30'000);
    CHECK(p.server.tubes[0]->intact);
    CHECK(p.server.tubes[0]->channel->count().packets_in == 300);
}
