// file_ciphers.cpp - the ciphers of the private section of openssh-key-v1 and of traditional PEM files.
#include "crypto/botan_compat.hpp"
#include "crypto/chacha20.hpp"
#include "crypto/counter_mode.hpp"
#include "crypto/poly1305.hpp"
#include "crypto/signature.hpp"

#include <botan/exceptn.h>
#include <botan/pwdhash.h>

#include <algorithm>
#include <array>

namespace sshoal::crypto {
namespace {

constexpr std::array<file_cipher, 11> all_known{{
    {"aes256-ctr", 32, 16, 16},
    {"aes192-ctr", 24, 16, 16},
    {"aes128-ctr", 16, 16, 16},
    {"aes256-cbc", 32, 16, 16},
    {"aes192-cbc", 24, 16, 16},
    {"aes128-cbc", 16, 16, 16},
    {"3des-cbc", 24, 8, 8},
    {"des-cbc", 8, 8, 8},
    {"aes256-gcm@openssh.com", 32, 12, 16, 16},
    {"aes128-gcm@openssh.com", 16, 12, 16, 16},
    {"chacha20-poly1305@openssh.com", 64, 0, 8, 16},
}};

// A private key takes a few kilobytes, so this is enough for every file.
constexpr std::size_t most_data = 1 << 20;

/// PROTOCOL.chacha20poly1305 without a length and for packet 0: the first half of the key does everything.
result<secure_bytes> apply_chacha(byte_view key, byte_view data, bool decrypting)
{
    const std::byte nonce[8] = {};
    const auto stream = make_chacha20(key.first<32>());
    std::array<std::byte, 32> once{};
    std::array<std::byte, 16> tag{};
    stream->apply(nonce, 0, once, once);
    const byte_view body = decrypting ? data.first(data.size() - tag.size()) : data;
    secure_bytes out(body.begin(), body.end());
    if (decrypting)
        chosen_poly1305()(once, body, tag);
    const bool good = !decrypting || equal_constant_time(tag, data.last(tag.size()));
    if (good)
        stream->apply(nonce, 1, out, out);
    if (!decrypting) {
        chosen_poly1305()(once, out, tag);
        out.insert(out.end(), tag.begin(), tag.end());
    }
    wipe(once.data(), once.size());
    if (!good)
        return errc::bad_passphrase;
    return out;
}

template <class Direction>
result<secure_bytes> apply(std::string_view cipher, byte_view key, byte_view iv, byte_view data, Direction direction)
{
    const file_cipher* info = find_file_cipher(cipher);
    if (!info)
        return errc::unsupported_key;
    const bool decrypting = direction == compat::decryption;
    const std::size_t tag = decrypting ? info->tag_size : 0;
    if (key.size() != info->key_size || iv.size() != info->iv_size || data.size() < tag
        || (data.size() - tag) % info->block_size != 0 || data.size() > most_data)
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
        if (cipher.starts_with("chacha20"))
            return apply_chacha(key, data, decrypting);
        std::string name = "AES-" + std::to_string(key.size() * 8);
        if (cipher.ends_with("des-cbc"))
            name = cipher == "3des-cbc" ? "TripleDES" : "DES";
        auto mode = Botan::Cipher_Mode::create_or_throw(name + (info->tag_size > 0 ? "/GCM" : "/CBC/NoPadding"), direction);
        mode->set_key(octets(key), key.size());
        mode->start(octets(iv), iv.size());
        auto buffer = compat::to_secure_vector(data);
        mode->finish(buffer);
        return compat::to_secure_bytes(buffer);
    } catch (const Botan::Invalid_Authentication_Tag&) {
        return errc::bad_passphrase;
    } catch (const Botan::Exception&) {
        return errc::bad_key;
    }
}

} // namespace

const file_cipher* find_file_cipher(std::string_view name) noexcept
{
    const auto it = std::ranges::find(all_known, name, &file_cipher::name);
    return it == all_known.end() ? nullptr : &*it;
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
