// poly1305_avx2.cpp - Poly1305 with AVX2: four sums side by side, one for every fourth block, each multiplied by r^4 for the next
// block and at the end by the missing power of r. Limbs of 26 bits, so that a product and the sum of five of them fit 64 bits.
#include "crypto/poly1305.hpp"
#include "crypto/poly1305_number.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#define SSHOAL_HAS_AVX2 1
#define SSHOAL_AVX2_CODE __attribute__((target("avx2")))
#define SSHOAL_AVX2_INLINE SSHOAL_AVX2_CODE inline __attribute__((always_inline))
#include <immintrin.h>
#else
#define SSHOAL_HAS_AVX2 0
#endif

namespace sshoal::crypto {

#if SSHOAL_HAS_AVX2
namespace {

using namespace poly1305_detail;

constexpr std::uint64_t mask26 = (1U << 26) - 1;

struct small_limbs {
    std::uint64_t limb[5];
};

small_limbs split(const number& n) noexcept
{
    const std::uint64_t l[3]
        = {n.limb[0], n.limb[1] & mask44, n.limb[2] + (n.limb[1] >> 44)}; // the second may have one bit too many
    return {{l[0] & mask26, (l[0] >> 26 | l[1] << 18) & mask26, (l[1] >> 8) & mask26, (l[1] >> 34 | l[2] << 10) & mask26,
             l[2] >> 16}};
}

number join(const std::uint64_t l[5]) noexcept // limbs may exceed 26 bits by far
{
    wide sum = l[0];
    number n;
    sum += wide(l[1]) << 26;
    n.limb[0] = std::uint64_t(sum) & mask44;
    sum >>= 44;
    sum += wide(l[2]) << 8;
    sum += wide(l[3]) << 34;
    n.limb[1] = std::uint64_t(sum) & mask44;
    sum >>= 44;
    sum += wide(l[4]) << 16;
    n.limb[2] = std::uint64_t(sum) & mask42;
    n.limb[0] += std::uint64_t(sum >> 42) * 5;
    n.limb[1] += n.limb[0] >> 44;
    n.limb[0] &= mask44;
    return n;
}

// Of four factors side by side: the limbs, and five times the limbs, as 2^130 is 5 modulo the prime.
struct factors {
    __m256i limb[5];
    __m256i five[5];
};

SSHOAL_AVX2_INLINE void load_factors(factors& f, const small_limbs& a, const small_limbs& b, const small_limbs& c,
                                     const small_limbs& d)
{
    for (int i = 0; i < 5; ++i) {
        f.limb[i] = _mm256_set_epi64x(std::int64_t(d.limb[i]), std::int64_t(c.limb[i]), std::int64_t(b.limb[i]),
                                      std::int64_t(a.limb[i]));
        f.five[i] = _mm256_add_epi64(_mm256_slli_epi64(f.limb[i], 2), f.limb[i]);
    }
}

// Blocks 0, 2, 1, 3 in the four lanes: the order in which unpacking leaves them.
SSHOAL_AVX2_INLINE void add_blocks(__m256i sum[5], const std::byte* from)
{
    const __m256i mask = _mm256_set1_epi64x(mask26);
    const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    const __m256i second = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 32));
    const __m256i low = _mm256_unpacklo_epi64(first, second), high = _mm256_unpackhi_epi64(first, second);
    const __m256i middle = _mm256_or_si256(_mm256_srli_epi64(low, 52), _mm256_slli_epi64(high, 12));
    sum[0] = _mm256_add_epi64(sum[0], _mm256_and_si256(low, mask));
    sum[1] = _mm256_add_epi64(sum[1], _mm256_and_si256(_mm256_srli_epi64(low, 26), mask));
    sum[2] = _mm256_add_epi64(sum[2], _mm256_and_si256(middle, mask));
    sum[3] = _mm256_add_epi64(sum[3], _mm256_and_si256(_mm256_srli_epi64(high, 14), mask));
    sum[4] = _mm256_add_epi64(sum[4], _mm256_or_si256(_mm256_srli_epi64(high, 40), _mm256_set1_epi64x(1 << 24)));
}

SSHOAL_AVX2_INLINE void multiply(__m256i a[5], const factors& f)
{
    __m256i p[5];
#pragma GCC unroll 5
    for (int i = 0; i < 5; ++i) {
        p[i] = _mm256_mul_epu32(a[0], f.limb[i]);
#pragma GCC unroll 5
        for (int j = 1; j < 5; ++j)
            p[i] = _mm256_add_epi64(p[i], _mm256_mul_epu32(a[j], j <= i ? f.limb[i - j] : f.five[5 + i - j]));
    }
    // Two carries run at the same time; no limb is above 2^26 by more than a few bits behind them.
    const __m256i mask = _mm256_set1_epi64x(mask26);
    __m256i c0 = _mm256_srli_epi64(p[0], 26), c3 = _mm256_srli_epi64(p[3], 26);
    p[0] = _mm256_and_si256(p[0], mask);
    p[3] = _mm256_and_si256(p[3], mask);
    p[1] = _mm256_add_epi64(p[1], c0);
    p[4] = _mm256_add_epi64(p[4], c3);
    const __m256i c1 = _mm256_srli_epi64(p[1], 26), c4 = _mm256_srli_epi64(p[4], 26);
    p[1] = _mm256_and_si256(p[1], mask);
    p[4] = _mm256_and_si256(p[4], mask);
    p[2] = _mm256_add_epi64(p[2], c1);
    p[0] = _mm256_add_epi64(p[0], _mm256_add_epi64(_mm256_slli_epi64(c4, 2), c4));
    const __m256i c2 = _mm256_srli_epi64(p[2], 26);
    c0 = _mm256_srli_epi64(p[0], 26);
    a[2] = _mm256_and_si256(p[2], mask);
    a[0] = _mm256_and_si256(p[0], mask);
    p[3] = _mm256_add_epi64(p[3], c2);
    a[1] = _mm256_add_epi64(p[1], c0);
    c3 = _mm256_srli_epi64(p[3], 26);
    a[3] = _mm256_and_si256(p[3], mask);
    a[4] = _mm256_add_epi64(p[4], c3);
}

// At least one group of 64 bytes.
SSHOAL_AVX2_CODE number sum_of_groups(const std::byte* from, std::size_t groups, const factor& r)
{
    const number r2 = r.n * r, r3 = r2 * r, r4 = r3 * r;
    const small_limbs s1 = split(r.n), s2 = split(r2), s3 = split(r3), s4 = split(r4);
    factors f;
    load_factors(f, s4, s4, s4, s4);
    __m256i sum[5] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                      _mm256_setzero_si256()};
    add_blocks(sum, from);
    while (--groups > 0) {
        multiply(sum, f);
        add_blocks(sum, from += 64);
    }
    load_factors(f, s4, s2, s3, s1);
    multiply(sum, f);
    std::uint64_t total[5];
    for (int i = 0; i < 5; ++i) {
        const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(sum[i]), _mm256_extracti128_si256(sum[i], 1));
        total[i] = std::uint64_t(_mm_extract_epi64(two, 0)) + std::uint64_t(_mm_extract_epi64(two, 1));
    }
    return join(total);
}

} // namespace

void poly1305_by_avx2(std::span<const std::byte, 32> key, byte_view message, std::span<std::byte, 16> tag)
{
    constexpr std::size_t worth_while = 128;
    const factor r(multiplier(key.data()));
    number sum{};
    if (message.size() >= worth_while) {
        const std::size_t groups = message.size() / 64;
        sum = sum_of_groups(message.data(), groups, r);
        message = message.subspan(groups * 64);
    }
    finish(sum, r, message, key.data(), tag.data());
}

bool avx2_is_usable()
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2");
}

#else

void poly1305_by_avx2(std::span<const std::byte, 32> key, byte_view message, std::span<std::byte, 16> tag)
{
    poly1305_by_blocks(key, message, tag);
}

bool avx2_is_usable() { return false; }

#endif

} // namespace sshoal::crypto
