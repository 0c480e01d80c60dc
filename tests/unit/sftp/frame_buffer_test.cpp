// The cutting of a stream into packets.

#include "catch.hpp"
#include "sftp/protocol/frame_buffer.hpp"

using namespace sshoal;
using sftp_protocol::frame_buffer;

namespace {

bytes stream_of(std::initializer_list<std::size_t> lengths)
{
    bytes all;
    std::uint8_t mark = 1;
    for (const std::size_t n : lengths) {
        std::byte head[4];
        store_u32(head, std::uint32_t(n));
        append(all, head);
        all.insert(all.end(), n, std::byte(mark++));
    }
    return all;
}

} // namespace

TEST_CASE("packets come out whole, however the stream is cut")
{
    const bytes all = stream_of({1, 5, 70000, 3, 1, 40000});
    for (const std::size_t step : {std::size_t(1), std::size_t(3), std::size_t(4096), std::size_t(70004), all.size()}) {
        frame_buffer frames(256 * 1024);
        std::vector<std::size_t> sizes;
        for (std::size_t at = 0; at < all.size();) {
            const std::size_t n = std::min(step, all.size() - at);
            const auto room = frames.prepare(n);
            REQUIRE(room.size() >= n);
            std::memcpy(room.data(), &all[at], n);
            frames.commit(n);
            at += n;
            for (;;) {
                const auto p = frames.next();
                REQUIRE(p.has_value());
                if (!*p)
                    break;
                sizes.push_back((*p)->size());
                for (const std::byte b : **p)
                    REQUIRE(b == std::byte(sizes.size()));
            }
        }
        CHECK(sizes == std::vector<std::size_t>{1, 5, 70000, 3, 1, 40000});
        CHECK(frames.pending().empty());
        frames.release(0);
        CHECK(frames.capacity() == 0);
    }
}

TEST_CASE("the memory of a frame buffer keeps its size until it is released, and packets are moved only where they would not fit")
{
    frame_buffer frames(256 * 1024);
    CHECK(frames.capacity() == 0);
    frames.reserve(large_block);
    const std::byte* const block = frames.prepare(1).data();
    const std::size_t size = frames.capacity();
    CHECK(size >= large_block);
    const bytes packets = stream_of({100 * 1024, 100 * 1024, 100 * 1024});
    for (int round = 0; round < 5; ++round) { // one and a half packets at a time
        std::size_t taken = 0;
        for (std::size_t at = 0; at < packets.size();) {
            const std::size_t n = std::min<std::size_t>(150 * 1024, packets.size() - at);
            const bool stays = frames.fits(n);
            const byte_view before = frames.pending();
            const auto room = frames.prepare(n);
            CHECK((!stays || before.empty() || frames.pending().data() == before.data()));
            std::memcpy(room.data(), &packets[at], n);
            frames.commit(n);
            at += n;
            while (*frames.next())
                ++taken;
        }
        CHECK(taken == 3);
        CHECK(frames.capacity() == size);
    }
    CHECK(frames.prepare(1).data() == block);
    frames.release(size);
    CHECK(frames.capacity() == size);
    frames.release(size - 1);
    CHECK(frames.capacity() == 0);
}

TEST_CASE("a frame buffer that is released takes its block again without asking the system")
{
    const std::byte* first = nullptr;
    for (int i = 0; i < 3; ++i) {
        frame_buffer frames(256 * 1024);
        frames.reserve(large_block);
        const std::byte* const block = frames.prepare(1).data();
        CHECK((first == nullptr || block == first));
        first = block;
    }
}

TEST_CASE("T84 lengths of 0, one more than allowed, 2^31 and 2^32-1 are refused; the longest allowed is not")
{
    for (const std::size_t most : {std::size_t(34000), std::size_t(256 * 1024)}) {
        const std::pair<std::uint32_t, error_code> cases[] = {
            {0, errc::malformed_message},
            {std::uint32_t(most), error_code()},
            {std::uint32_t(most) - 1, error_code()},
            {std::uint32_t(most) + 1, errc::packet_too_large},
            {0x80000000u, errc::packet_too_large},
            {0xffffffffu, errc::packet_too_large},
        };
        for (const auto& [length, expected] : cases) {
            frame_buffer frames(most);
            store_u32(frames.prepare(4).data(), length);
            frames.commit(4);
            const auto p = frames.next();
            if (expected) {
                REQUIRE_FALSE(p.has_value());
                CHECK(p.error() == expected);
                CHECK(frames.prepare(1).size() < most + 4096); // nothing is made ready for what will not be taken
            } else {
                REQUIRE(p.has_value());
                CHECK(!*p);
                CHECK(frames.prepare(1).size() >= length);
            }
        }
    }
}
