// What the private section of openssh-key-v1 and of traditional PEM files is encrypted with.
#include "crypto/botan_compat.hpp"
#include "crypto/counter_mode.hpp"
#include "crypto/signature.hpp"

#include <botan/exceptn.h>
#include <botan/pwdhash.h>

#include <algorithm>
#include <array>

namespace sshoal::crypto {
namespace {

constexpr std::array<file_cipher, 7> known{{
    {"aes256-ctr", 32, 16, 16},
    {"aes192-ctr", 24, 16, 16},
    {"aes128-ctr", 16, 16, 16},
    {"aes256-cbc", 32, 16, 16},
    {"aes192-cbc", 24, 16, 16},
    {"aes128-cbc", 16, 16, 16},
    {"3des-cbc", 24, 8, 8},
}};

// A private key is a few kilobytes; nothing in these files needs more.
constexpr std::size_t most_data = 1 << 20;

template <class Direction>
result<secure_bytes> apply(std::string_view cipher, byte_view key, byte_view iv, byte_view data, Direction direction)
{
    const file_cipher* info = find_file_cipher(cipher);
    if (!info)
        return errc::unsupported_key;
    if (key.size() != info->key_size || iv.size() != info->iv_size || data.size() % info->block_size != 0
        || data.size() > most_data)
        return errc::bad_key;
    secure_bytes out(data.begin(), data.end());
    if (out.empty())
        return out;
    try {
        if (cipher.ends_with("-ctr")) {
            auto counter = counter_block::load(iv.data());
            make_counter_mode(key)->apply(counter, out, out);
            return out;
        }
        const std::string block = cipher == "3des-cbc" ? "TripleDES" : "AES-" + std::to_string(key.size() * 8);
        auto mode = Botan::Cipher_Mode::create_or_throw(block + "/CBC/NoPadding", direction);
        mode->set_key(octets(key), key.size());
        mode->start(octets(iv), iv.size());
        auto buffer = compat::to_secure_vector(data);
        mode->finish(buffer);
        if (buffer.size() != out.size())
            return errc::bad_key;
        std::memcpy(out.data(), buffer.data(), out.size());
        return out;
    } catch (const Botan::Exception&) {
        return errc::bad_key;
    }
}

} // namespace

const file_cipher* find_file_cipher(std::string_view name) noexcept
{
    const auto it = std::ranges::find(known, name, &file_cipher::name);
    return it == known.end() ? nullptr : &*it;
}

result<secure_bytes> decrypt_block(std::string_view cipher, byte_view key, byte_view iv, byte_view data)
{
    return apply(cipher, key, iv, data, compat::decryption);
}

result<secure_bytes> encrypt_block(std::string_view cipher, byte_view key, byte_view iv, byte_view data)
{
    return apply(cipher, key, iv, data, compat::encryption);
}

result<secure_bytes> bcrypt_pbkdf(std::string_view passphrase, byte_view salt, std::uint32_t rounds, std::size_t size)
{
    if (passphrase.empty())
        return errc::passphrase_required;
    if (salt.empty() || salt.size() > 1024 || rounds == 0 || rounds > max_bcrypt_rounds || size == 0 || size > 128)
        return errc::bad_key;
    try {
        const auto family = Botan::PasswordHashFamily::create_or_throw("Bcrypt-PBKDF");
        secure_bytes out(size);
        family->from_iterations(rounds)->derive_key(octets(byte_span(out)), size, passphrase.data(), passphrase.size(),
                                                    octets(salt), salt.size());
        return out;
    } catch (const Botan::Exception&) {
        return errc::bad_key;
    }
}

} // namespace sshoal::crypto
