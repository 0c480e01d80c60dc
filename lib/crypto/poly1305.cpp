#include "crypto/poly1305.hpp"

#include "base/secure.hpp"
#include "crypto/botan_compat.hpp"
#include "crypto/poly1305_number.hpp"

#include <botan/mac.h>

#include <algorithm>
#include <array>

namespace sshoal::crypto {
namespace poly1305_detail {

void finish(number sum, const factor& r, byte_view rest, const std::byte* key, std::byte* tag) noexcept
{
    for (; rest.size() >= 16; rest = rest.subspan(16))
        sum = (sum + load_block(rest.data(), bit128)) * r;
    if (!rest.empty()) {
        std::byte last[16] = {};
        std::memcpy(last, rest.data(), rest.size());
        last[rest.size()] = std::byte(1);
        sum = (sum + load_block(last, 0)) * r;
    }

    // Carries run through all limbs twice, since the first time can produce one more.
    for (int i = 0; i < 2; ++i) {
        sum.limb[1] += sum.limb[0] >> 44;
        sum.limb[0] &= mask44;
        sum.limb[2] += sum.limb[1] >> 44;
        sum.limb[1] &= mask44;
        sum.limb[0] += (sum.limb[2] >> 42) * 5;
        sum.limb[2] &= mask42;
    }
    sum.limb[1] += sum.limb[0] >> 44;
    sum.limb[0] &= mask44;

    // sum - prime is sum + 5 - 2^130: taken where it is not negative, which a mask decides.
    number less;
    less.limb[0] = sum.limb[0] + 5;
    less.limb[1] = sum.limb[1] + (less.limb[0] >> 44);
    less.limb[0] &= mask44;
    less.limb[2] = sum.limb[2] + (less.limb[1] >> 44) - (std::uint64_t(1) << 42);
    less.limb[1] &= mask44;
    const std::uint64_t negative = 0 - (less.limb[2] >> 63);
    for (int i = 0; i < 3; ++i)
        sum.limb[i] = (sum.limb[i] & negative) | (less.limb[i] & ~negative);

    const std::uint64_t low = sum.limb[0] | sum.limb[1] << 44, high = sum.limb[1] >> 20 | sum.limb[2] << 24;
    const wide total = wide(low) + load_little(key + 16);
    const std::uint64_t halves[2] = {std::uint64_t(total), high + load_little(key + 24) + std::uint64_t(total >> 64)};
    for (int i = 0; i < 16; ++i)
        tag[i] = std::byte(halves[i / 8] >> 8 * (i % 8));
}

} // namespace poly1305_detail

namespace {

using namespace poly1305_detail;

constexpr way<poly1305_function> poly_ways[] = {
    {"AVX2", poly1305_by_avx2, avx2_is_usable},
    {"four blocks at a time", poly1305_by_blocks, nullptr},
};

} // namespace

// Four multiplications that do not wait for each other, and one reduction for all: the sum times r^4, and the next blocks times
// the powers below.
void poly1305_by_blocks(std::span<const std::byte, 32> key, byte_view message, std::span<std::byte, 16> tag)
{
    const factor r1(multiplier(key.data()));
    number sum{};
    if (message.size() >= 64) {
        const factor r2(r1.n * r1), r3(r2.n * r1), r4(r3.n * r1);
        for (; message.size() >= 64; message = message.subspan(64)) {
            products p;
            p.add(sum + load_block(message.data(), bit128), r4);
            p.add(load_block(message.data() + 16, bit128), r3);
            p.add(load_block(message.data() + 32, bit128), r2);
            p.add(load_block(message.data() + 48, bit128), r1);
            sum = p.reduced();
        }
    }
    finish(sum, r1, message, key.data(), tag.data());
}

void poly1305_by_botan(std::span<const std::byte, 32> key, byte_view message, std::span<std::byte, 16> tag)
{
    const auto mac = Botan::MessageAuthenticationCode::create_or_throw("Poly1305");
    mac->set_key(octets(byte_view(key)), key.size());
    mac->update(octets(message), message.size());
    mac->final(octets(byte_span(tag)));
}

std::span<const way<poly1305_function>> poly1305_ways() { return poly_ways; }

bool agree(poly1305_function one, poly1305_function other)
{
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 63U, 64U, 127U, 200U, 256U, 319U, 1024U}) {
        std::array<std::byte, 32> key;
        system_random().fill(key);
        bytes message(size);
        system_random().fill(message);
        if (size % 16 == 0) // numbers near the prime
            std::fill(message.begin(), message.end(), std::byte(0xff));
        std::array<std::byte, 16> a, b;
        one(key, message, a);
        other(key, message, b);
        if (a != b)
            return false;
    }
    return true;
}

poly1305_function chosen_poly1305()
{
    static const poly1305_function chosen = choose_way<poly1305_function>(
        "Poly1305", poly_ways, poly1305_by_botan, [](auto a, auto b) { return agree(a, b); }, self_checks());
    return chosen;
}

} // namespace sshoal::crypto
