// ghash_clmul.cpp - GHASH by carry-less multiplication, with one reduction for sixteen blocks: a reduction has to wait for the
// one before, the products need not.
//
// GHASH numbers the bits of a block in the wrong order for the instruction. RFC 8452 Appendix A has the solution: with bytes
// reversed and the key multiplied by x it is POLYVAL, whose product is a * b * x^-128 and has a reduction of two steps.
#include "base/secure.hpp"
#include "crypto/ghash.hpp"
#include "crypto/vaes.hpp"

#if SSHOAL_HAS_VAES
#include <immintrin.h>
#endif

namespace sshoal::crypto {

#if SSHOAL_HAS_VAES
namespace {

constexpr std::size_t hashed_in_step = 16;

SSHOAL_VAES_INLINE __m128i backwards(__m128i v)
{
    return _mm_shuffle_epi8(v, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

SSHOAL_VAES_INLINE __m128i load_block(const std::byte* from)
{
    return backwards(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

// A product of 256 bits in three parts, of which the middle one is to be added between the others.
struct product {
    __m128i low, middle, high;
};

SSHOAL_VAES_INLINE product multiply_in_field(__m128i a, __m128i b)
{
    return {_mm_clmulepi64_si128(a, b, 0x00),
            _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10)),
            _mm_clmulepi64_si128(a, b, 0x11)};
}

SSHOAL_VAES_INLINE void add(product& to, const product& p)
{
    to.low = _mm_xor_si128(to.low, p.low);
    to.middle = _mm_xor_si128(to.middle, p.middle);
    to.high = _mm_xor_si128(to.high, p.high);
}

SSHOAL_VAES_INLINE __m128i reduce(const product& p)
{
    const __m128i polynomial = _mm_set_epi64x(std::int64_t(0xc200000000000000U), 0);
    __m128i low = _mm_xor_si128(p.low, _mm_slli_si128(p.middle, 8));
    const __m128i high = _mm_xor_si128(p.high, _mm_srli_si128(p.middle, 8));
    low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4e), _mm_clmulepi64_si128(low, polynomial, 0x10));
    low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4e), _mm_clmulepi64_si128(low, polynomial, 0x10));
    return _mm_xor_si128(low, high);
}

// x times the key, in POLYVAL's field.
SSHOAL_VAES_INLINE __m128i times_x(__m128i v)
{
    const __m128i carries = _mm_srli_epi64(v, 63);
    const __m128i out = _mm_shuffle_epi32(carries, 0xaa); // the highest bit, in every second word
    const __m128i mask = _mm_sub_epi64(_mm_setzero_si128(), _mm_and_si128(out, _mm_set1_epi64x(1)));
    const __m128i doubled = _mm_or_si128(_mm_slli_epi64(v, 1), _mm_slli_si128(carries, 8));
    return _mm_xor_si128(doubled, _mm_and_si128(mask, _mm_set_epi64x(std::int64_t(0xc200000000000000U), 1)));
}

// The powers of the key from the sixteenth down to the first, so that n blocks find theirs in a row behind the others.
struct alignas(32) key_powers {
    __m128i at[hashed_in_step];
};

SSHOAL_VAES_CODE void powers_of(const std::byte* h, key_powers& to)
{
    const __m128i first = times_x(load_block(h));
    to.at[hashed_in_step - 1] = first;
    for (std::size_t i = hashed_in_step - 1; i-- > 0;)
        to.at[i] = reduce(multiply_in_field(to.at[i + 1], first));
}

// At most sixteen blocks behind `sum`.
SSHOAL_VAES_INLINE __m128i absorb_few(const key_powers& powers, __m128i sum, const std::byte* from, std::size_t blocks)
{
    const __m128i* power = powers.at + (hashed_in_step - blocks);
    product p = multiply_in_field(_mm_xor_si128(sum, load_block(from)), *power++);
    for (std::size_t i = 1; i < blocks; ++i)
        add(p, multiply_in_field(load_block(from + 16 * i), *power++));
    return reduce(p);
}

SSHOAL_VAES_INLINE __m128i both_halves(__m256i v)
{
    return _mm_xor_si128(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
}

SSHOAL_VAES_INLINE __m128i absorb_steps(const key_powers& powers, __m128i sum, const std::byte* from, std::size_t steps)
{
    const __m256i order = _mm256_broadcastsi128_si256(_mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const auto* const pairs = reinterpret_cast<const __m256i*>(powers.at);
    for (; steps > 0; --steps, from += 16 * hashed_in_step) {
        __m256i low = _mm256_setzero_si256(), middle = low, high = low;
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) {
            const __m256i raw = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 32 * i));
            __m256i v = _mm256_shuffle_epi8(raw, order);
            if (i == 0)
                v = _mm256_xor_si256(v, _mm256_zextsi128_si256(sum));
            const __m256i power = _mm256_load_si256(pairs + i);
            low = _mm256_xor_si256(low, _mm256_clmulepi64_epi128(v, power, 0x00));
            middle = _mm256_xor_si256(middle, _mm256_clmulepi64_epi128(v, power, 0x01));
            middle = _mm256_xor_si256(middle, _mm256_clmulepi64_epi128(v, power, 0x10));
            high = _mm256_xor_si256(high, _mm256_clmulepi64_epi128(v, power, 0x11));
        }
        sum = reduce({both_halves(low), both_halves(middle), both_halves(high)});
    }
    return sum;
}

// Any length; the last block is filled up with zeros.
SSHOAL_VAES_INLINE __m128i absorb(const key_powers& powers, __m128i sum, const std::byte* from, std::size_t size)
{
    const std::size_t steps = size / (16 * hashed_in_step);
    sum = absorb_steps(powers, sum, from, steps);
    from += steps * 16 * hashed_in_step;
    size -= steps * 16 * hashed_in_step;
    if (const std::size_t whole = size / 16; whole > 0) {
        sum = absorb_few(powers, sum, from, whole);
        from += 16 * whole;
        size -= 16 * whole;
    }
    if (size > 0) {
        std::byte last[16] = {};
        std::memcpy(last, from, size);
        sum = absorb_few(powers, sum, last, 1);
    }
    return sum;
}

SSHOAL_VAES_CODE void hash_all(const key_powers& powers, byte_view associated, byte_view text, std::byte* to)
{
    __m128i sum = absorb(powers, _mm_setzero_si128(), associated.data(), associated.size());
    sum = absorb(powers, sum, text.data(), text.size());
    const __m128i lengths = _mm_set_epi64x(std::int64_t(associated.size() * 8), std::int64_t(text.size() * 8));
    sum = reduce(multiply_in_field(_mm_xor_si128(sum, lengths), powers.at[hashed_in_step - 1]));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), backwards(sum));
}

class ghash_by_clmul final : public ghash {
public:
    explicit ghash_by_clmul(const std::byte* h) { powers_of(h, powers_); }
    ~ghash_by_clmul() override { wipe(&powers_, sizeof powers_); }
    void hash(byte_view associated, byte_view text, std::byte to[16]) override { hash_all(powers_, associated, text, to); }

private:
    key_powers powers_;
};

} // namespace

std::unique_ptr<ghash> make_ghash_by_clmul(const std::byte h[16]) { return std::make_unique<ghash_by_clmul>(h); }

#else

std::unique_ptr<ghash> make_ghash_by_clmul(const std::byte[16]) { return nullptr; }

#endif

} // namespace sshoal::crypto
