// cipher_speed - what protecting one packet costs: sshoal's packet protections beside Botan's own modes, by turns in one run.
//
//     cipher_speed [ROUNDS]
//
// Prints nanoseconds per packet, the least and the median of the rounds, and nanoseconds per byte at the largest size. "open" is
// measured with a seal before each packet, as a packet can be opened once, and the cost of the seal is taken off.

#include "crypto/packet_cipher.hpp"

#include <botan/aead.h>
#include <botan/mac.h>
#include <botan/stream_cipher.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace sshoal;

constexpr std::size_t sizes[] = {48, 272, 1040, 4112, 16400, 32784};

struct row {
    std::string name;
    std::function<void(std::size_t)> once;                // one packet of so many bytes, length and tag not counted
    std::vector<double> samples[std::size(sizes)];        // nanoseconds
};

std::vector<std::byte> buffer(64 * 1024, std::byte(0x5a));

double time_of(const std::function<void(std::size_t)>& once, std::size_t size)
{
    const std::size_t times = std::max<std::size_t>(20, 2'000'000 / (size + 400));
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < times; ++i)
        once(size);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    return took.count() / double(times);
}

struct suite {
    const char* cipher;
    const char* mac;
    std::size_t key, iv, mac_key;
};

void add_ours(std::vector<row>& rows, const suite& s)
{
    static const std::vector<std::byte> material(64, std::byte(7));
    const byte_view all(material);
    const crypto::packet_keys keys{all.first(s.key), all.first(s.iv), all.first(s.mac_key)};
    const std::shared_ptr sealer = crypto::make_sealer(s.cipher, s.mac, keys);
    const std::string name = std::string("sshoal ") + s.cipher + (*s.mac ? std::string(" + ") + s.mac : "");
    const auto whole = [sealer](std::size_t size) {
        const auto& shape = sealer->shape();
        const std::size_t outside = shape.length_is_padded ? 0 : 4;
        return byte_span(buffer).first(outside + size / shape.block_size * shape.block_size + shape.tag_size);
    };
    rows.push_back({name + ", seal", [=](std::size_t size) { sealer->seal(7, whole(size)); }, {}});

    // Both ends count packets, so they are made as a pair.
    const std::shared_ptr second = crypto::make_sealer(s.cipher, s.mac, keys);
    const std::shared_ptr opener = crypto::make_opener(s.cipher, s.mac, keys);
    rows.push_back({name + ", seal and open", [=](std::size_t size) {
                        const byte_span packet = whole(size);
                        store_u32(packet.data(), std::uint32_t(packet.size() - 4 - sealer->shape().tag_size));
                        second->seal(7, packet);
                        opener->open_length(7, packet.first(sealer->shape().head_size));
                        if (!opener->open(7, packet))
                            std::abort();
                    }, {}});
}

void add_botan(std::vector<row>& rows)
{
    static const std::uint8_t key[64] = {1, 2, 3};
    for (const std::size_t bytes : {16, 32}) {
#if BOTAN_VERSION_MAJOR >= 3
        const std::shared_ptr mode
            = Botan::AEAD_Mode::create_or_throw("AES-" + std::to_string(bytes * 8) + "/GCM", Botan::Cipher_Dir::Encryption);
#else
        const std::shared_ptr mode
            = Botan::AEAD_Mode::create_or_throw("AES-" + std::to_string(bytes * 8) + "/GCM", Botan::ENCRYPTION);
#endif
        mode->set_key(key, bytes);
        const auto tail = std::make_shared<Botan::secure_vector<std::uint8_t>>();
        rows.push_back({"Botan AES-" + std::to_string(bytes * 8) + "/GCM, seal", [=](std::size_t size) {
                            auto* at = reinterpret_cast<std::uint8_t*>(buffer.data());
                            mode->set_associated_data(at, 4);
                            mode->start(key, 12);
                            const std::size_t granule = mode->update_granularity();
                            const std::size_t now = size / granule * granule;
                            mode->process(at + 4, now);
                            tail->assign(at + 4 + now, at + 4 + size);
                            mode->finish(*tail);
                        }, {}});
    }
    const std::shared_ptr chacha = Botan::StreamCipher::create_or_throw("ChaCha(20)");
    chacha->set_key(key, 32);
    const std::shared_ptr poly = Botan::MessageAuthenticationCode::create_or_throw("Poly1305");
    rows.push_back({"Botan ChaCha(20) and Poly1305, seal", [=](std::size_t size) {
                        auto* at = reinterpret_cast<std::uint8_t*>(buffer.data());
                        std::uint8_t block[64] = {}, tag[16];
                        chacha->set_iv(key, 8);
                        chacha->cipher1(block, 64);
                        poly->set_key(block, 32);
                        chacha->cipher1(at, size);
                        poly->update(at, size);
                        poly->final(tag);
                    }, {}});
    const std::shared_ptr ctr = Botan::StreamCipher::create_or_throw("CTR-BE(AES-128)");
    ctr->set_key(key, 16);
    ctr->set_iv(key, 16);
    const std::shared_ptr mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    mac->set_key(key, 32);
    rows.push_back({"Botan CTR-BE(AES-128) and HMAC(SHA-256), seal", [=](std::size_t size) {
                        auto* at = reinterpret_cast<std::uint8_t*>(buffer.data());
                        std::uint8_t tag[32];
                        ctr->cipher1(at, size);
                        mac->update(at, size);
                        mac->final(tag);
                    }, {}});
    rows.push_back({"Botan HMAC(SHA-256) alone", [=](std::size_t size) {
                        std::uint8_t tag[32];
                        mac->update(reinterpret_cast<std::uint8_t*>(buffer.data()), size);
                        mac->final(tag);
                    }, {}});
}

double median(std::vector<double> v)
{
    std::ranges::sort(v);
    return v[v.size() / 2];
}

} // namespace

int main(int argc, char** argv)
{
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
    std::vector<row> rows;
    for (const suite& s :
         {suite{"aes128-gcm@openssh.com", "", 16, 12, 0}, suite{"aes256-gcm@openssh.com", "", 32, 12, 0},
          suite{"chacha20-poly1305@openssh.com", "", 64, 0, 0}, suite{"aes128-ctr", "hmac-sha2-256-etm@openssh.com", 16, 16, 32},
          suite{"aes256-ctr", "hmac-sha2-512-etm@openssh.com", 32, 16, 64}})
        add_ours(rows, s);
    add_botan(rows);
    for (int i = 0; i < rounds; ++i)
        for (row& r : rows)
            for (std::size_t k = 0; k < std::size(sizes); ++k)
                r.samples[k].push_back(time_of(r.once, sizes[k]));

    std::printf("%-62s", "ns per packet: least (median) of packets of");
    for (const std::size_t size : sizes)
        std::printf(" %15zu", size);
    std::printf("   ns/byte\n");
    for (const row& r : rows) {
        std::printf("%-62s", r.name.c_str());
        for (const auto& s : r.samples)
            std::printf(" %7.0f (%5.0f)", *std::ranges::min_element(s), median(s));
        std::printf("   %.3f\n",
                    *std::ranges::min_element(r.samples[std::size(sizes) - 1]) / double(sizes[std::size(sizes) - 1]));
    }
}
