#include "catch.hpp"
#include "transport/packet_reader.hpp"
#include "transport/packet_writer.hpp"

using namespace sshoal;
using namespace sshoal::transport;

namespace {

constexpr std::size_t max_packet = 256 * 1024;
using kind = incoming_packet::kind;

struct protection {
    std::string cipher, mac;
};

std::vector<protection> all_protections()
{
    std::vector<protection> all{{"none", ""}};
    for (const auto& c : crypto::ciphers()) {
        if (c.aead)
            all.push_back({std::string(c.name), ""});
        else
            for (const auto& m : crypto::macs())
                all.push_back({std::string(c.name), std::string(m.name)});
    }
    return all;
}

/// Key bytes for any protection; the same on both ends.
struct keys {
    explicit keys(const protection& p)
    {
        crypto::deterministic_random(7).fill(pool);
        const auto* c = crypto::find_cipher(p.cipher);
        const auto* m = crypto::find_mac(p.mac);
        view.key = byte_view(pool).first(c ? c->key_size : 0);
        view.iv = byte_view(pool).subspan(64, c ? c->iv_size : 0);
        view.mac_key = byte_view(pool).subspan(128, m ? m->key_size : 0);
    }
    bytes pool = bytes(256);
    crypto::packet_keys view;
};

struct line {
    explicit line(const protection& p, std::size_t limit = max_packet) : k(p), random(3), writer(random), reader(limit)
    {
        writer.install(crypto::make_sealer(p.cipher, p.mac, k.view), true);
        reader.install(crypto::make_opener(p.cipher, p.mac, k.view), true);
    }
    keys k;
    crypto::deterministic_random random;
    packet_writer writer;
    packet_reader reader;
    io_buffer wire;
};

/// A packet with any length and padding whatsoever and a valid tag.
bytes forge(const protection& p, std::uint32_t length, std::uint8_t padding, std::size_t real_size)
{
    const keys k(p);
    const auto sealer = crypto::make_sealer(p.cipher, p.mac, k.view);
    bytes packet(4 + real_size + sealer->shape().tag_size);
    store_u32(packet.data(), length);
    if (real_size > 0)
        packet[4] = std::byte(padding);
    sealer->seal(0, packet);
    return packet;
}

incoming_packet read(line& l, byte_view from)
{
    l.wire.clear();
    std::memcpy(l.wire.append(from.size()), from.data(), from.size());
    return l.reader.next(l.wire);
}

} // namespace

TEST_CASE("packets of many sizes pass through every protection, in one piece and byte by byte")
{
    for (const protection& p : all_protections()) {
        line l(p);
        for (const std::size_t size : {1u, 2u, 3u, 5u, 7u, 8u, 9u, 15u, 16u, 17u, 31u, 32u, 33u, 100u, 1000u, 32768u}) {
            const bytes payload(size, std::byte(size));
            const std::size_t head = size / 3;
            const std::size_t whole = l.writer.write(l.wire, byte_view(payload).first(head), byte_view(payload).subspan(head));
            CHECK(whole == l.wire.size());
            const bytes sealed = copy_of(l.wire.view());
            if (size < 200) {
                l.wire.clear();
                for (std::size_t i = 0; i + 1 < sealed.size(); ++i) {
                    *l.wire.append(1) = sealed[i];
                    REQUIRE(l.reader.next(l.wire).state == kind::need_more);
                }
                *l.wire.append(1) = sealed.back();
            }
            const incoming_packet got = l.reader.next(l.wire);
            REQUIRE(got.state == kind::packet);
            CHECK(equal(got.payload, payload));
            CHECK(got.whole == whole);
            l.wire.consume(got.whole);
        }
        CHECK(l.reader.used().packets == 16);
        CHECK(l.reader.used().bytes == l.writer.used().bytes);
    }
}

TEST_CASE("T11: many packets in one piece")
{
    for (const protection& p : all_protections()) {
        line l(p);
        for (std::size_t i = 1; i <= 64; ++i)
            l.writer.write(l.wire, bytes(i, std::byte(i)), {});
        for (std::size_t i = 1; i <= 64; ++i) {
            const incoming_packet got = l.reader.next(l.wire);
            REQUIRE(got.state == kind::packet);
            CHECK(got.sequence == i - 1);
            CHECK(equal(got.payload, bytes(i, std::byte(i))));
            l.wire.consume(got.whole);
        }
        CHECK(l.reader.next(l.wire).state == kind::need_more);
    }
}

TEST_CASE("T03: absurd lengths are refused at once, before anything is waited for or allocated")
{
    for (const std::uint32_t length : {0u, 1u, 2u, 3u, 4u, 5u, 11u, 13u, 0x8001u, 0x40001u, 0x40008u, 0x7fffffffu,
             0xfffffffcu, 0xffffffffu}) {
        line l({"none", ""});
        bytes head(4);
        store_u32(head.data(), length);
        const bool small = length <= 5;
        INFO(length);
        if (small)
            head.resize(16);
        CHECK(read(l, head).state == kind::broken);
        CHECK(l.wire.capacity() <= 1024);
        CHECK(l.reader.next(l.wire).state == kind::broken); // and it stays so
    }
}

TEST_CASE("T03: lengths that are no multiple of the block are refused under every protection")
{
    for (const protection& p : all_protections()) {
        const auto shape = crypto::make_sealer(p.cipher, p.mac, keys(p).view)->shape();
        for (std::uint32_t length = 0; length <= 3 * shape.block_size; ++length) {
            line l(p);
            const std::size_t around = shape.length_is_padded ? 4 : 0;
            const bytes packet = forge(p, length, 4, 64 - around); // more bytes than claimed, so that nothing is waited for
            const incoming_packet got = read(l, packet);
            const std::size_t padded = length + around;
            if (padded % shape.block_size != 0 || length < 6)
                CHECK(got.state == kind::broken);
        }
    }
}

TEST_CASE("T04, T05: authenticated packets that are too short or lie about padding are refused")
{
    for (const protection& p : all_protections()) {
        const auto shape = crypto::make_sealer(p.cipher, p.mac, keys(p).view)->shape();
        const std::size_t around = shape.length_is_padded ? 4 : 0;
        for (std::size_t blocks = 1; blocks <= 3; ++blocks) {
            const auto length = std::uint32_t(blocks * shape.block_size - around);
            for (unsigned padding = 0; padding <= 255; ++padding) {
                line l(p);
                const incoming_packet got = read(l, forge(p, length, std::uint8_t(padding), length));
                const bool good = padding >= 4 && padding + 2 <= length;
                INFO(p.cipher << " " << p.mac << " length " << length << " padding " << padding);
                REQUIRE((got.state == kind::packet) == good);
                if (good)
                    REQUIRE(got.payload.size() == length - 1 - padding);
            }
        }
    }
}

TEST_CASE("T06: any flipped bit of a packet is noticed, and nothing is delivered")
{
    for (const protection& p : all_protections()) {
        if (p.cipher == "none")
            continue;
        bytes sealed;
        {
            line l(p);
            l.writer.write(l.wire, bytes(40, std::byte(9)), {});
            sealed = copy_of(l.wire.view());
        }
        for (std::size_t i = 0; i < sealed.size(); ++i)
            for (int bit = 0; bit < 8; bit += i < 8 ? 1 : 3) {
                bytes damaged = sealed;
                damaged[i] ^= std::byte(1 << bit);
                damaged.resize(damaged.size() + 1024); // a longer length must not be hidden by waiting
                line l(p);
                const incoming_packet got = read(l, damaged);
                INFO(p.cipher << " " << p.mac << " byte " << i);
                // A length that has grown may be waited for; what arrives then cannot verify.
                if (i >= 4)
                    REQUIRE(got.state == kind::broken);
                else
                    REQUIRE(got.state != kind::packet);
                REQUIRE(got.payload.empty());
            }
    }
}

TEST_CASE("a packet under the wrong sequence number or other keys is refused")
{
    for (const protection& p : all_protections()) {
        if (p.cipher == "none" || p.cipher.find("gcm") != std::string::npos) // GCM counts by itself
            continue;
        line l(p);
        l.writer.write(l.wire, bytes(40), {});
        const bytes first = copy_of(l.wire.view());
        REQUIRE(l.reader.next(l.wire).state == kind::packet);
        CHECK(read(l, first).state != kind::packet); // the same again
    }
}

TEST_CASE("the longest packet: one block below the limit, at it, and one above")
{
    for (const protection& p : all_protections()) {
        const auto shape = crypto::make_sealer(p.cipher, p.mac, keys(p).view)->shape();
        const std::size_t around = shape.length_is_padded ? 4 : 0;
        const std::size_t limit = 40000 / shape.block_size * shape.block_size - around;
        for (const int step : {-1, 0, 1}) {
            line l(p, limit);
            const auto length = std::uint32_t(limit + std::size_t(int(shape.block_size) * step));
            const incoming_packet got = read(l, forge(p, length, 4, length));
            CHECK((got.state == kind::packet) == (step <= 0));
            if (step > 0)
                CHECK(l.reader.why_broken().code() == errc::packet_too_large);
        }
    }
}

TEST_CASE("35,000 bytes are accepted whatever the limit says (RFC 4253 section 6.1)")
{
    line l({"aes128-ctr", "hmac-sha2-256-etm@openssh.com"}, 1000);
    l.writer.write(l.wire, bytes(32768), {});
    CHECK(l.reader.next(l.wire).state == kind::packet);
}

TEST_CASE("T121: packets with a least size tell nothing about shorter payloads")
{
    for (const protection& p : all_protections()) {
        line l(p);
        for (const std::size_t size : {1u, 10u, 60u, 120u}) {
            l.wire.clear();
            CHECK(l.writer.write(l.wire, bytes(size, std::byte(1)), {}, 192) >= 192);
            const std::size_t here = l.wire.size();
            line other(p);
            CHECK(other.writer.write(other.wire, bytes(3, std::byte(1)), {}, 192) == here);
        }
        l.wire.clear(); // never more padding than one byte can say
        l.writer.write(l.wire, bytes(1, std::byte(1)), {}, 100000);
        line fresh(p);
        fresh.writer.write(fresh.wire, bytes(1, std::byte(1)), {}, 100000);
        CHECK(fresh.reader.next(fresh.wire).state == kind::packet);
    }
}

TEST_CASE("T119: padding is random and no byte of a packet is left uninitialised")
{
    crypto::deterministic_random random(11);
    packet_writer w(random);
    io_buffer a, b;
    w.write(a, bytes(1, std::byte(2)), {});
    w.write(b, bytes(1, std::byte(2)), {});
    CHECK_FALSE(equal(a.view(), b.view()));
}

TEST_CASE("T08: budgets follow the block size of the cipher, and stay below 2^31 packets")
{
    const key_budget gcm = make_key_budget(0, 0, "aes256-gcm@openssh.com");
    CHECK(gcm.bytes == std::uint64_t(1) << 36);
    CHECK(gcm.packets < std::uint64_t(1) << 31);
    const key_budget chacha = make_key_budget(0, std::uint64_t(1) << 40, "chacha20-poly1305@openssh.com");
    CHECK(chacha.bytes == std::uint64_t(1) << 30);
    CHECK(chacha.packets < std::uint64_t(1) << 31);
    const key_budget small = make_key_budget(1000, 5, "aes128-ctr");
    CHECK_FALSE(small.spent({999, 4}));
    CHECK(small.spent({1000, 0}));
    CHECK(small.spent({0, 5}));
}
