// poly1305_number.hpp - arithmetic modulo 2^130 - 5 in three limbs of 44, 44 and 42 bits, with delayed carries. Private to
// lib/crypto.
#pragma once

#include "base/bytes.hpp"

namespace sshoal::crypto::poly1305_detail {

__extension__ typedef unsigned __int128 wide;

constexpr std::uint64_t mask44 = (std::uint64_t(1) << 44) - 1;
constexpr std::uint64_t mask42 = (std::uint64_t(1) << 42) - 1;
constexpr std::uint64_t bit128 = std::uint64_t(1) << 40; // bit of the highest limb that completes a whole block

inline std::uint64_t load_little(const std::byte* from) noexcept
{
    std::uint64_t v;
    std::memcpy(&v, from, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

struct number {
    std::uint64_t limb[3];
};

inline number load_block(const std::byte* from, std::uint64_t top) noexcept
{
    const std::uint64_t low = load_little(from), high = load_little(from + 8);
    return {{low & mask44, (low >> 44 | high << 20) & mask44, high >> 24 | top}};
}

inline number operator+(const number& a, const number& b) noexcept
{
    return {{a.limb[0] + b.limb[0], a.limb[1] + b.limb[1], a.limb[2] + b.limb[2]}};
}

// 2^132 is 20 modulo the prime, so the part above the third limb is added back times 20.
struct factor {
    explicit factor(const number& of) noexcept : n(of), limb1_20(of.limb[1] * 20), limb2_20(of.limb[2] * 20) {}
    number n;
    std::uint64_t limb1_20, limb2_20;
};

struct products {
    wide limb[3] = {0, 0, 0};

    void add(const number& a, const factor& f) noexcept
    {
        limb[0] += wide(a.limb[0]) * f.n.limb[0] + wide(a.limb[1]) * f.limb2_20 + wide(a.limb[2]) * f.limb1_20;
        limb[1] += wide(a.limb[0]) * f.n.limb[1] + wide(a.limb[1]) * f.n.limb[0] + wide(a.limb[2]) * f.limb2_20;
        limb[2] += wide(a.limb[0]) * f.n.limb[2] + wide(a.limb[1]) * f.n.limb[1] + wide(a.limb[2]) * f.n.limb[0];
    }

    number reduced() const noexcept
    {
        number r;
        wide sum = limb[0];
        r.limb[0] = std::uint64_t(sum) & mask44;
        sum = limb[1] + std::uint64_t(sum >> 44);
        r.limb[1] = std::uint64_t(sum) & mask44;
        sum = limb[2] + std::uint64_t(sum >> 44);
        r.limb[2] = std::uint64_t(sum) & mask42;
        r.limb[0] += std::uint64_t(sum >> 42) * 5;
        r.limb[1] += r.limb[0] >> 44;
        r.limb[0] &= mask44;
        return r;
    }
};

inline number operator*(const number& a, const factor& f) noexcept
{
    products p;
    p.add(a, f);
    return p.reduced();
}

/// Returns the multiplier of a key, with the bits cleared that RFC 8439 §2.5 names.
inline number multiplier(const std::byte* key) noexcept
{
    const std::uint64_t low = load_little(key) & 0x0ffffffc0fffffff, high = load_little(key + 8) & 0x0ffffffc0ffffffc;
    return {{low & mask44, (low >> 44 | high << 20) & mask44, high >> 24}};
}

/// Adds the remaining blocks and writes the tag: the sum modulo the prime, plus the second half of the key.
void finish(number sum, const factor& r, byte_view rest, const std::byte* key, std::byte* tag) noexcept;

} // namespace sshoal::crypto::poly1305_detail
