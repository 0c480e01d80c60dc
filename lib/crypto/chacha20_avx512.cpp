// chacha20_avx512.cpp - ChaCha20 with AVX-512: sixteen blocks at once, one register for each word of the state; or four blocks,
// one register for each row.
#include "base/secure.hpp"
#include "crypto/chacha20.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
#define SSHOAL_HAS_AVX512 1
#define SSHOAL_AVX512_CODE __attribute__((target("avx512f")))
#define SSHOAL_AVX512_INLINE SSHOAL_AVX512_CODE inline __attribute__((always_inline))
#include <immintrin.h>
// The values that are "used uninitialized" are those of the header's own _mm512_undefined functions.
#pragma GCC diagnostic ignored "-Wuninitialized"
#else
#define SSHOAL_HAS_AVX512 0
#endif

namespace sshoal::crypto {

#if SSHOAL_HAS_AVX512
namespace {

constexpr std::size_t block_size = 64;
constexpr std::size_t blocks_in_step = 16;
constexpr std::size_t step = blocks_in_step * block_size;
constexpr std::size_t few = 4;

// The matrix of RFC 8439 §2.3, with a counter and a nonce of 64 bits each.
struct state {
    std::uint32_t word[16];
};

SSHOAL_AVX512_INLINE void quarter_rounds(__m512i& a, __m512i& b, __m512i& c, __m512i& d)
{
    a = _mm512_add_epi32(a, b);
    d = _mm512_rol_epi32(_mm512_xor_si512(d, a), 16);
    c = _mm512_add_epi32(c, d);
    b = _mm512_rol_epi32(_mm512_xor_si512(b, c), 12);
    a = _mm512_add_epi32(a, b);
    d = _mm512_rol_epi32(_mm512_xor_si512(d, a), 8);
    c = _mm512_add_epi32(c, d);
    b = _mm512_rol_epi32(_mm512_xor_si512(b, c), 7);
}

struct four_blocks {
    __m512i at[4];
};

// The first quarters of the four registers become the first register, and so on.
SSHOAL_AVX512_INLINE four_blocks transpose_quarters(__m512i a, __m512i b, __m512i c, __m512i d)
{
    const __m512i ab_low = _mm512_shuffle_i32x4(a, b, 0x44), cd_low = _mm512_shuffle_i32x4(c, d, 0x44);
    const __m512i ab_high = _mm512_shuffle_i32x4(a, b, 0xee), cd_high = _mm512_shuffle_i32x4(c, d, 0xee);
    return {{_mm512_shuffle_i32x4(ab_low, cd_low, 0x88), _mm512_shuffle_i32x4(ab_low, cd_low, 0xdd),
             _mm512_shuffle_i32x4(ab_high, cd_high, 0x88), _mm512_shuffle_i32x4(ab_high, cd_high, 0xdd)}};
}

// Four blocks, a row of each matrix in a quarter of a register.
SSHOAL_AVX512_CODE void few_blocks(const state& s, std::byte* stream)
{
    const auto* const rows = reinterpret_cast<const __m128i*>(s.word);
    const __m512i first[4] = {_mm512_broadcast_i32x4(_mm_loadu_si128(rows)), _mm512_broadcast_i32x4(_mm_loadu_si128(rows + 1)),
                              _mm512_broadcast_i32x4(_mm_loadu_si128(rows + 2)),
                              _mm512_add_epi32(_mm512_broadcast_i32x4(_mm_loadu_si128(rows + 3)),
                                               _mm512_set_epi32(0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0))};
    __m512i a = first[0], b = first[1], c = first[2], d = first[3];
    for (int i = 0; i < 10; ++i) {
        quarter_rounds(a, b, c, d);
        b = _mm512_shuffle_epi32(b, _MM_PERM_ADCB); // the diagonals become columns
        c = _mm512_shuffle_epi32(c, _MM_PERM_BADC);
        d = _mm512_shuffle_epi32(d, _MM_PERM_CBAD);
        quarter_rounds(a, b, c, d);
        b = _mm512_shuffle_epi32(b, _MM_PERM_CBAD);
        c = _mm512_shuffle_epi32(c, _MM_PERM_BADC);
        d = _mm512_shuffle_epi32(d, _MM_PERM_ADCB);
    }
    const four_blocks blocks = transpose_quarters(_mm512_add_epi32(a, first[0]), _mm512_add_epi32(b, first[1]),
                                                  _mm512_add_epi32(c, first[2]), _mm512_add_epi32(d, first[3]));
    for (int i = 0; i < 4; ++i)
        _mm512_storeu_si512(stream + 64 * i, blocks.at[i]);
}

// Sixteen blocks; the lower word of the counter does not run over in them.
SSHOAL_AVX512_CODE void apply_step(const state& s, const std::byte* from, std::byte* to)
{
    const __m512i numbers = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    __m512i v[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i)
        v[i] = _mm512_set1_epi32(int(s.word[i]));
    v[12] = _mm512_add_epi32(v[12], numbers);
    for (int i = 0; i < 10; ++i) {
        quarter_rounds(v[0], v[4], v[8], v[12]);
        quarter_rounds(v[1], v[5], v[9], v[13]);
        quarter_rounds(v[2], v[6], v[10], v[14]);
        quarter_rounds(v[3], v[7], v[11], v[15]);
        quarter_rounds(v[0], v[5], v[10], v[15]);
        quarter_rounds(v[1], v[6], v[11], v[12]);
        quarter_rounds(v[2], v[7], v[8], v[13]);
        quarter_rounds(v[3], v[4], v[9], v[14]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i)
        v[i] = _mm512_add_epi32(v[i], _mm512_set1_epi32(int(s.word[i])));
    v[12] = _mm512_add_epi32(v[12], numbers);

    // From a word of sixteen blocks in each register to the sixteen words of a block: first within the quarters of the registers,
    // which then hold four words of block k, k + 4, k + 8 and k + 12, then among the quarters.
#pragma GCC unroll 4
    for (int g = 0; g < 16; g += 4) {
        const __m512i ab_low = _mm512_unpacklo_epi32(v[g], v[g + 1]), ab_high = _mm512_unpackhi_epi32(v[g], v[g + 1]);
        const __m512i cd_low = _mm512_unpacklo_epi32(v[g + 2], v[g + 3]), cd_high = _mm512_unpackhi_epi32(v[g + 2], v[g + 3]);
        v[g] = _mm512_unpacklo_epi64(ab_low, cd_low);
        v[g + 1] = _mm512_unpackhi_epi64(ab_low, cd_low);
        v[g + 2] = _mm512_unpacklo_epi64(ab_high, cd_high);
        v[g + 3] = _mm512_unpackhi_epi64(ab_high, cd_high);
    }
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
        const four_blocks blocks = transpose_quarters(v[k], v[4 + k], v[8 + k], v[12 + k]);
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            const int at = 64 * (k + 4 * i);
            _mm512_storeu_si512(to + at, _mm512_xor_si512(_mm512_loadu_si512(from + at), blocks.at[i]));
        }
    }
}

SSHOAL_AVX512_CODE void add_stream(const std::byte* from, const std::byte* stream, std::byte* to, std::size_t size)
{
    std::size_t i = 0;
    for (; i + 16 <= size; i += 16) {
        const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
        const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(stream + i));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), _mm_xor_si128(a, b));
    }
    for (; i < size; ++i)
        to[i] = from[i] ^ stream[i];
}

class chacha20_by_avx512 final : public chacha20 {
public:
    explicit chacha20_by_avx512(std::span<const std::byte, 32> key)
    {
        std::memcpy(state_.word, "expand 32-byte k", 16);
        std::memcpy(state_.word + 4, key.data(), key.size());
    }
    ~chacha20_by_avx512() override { wipe(&state_, sizeof state_); }

    void apply(nonce_view nonce, std::uint32_t block, byte_view from, byte_span to) override
    {
        state_.word[12] = block;
        state_.word[13] = 0;
        std::memcpy(state_.word + 14, nonce.data(), nonce.size());
        const std::byte* in = from.data();
        std::byte* out = to.data();
        std::size_t left = from.size();
        for (; left >= step; left -= step, in += step, out += step) {
            apply_step(state_, in, out);
            state_.word[12] += blocks_in_step;
        }
        if (left > 0)
            apply_rest(in, out, left);
    }

private:
    void apply_rest(const std::byte* in, std::byte* out, std::size_t size)
    {
        alignas(64) std::byte stream[step];
        std::size_t made = 0;
        if (size <= few * block_size) {
            few_blocks(state_, stream);
            made = few * block_size;
        } else {
            std::memset(stream, 0, sizeof stream);
            apply_step(state_, stream, stream);
            made = step;
        }
        add_stream(in, stream, out, size);
        wipe(stream, made);
    }

    state state_;
};

} // namespace

std::unique_ptr<chacha20> make_chacha20_by_avx512(std::span<const std::byte, 32> key)
{
    return std::make_unique<chacha20_by_avx512>(key);
}

bool avx512_is_usable()
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f");
}

#else

std::unique_ptr<chacha20> make_chacha20_by_avx512(std::span<const std::byte, 32>) { return nullptr; }
bool avx512_is_usable() { return false; }

#endif

} // namespace sshoal::crypto
