#include "catch.hpp"
#include "crypto/rng.hpp"
#include "transport/compression.hpp"

#include <zlib.h>

using namespace sshoal;
using namespace sshoal::transport;

namespace {

constexpr std::size_t cap = 256 * 1024;

bytes random_bytes(std::size_t size, std::uint64_t seed)
{
    bytes b(size);
    crypto::deterministic_random(seed).fill(b);
    return b;
}

bytes zeros_deflated(std::size_t size)
{
    bytes out(compressBound(uLong(size)) + 64);
    z_stream z{};
    REQUIRE(deflateInit(&z, 9) == Z_OK);
    bytes in(size);
    z.next_in = reinterpret_cast<Bytef*>(in.data());
    z.avail_in = uInt(size);
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = uInt(out.size());
    deflate(&z, Z_PARTIAL_FLUSH);
    out.resize(out.size() - z.avail_out);
    deflateEnd(&z);
    return out;
}

} // namespace

TEST_CASE("payloads of every size come back from the compressed stream")
{
    deflater d;
    inflater i(cap);
    for (const std::size_t size : {1u, 2u, 63u, 64u, 65u, 1000u, 4095u, 4096u, 4097u, 32768u, 200000u}) {
        for (const bool compressible : {true, false}) {
            const bytes head = random_bytes(13, size);
            const bytes body = compressible ? bytes(size, std::byte(7)) : random_bytes(size, size + 1);
            const auto out = i.decompress(d.compress(head, body));
            REQUIRE(out.has_value());
            CHECK(out->size() == head.size() + body.size());
            CHECK(equal(out->first(13), head));
            CHECK(equal(out->subspan(13), body));
        }
        const bytes alone = random_bytes(size, 5);
        const auto out = i.decompress(d.compress(alone, {}));
        REQUIRE(out.has_value());
        CHECK(equal(*out, alone));
    }
}

TEST_CASE("T12: a compressed packet that inflates past the limit is refused, at the limit it passes")
{
    for (const std::size_t size : {cap - 1, cap, cap + 1, 2 * cap, std::size_t(32) << 20}) {
        inflater i(cap);
        const auto out = i.decompress(zeros_deflated(size));
        CHECK(bool(out) == (size <= cap));
        if (!out)
            CHECK(out.error().code() == errc::decompression_failed);
        else
            CHECK(out->size() == size);
    }
}

TEST_CASE("T13: damaged, ended and empty streams are refused")
{
    {
        inflater i(cap);
        const bytes garbage = random_bytes(100, 3);
        CHECK(i.decompress(garbage).error().code() == errc::decompression_failed);
    }
    {
        inflater i(cap); // a header alone yields nothing
        const bytes good = zeros_deflated(100);
        CHECK(i.decompress(byte_view(good).first(2)).error().code() == errc::malformed_message);
    }
    {
        inflater i(cap); // a finished stream, then more
        bytes done(200);
        uLongf size = done.size();
        const bytes in(50, std::byte(1));
        REQUIRE(compress(reinterpret_cast<Bytef*>(done.data()), &size, reinterpret_cast<const Bytef*>(in.data()), 50) == Z_OK);
        done.resize(size);
        CHECK(i.decompress(done).error().code() == errc::decompression_failed);
    }
    const bytes good = zeros_deflated(5000);
    for (std::size_t n = 0; n < good.size(); ++n) {
        inflater i(cap); // cut short: less or nothing, never a crash
        const auto out = i.decompress(byte_view(good).first(n));
        if (out)
            CHECK(out->size() <= 5000);
    }
}
