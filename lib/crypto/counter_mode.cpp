#include "crypto/counter_mode.hpp"
#include "crypto/botan_compat.hpp"

#include <algorithm>
#include <bit>

namespace sshoal::crypto {
namespace {

constexpr std::size_t block = 16;
constexpr std::size_t batch_blocks = 64;

// One per thread and not one per connection, so that an idle connection pays nothing for it.
struct scratch {
    alignas(64) std::uint8_t counters[batch_blocks * block];
    alignas(64) std::uint8_t stream[batch_blocks * block];
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
        for (std::size_t i = 0; i < blocks; ++i, to += block) {
            const std::uint64_t low_bytes = big_endian(low++);
            std::memcpy(to, &high, 8);
            std::memcpy(to + 8, &low_bytes, 8);
        }
        counter.low = low;
    } else {
        for (std::size_t i = 0; i < blocks; ++i, to += block) {
            const std::uint64_t halves[2] = {big_endian(counter.high), big_endian(counter.low)};
            std::memcpy(to, halves, block);
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

void exclusive_or(std::byte* to, const std::uint8_t* from, std::size_t size) noexcept
{
    std::size_t i = 0;
    for (; i + 64 <= size; i += 64) { // written out, because g++ 12 keeps an array of lanes in memory
        const lanes a = load(to + i) ^ load(from + i), b = load(to + i + 16) ^ load(from + i + 16);
        const lanes c = load(to + i + 32) ^ load(from + i + 32), d = load(to + i + 48) ^ load(from + i + 48);
        std::memcpy(to + i, &a, 16);
        std::memcpy(to + i + 16, &b, 16);
        std::memcpy(to + i + 32, &c, 16);
        std::memcpy(to + i + 48, &d, 16);
    }
    for (; i + 16 <= size; i += 16) {
        const lanes a = load(to + i) ^ load(from + i);
        std::memcpy(to + i, &a, 16);
    }
    for (; i < size; ++i)
        to[i] ^= std::byte(from[i]);
}

constexpr std::size_t blocks_of(std::size_t size) noexcept { return (size + block - 1) / block; }

} // namespace

std::unique_ptr<Botan::BlockCipher> make_aes(byte_view key)
{
    auto aes = Botan::BlockCipher::create_or_throw("AES-" + std::to_string(key.size() * 8));
    aes->set_key(octets(key), key.size());
    return aes;
}

counter_block counter_block::load(const std::byte from[16]) noexcept
{
    std::uint64_t halves[2];
    std::memcpy(halves, from, block);
    return {big_endian(halves[0]), big_endian(halves[1])};
}

void apply_counter_mode(const Botan::BlockCipher& aes, counter_block& counter, byte_span data)
{
    std::size_t used = 0;
    while (!data.empty()) {
        const std::size_t n = std::min(data.size(), batch_blocks * block);
        make_stream(aes, counter, blocks_of(n));
        exclusive_or(data.data(), work.stream, n);
        data = data.subspan(n);
        used = std::max(used, n);
    }
    wipe(work.stream, used); // what is left would turn the last packet's ciphertext into plaintext
}

masked_counter_mode::masked_counter_mode(const Botan::BlockCipher& aes, counter_block counter, byte_span data)
    : aes_(aes)
    , counter_(counter)
    , data_(data)
    , ready_(std::min(1 + blocks_of(data.size()), batch_blocks))
{
    make_stream(aes_, counter_, ready_);
    std::memcpy(mask_, work.stream, block);
}

void masked_counter_mode::finish()
{
    const std::size_t n = std::min(data_.size(), (ready_ - 1) * block);
    exclusive_or(data_.data(), work.stream + block, n);
    if (n < data_.size()) {
        ready_ = 0;
        apply_counter_mode(aes_, counter_, data_.subspan(n));
    }
}

masked_counter_mode::~masked_counter_mode() { wipe(work.stream, ready_ * block); }

} // namespace sshoal::crypto
