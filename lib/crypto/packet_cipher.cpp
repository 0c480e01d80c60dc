#include "crypto/packet_cipher.hpp"

#include "crypto/packet_protections.hpp"

#include <algorithm>
#include <array>

namespace sshoal::crypto {
namespace {

// Where the processor has AES instructions, and nearly all have, AES-128-GCM costs a third of the processor time of
// ChaCha20-Poly1305 and half of any counter mode with a MAC; so it comes first. ChaCha20-Poly1305 is next, because it also hides
// the length of packets. Among the MACs, encrypt-then-MAC comes first: it refuses a damaged packet before decrypting it.
constexpr std::array<cipher_info, 6> known_ciphers{{
    {.name = "aes128-gcm@openssh.com", .key_size = 16, .iv_size = 12, .block_size = 16, .aead = true},
    {.name = "chacha20-poly1305@openssh.com", .key_size = 64, .iv_size = 0, .block_size = 8, .aead = true},
    {.name = "aes256-gcm@openssh.com", .key_size = 32, .iv_size = 12, .block_size = 16, .aead = true},
    {.name = "aes128-ctr", .key_size = 16, .iv_size = 16, .block_size = 16, .aead = false},
    {.name = "aes192-ctr", .key_size = 24, .iv_size = 16, .block_size = 16, .aead = false},
    {.name = "aes256-ctr", .key_size = 32, .iv_size = 16, .block_size = 16, .aead = false},
}};

constexpr std::array<mac_info, 6> known_macs{{
    {.name = "hmac-sha2-256-etm@openssh.com", .key_size = 32, .tag_size = 32, .etm = true},
    {.name = "hmac-sha2-512-etm@openssh.com", .key_size = 64, .tag_size = 64, .etm = true},
    {.name = "hmac-sha2-256", .key_size = 32, .tag_size = 32, .etm = false},
    {.name = "hmac-sha2-512", .key_size = 64, .tag_size = 64, .etm = false},
    {.name = "hmac-sha1-etm@openssh.com", .key_size = 20, .tag_size = 20, .etm = true},
    {.name = "hmac-sha1", .key_size = 20, .tag_size = 20, .etm = false},
}};

template <class Table>
auto find_in(const Table& table, std::string_view name) noexcept -> decltype(table.data())
{
    const auto it = std::ranges::find_if(table, [name](const auto& entry) { return entry.name == name; });
    return it == table.end() ? nullptr : &*it;
}

class plain_sealer final : public packet_sealer {
public:
    void seal(std::uint32_t, byte_span) override { }
};

class plain_opener final : public packet_opener {
public:
    std::uint32_t open_length(std::uint32_t, byte_span head) override { return load_u32(head.data()); }
    bool open(std::uint32_t, byte_span packet) override { return well_formed(shape_, packet.size()); }
};

bool keys_fit(const cipher_info& cipher, const packet_keys& keys) noexcept
{
    return keys.key.size() == cipher.key_size && keys.iv.size() >= cipher.iv_size;
}

} // namespace

std::span<const cipher_info> ciphers() noexcept { return known_ciphers; }
std::span<const mac_info> macs() noexcept { return known_macs; }
const cipher_info* find_cipher(std::string_view name) noexcept { return find_in(known_ciphers, name); }
const mac_info* find_mac(std::string_view name) noexcept { return find_in(known_macs, name); }

std::unique_ptr<packet_sealer> make_sealer(std::string_view cipher, std::string_view mac, const packet_keys& keys)
{
    if (cipher == "none")
        return std::make_unique<plain_sealer>();
    const cipher_info* c = find_cipher(cipher);
    if (!c || !keys_fit(*c, keys))
        return nullptr;
    if (c->aead)
        return c->iv_size == 0 ? make_chacha_sealer(keys) : make_gcm_sealer(keys);
    const mac_info* m = find_mac(mac);
    return m && keys.mac_key.size() == m->key_size ? make_ctr_sealer(keys, *m) : nullptr;
}

std::unique_ptr<packet_opener> make_opener(std::string_view cipher, std::string_view mac, const packet_keys& keys)
{
    if (cipher == "none")
        return std::make_unique<plain_opener>();
    const cipher_info* c = find_cipher(cipher);
    if (!c || !keys_fit(*c, keys))
        return nullptr;
    if (c->aead)
        return c->iv_size == 0 ? make_chacha_opener(keys) : make_gcm_opener(keys);
    const mac_info* m = find_mac(mac);
    return m && keys.mac_key.size() == m->key_size ? make_ctr_opener(keys, *m) : nullptr;
}

} // namespace sshoal::crypto
