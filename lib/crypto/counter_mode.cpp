#include "crypto/counter_mode.hpp"

#include "crypto/botan_compat.hpp"
#include "crypto/vaes.hpp"

#include <botan/stream_cipher.h>

#include <algorithm>
#include <array>
#include <bit>

namespace sshoal::crypto {
namespace {

constexpr std::size_t aes_block = 16;
constexpr std::size_t batch_blocks = 64;

// Each thread has one, so that an idle connection needs no memory for it.
struct scratch {
    alignas(64) std::uint8_t counters[batch_blocks * aes_block];
    alignas(64) std::uint8_t stream[batch_blocks * aes_block];
};
thread_local scratch work;

constexpr std::uint64_t big_endian(std::uint64_t v) noexcept
{
    if constexpr (std::endian::native == std::endian::little)
        v = __builtin_bswap64(v);
    return v;
}

// Leaves the key stream of `blocks` counter blocks in work.stream.
void make_stream(const Botan::BlockCipher& aes, counter_block& counter, std::size_t blocks)
{
    std::uint8_t* to = work.counters;
    if (counter.low + blocks >= counter.low) { // the carry into the high half is rare enough for a loop of its own
        const std::uint64_t high = big_endian(counter.high);
        std::uint64_t low = counter.low;
        for (std::size_t i = 0; i < blocks; ++i, to += aes_block) {
            const std::uint64_t low_bytes = big_endian(low++);
            std::memcpy(to, &high, 8);
            std::memcpy(to + 8, &low_bytes, 8);
        }
        counter.low = low;
    } else {
        for (std::size_t i = 0; i < blocks; ++i, to += aes_block) {
            counter.store(reinterpret_cast<std::byte*>(to));
            counter.advance(1);
        }
    }
    aes.encrypt_n(work.counters, work.stream, blocks);
}

using lanes = std::uint64_t __attribute__((vector_size(16)));

lanes load(const void* from) noexcept
{
    lanes v;
    std::memcpy(&v, from, sizeof v);
    return v;
}

void exclusive_or(std::byte* to, const std::byte* from, const std::uint8_t* stream, std::size_t size) noexcept
{
    std::size_t i = 0;
    for (; i + 64 <= size; i += 64) { // written out, because g++ 12 keeps an array of lanes in memory
        const lanes a = load(from + i) ^ load(stream + i), b = load(from + i + 16) ^ load(stream + i + 16);
        const lanes c = load(from + i + 32) ^ load(stream + i + 32), d = load(from + i + 48) ^ load(stream + i + 48);
        std::memcpy(to + i, &a, 16);
        std::memcpy(to + i + 16, &b, 16);
        std::memcpy(to + i + 32, &c, 16);
        std::memcpy(to + i + 48, &d, 16);
    }
    for (; i + 16 <= size; i += 16) {
        const lanes a = load(from + i) ^ load(stream + i);
        std::memcpy(to + i, &a, 16);
    }
    for (; i < size; ++i)
        to[i] = from[i] ^ std::byte(stream[i]);
}

std::unique_ptr<Botan::BlockCipher> make_aes(byte_view key)
{
    auto aes = Botan::BlockCipher::create_or_throw("AES-" + std::to_string(key.size() * 8));
    aes->set_key(octets(key), key.size());
    return aes;
}

class counter_mode_by_blocks final : public counter_mode {
public:
    explicit counter_mode_by_blocks(byte_view key) : aes_(make_aes(key)) {}

    void apply(counter_block& counter, byte_view from, byte_span to) override
    {
        std::size_t used = 0;
        for (std::size_t at = 0; at < from.size();) {
            const std::size_t n = std::min(from.size() - at, batch_blocks * aes_block);
            make_stream(*aes_, counter, (n + aes_block - 1) / aes_block);
            exclusive_or(to.data() + at, from.data() + at, work.stream, n);
            at += n;
            used = std::max(used, n);
        }
        wipe(work.stream, used); // the remaining key stream could decrypt the last packet
    }
    void encrypt_block(std::byte at[16]) override { aes_->encrypt(reinterpret_cast<std::uint8_t*>(at)); }

private:
    std::unique_ptr<Botan::BlockCipher> aes_;
};

class counter_mode_by_botan final : public counter_mode {
public:
    explicit counter_mode_by_botan(byte_view key)
        : aes_(make_aes(key))
        , stream_(Botan::StreamCipher::create_or_throw("CTR-BE(AES-" + std::to_string(key.size() * 8) + ")"))
    {
        stream_->set_key(octets(key), key.size());
    }

    void apply(counter_block& counter, byte_view from, byte_span to) override
    {
        std::byte first[16];
        counter.store(first);
        stream_->set_iv(octets(byte_view(first)), sizeof first);
        stream_->cipher(octets(from), octets(to), from.size());
        counter.advance((from.size() + aes_block - 1) / aes_block);
    }
    void encrypt_block(std::byte at[16]) override { aes_->encrypt(reinterpret_cast<std::uint8_t*>(at)); }

private:
    std::unique_ptr<Botan::BlockCipher> aes_;
    std::unique_ptr<Botan::StreamCipher> stream_;
};

constexpr way<counter_mode_maker> counter_ways[] = {
    {"VAES", make_counter_mode_by_vaes, vaes_is_usable},
    {"AES blocks of Botan", make_counter_mode_by_blocks, nullptr},
};

} // namespace

counter_block counter_block::load(const std::byte from[16]) noexcept
{
    std::uint64_t halves[2];
    std::memcpy(halves, from, aes_block);
    return {big_endian(halves[0]), big_endian(halves[1])};
}

void counter_block::store(std::byte to[16]) const noexcept
{
    const std::uint64_t halves[2] = {big_endian(high), big_endian(low)};
    std::memcpy(to, halves, aes_block);
}

std::unique_ptr<counter_mode> make_counter_mode_by_botan(byte_view key) { return std::make_unique<counter_mode_by_botan>(key); }
std::unique_ptr<counter_mode> make_counter_mode_by_blocks(byte_view key) { return std::make_unique<counter_mode_by_blocks>(key); }

std::span<const way<counter_mode_maker>> counter_mode_ways() { return counter_ways; }

bool agree(counter_mode_maker one, counter_mode_maker other)
{
    for (const std::size_t key_size : {16U, 24U, 32U}) {
        std::array<std::byte, 32> key;
        system_random().fill(key);
        const auto a = one(byte_view(key).first(key_size)), b = other(byte_view(key).first(key_size));
        // Among them a counter whose lower half runs over in the middle of a batch.
        for (const std::size_t size : {0U, 1U, 16U, 31U, 128U, 257U, 1024U, 1500U}) {
            std::byte first[16];
            system_random().fill(first);
            counter_block ca = counter_block::load(first);
            if (size % 2 == 0)
                ca.low = ~std::uint64_t(0) - size / 40;
            counter_block cb = ca;
            bytes ta(size), tb(size);
            system_random().fill(ta);
            tb = ta;
            a->apply(ca, ta, ta);
            b->apply(cb, tb, tb);
            if (ta != tb || ca.low != cb.low || ca.high != cb.high)
                return false;
        }
    }
    return true;
}

counter_mode_maker chosen_counter_mode()
{
    static const counter_mode_maker chosen = choose_way<counter_mode_maker>(
        "AES in counter mode", counter_ways, make_counter_mode_by_botan, [](auto a, auto b) { return agree(a, b); }, self_checks());
    return chosen;
}

} // namespace sshoal::crypto
