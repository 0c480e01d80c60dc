// counter_mode_vaes.cpp - AES in counter mode with VAES: eight registers of two blocks at a time hide the latency of a round.
#include "base/secure.hpp"
#include "crypto/counter_mode.hpp"
#include "crypto/vaes.hpp"

#if SSHOAL_HAS_VAES
#include <immintrin.h>
#endif

namespace sshoal::crypto {

#if SSHOAL_HAS_VAES
namespace {

constexpr std::size_t most_rounds = 14;
constexpr std::size_t counters_in_step = 16;
constexpr std::size_t counter_step = counters_in_step * 16;

struct alignas(32) round_keys {
    __m256i twice[most_rounds + 1]; // each key in both halves
    std::size_t rounds;
};

SSHOAL_VAES_INLINE std::uint32_t substitute(std::uint32_t word)
{
    return std::uint32_t(_mm_extract_epi32(_mm_aeskeygenassist_si128(_mm_set1_epi32(int(word)), 0), 0));
}

// FIPS 197 §5.2, word by word; its words are big-endian, ours little-endian.
SSHOAL_VAES_CODE void expand_key(byte_view key, round_keys& to)
{
    const std::size_t key_words = key.size() / 4;
    to.rounds = key_words + 6;
    std::uint32_t words[4 * (most_rounds + 1)];
    std::memcpy(words, key.data(), key.size());
    std::uint32_t round_constant = 1;
    for (std::size_t i = key_words; i < 4 * (to.rounds + 1); ++i) {
        std::uint32_t w = words[i - 1];
        if (i % key_words == 0) {
            w = substitute(w >> 8 | w << 24) ^ round_constant;
            round_constant = round_constant << 1 ^ (round_constant >> 7) * 0x11b;
        } else if (key_words > 6 && i % key_words == 4) {
            w = substitute(w);
        }
        words[i] = words[i - key_words] ^ w;
    }
    for (std::size_t r = 0; r <= to.rounds; ++r)
        to.twice[r] = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(words + 4 * r)));
    wipe(words, sizeof words);
}

SSHOAL_VAES_INLINE __m256i load_pair(const std::byte* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }
SSHOAL_VAES_INLINE void store(std::byte* to, __m256i v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), v); }

// The key stream of sixteen counters: `low` and the fifteen behind it, of which none runs over.
SSHOAL_VAES_INLINE void make_vaes_stream(const round_keys& keys, std::uint64_t high, std::uint64_t low, __m256i s[8])
{
    const __m256i backwards = _mm256_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, //
                                              0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m256i two = _mm256_set_epi64x(0, 2, 0, 2);
    __m256i counters = _mm256_set_epi64x(std::int64_t(high), std::int64_t(low + 1), std::int64_t(high), std::int64_t(low));
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
        s[i] = _mm256_xor_si256(_mm256_shuffle_epi8(counters, backwards), keys.twice[0]);
        counters = _mm256_add_epi64(counters, two);
    }
    for (std::size_t r = 1; r < keys.rounds; ++r) {
        const __m256i key = keys.twice[r];
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i)
            s[i] = _mm256_aesenc_epi128(s[i], key);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i)
        s[i] = _mm256_aesenclast_epi128(s[i], keys.twice[keys.rounds]);
}

// At most sixteen blocks, the last of which may be cut short; also where the lower half of the counter runs over.
SSHOAL_VAES_CODE void apply_rest(const round_keys& keys, counter_block& counter, const std::byte* from, std::byte* to,
                                 std::size_t size)
{
    alignas(32) std::byte stream[counter_step];
    __m256i s[8];
    const std::size_t blocks = (size + 15) / 16;
    if (counter.low + counters_in_step > counter.low) {
        make_vaes_stream(keys, counter.high, counter.low, s);
        for (int i = 0; i < 8; ++i)
            store(stream + 32 * i, s[i]);
        counter.advance(blocks);
    } else {
        for (std::size_t b = 0; b < blocks; ++b) {
            // The one register that matters here is the first; its second block is thrown away.
            make_vaes_stream(keys, counter.high, counter.low, s);
            _mm_store_si128(reinterpret_cast<__m128i*>(stream + 16 * b), _mm256_castsi256_si128(s[0]));
            counter.advance(1);
        }
    }
    std::size_t i = 0;
    for (; i + 32 <= size; i += 32)
        store(to + i, _mm256_xor_si256(load_pair(from + i), load_pair(stream + i)));
    for (; i < size; ++i)
        to[i] = from[i] ^ stream[i];
    wipe(stream, sizeof stream);
}

SSHOAL_VAES_CODE void apply_all(const round_keys& keys, counter_block& counter, const std::byte* from, std::byte* to,
                                std::size_t size)
{
    while (size >= counter_step && counter.low + counters_in_step > counter.low) {
        __m256i s[8];
        make_vaes_stream(keys, counter.high, counter.low, s);
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i)
            store(to + 32 * i, _mm256_xor_si256(load_pair(from + 32 * i), s[i]));
        counter.low += counters_in_step;
        from += counter_step;
        to += counter_step;
        size -= counter_step;
    }
    while (size > 0) {
        const std::size_t n = size < counter_step ? size : counter_step;
        apply_rest(keys, counter, from, to, n);
        from += n;
        to += n;
        size -= n;
    }
}

SSHOAL_VAES_CODE void encrypt_one(const round_keys& keys, std::byte* at)
{
    __m128i s = _mm_xor_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), _mm256_castsi256_si128(keys.twice[0]));
    for (std::size_t r = 1; r < keys.rounds; ++r)
        s = _mm_aesenc_si128(s, _mm256_castsi256_si128(keys.twice[r]));
    s = _mm_aesenclast_si128(s, _mm256_castsi256_si128(keys.twice[keys.rounds]));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(at), s);
}

class counter_mode_by_vaes final : public counter_mode {
public:
    explicit counter_mode_by_vaes(byte_view key) { expand_key(key, keys_); }
    ~counter_mode_by_vaes() override { wipe(&keys_, sizeof keys_); }

    void apply(counter_block& counter, byte_view from, byte_span to) override
    {
        apply_all(keys_, counter, from.data(), to.data(), from.size());
    }
    void encrypt_block(std::byte block[16]) override { encrypt_one(keys_, block); }

private:
    round_keys keys_;
};

} // namespace

std::unique_ptr<counter_mode> make_counter_mode_by_vaes(byte_view key) { return std::make_unique<counter_mode_by_vaes>(key); }

#else

std::unique_ptr<counter_mode> make_counter_mode_by_vaes(byte_view) { return nullptr; }

#endif

} // namespace sshoal::crypto
