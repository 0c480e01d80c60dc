#include "keys/pem_format.hpp"

#include "crypto/hash.hpp"

#include <optional>
#include <utility>

namespace sshoal::keys {
namespace {

using numbers_result = result<crypto::private_numbers>;

std::optional<bytes> from_hex(std::string_view text)
{
    const auto digit = [](char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    };
    if (text.size() % 2 != 0)
        return std::nullopt;
    bytes out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        out.push_back(std::byte(high << 4 | low));
    }
    return out;
}

/// OpenSSL's EVP_BytesToKey with MD5 and one iteration: D_i = MD5(D_(i-1) || passphrase || salt).
secure_bytes traditional_key(std::string_view passphrase, byte_view salt, std::size_t size)
{
    secure_bytes key;
    bytes last;
    while (key.size() < size) {
        bytes next = crypto::digest(crypto::hash_algorithm::md5, {byte_view(last), view_of(passphrase), salt});
        key.insert(key.end(), next.begin(), next.end());
        wipe(last.data(), last.size());
        last = std::move(next);
    }
    wipe(last.data(), last.size());
    key.resize(size);
    return key;
}

/// Decrypts a block with the headers Proc-Type and DEK-Info.
outcome<secure_bytes> decrypt_traditional(const armored& block, std::string_view passphrase)
{
    const std::string_view info = block.dek_info;
    const std::string_view name = info.substr(0, info.find(','));
    constexpr std::pair<std::string_view, std::string_view> ciphers[] = {
        {"AES-128-CBC", "aes128-cbc"},   {"AES-192-CBC", "aes192-cbc"}, {"AES-256-CBC", "aes256-cbc"},
        {"DES-EDE3-CBC", "3des-cbc"},    {"DES-CBC", "des-cbc"},
    };
    std::string_view cipher_name;
    for (const auto& [written, ours] : ciphers)
        if (name == written)
            cipher_name = ours;
    const auto* cipher = crypto::find_file_cipher(cipher_name);
    if (cipher == nullptr)
        return failure(errc::unsupported_key,
                       "private key encrypted with " + printable(name, 32) + "; ssh-keygen -p can rewrite it");
    const auto iv = from_hex(info.substr(name.size() < info.size() ? name.size() + 1 : name.size()));
    if (!iv || iv->size() != cipher->iv_size || block.content.empty() || block.content.size() % cipher->block_size != 0)
        return failure(errc::bad_key, "malformed DEK-Info, or content of the wrong size");
    if (passphrase.empty())
        return failure(errc::passphrase_required);
    const auto key = traditional_key(passphrase, byte_view(*iv).first(8), cipher->key_size);
    auto plain = crypto::decrypt_block(cipher_name, key, *iv, block.content);
    if (!plain)
        return failure(plain.error());
    const std::size_t padding = std::to_integer<std::size_t>(plain->back());
    bool good = padding >= 1 && padding <= cipher->block_size;
    for (std::size_t i = 0; good && i < padding; ++i)
        good = (*plain)[plain->size() - 1 - i] == plain->back();
    if (!good)
        return failure(errc::bad_passphrase);
    plain->resize(plain->size() - padding);
    return std::move(*plain);
}

outcome<crypto::private_numbers> explained(numbers_result numbers, const armored& block)
{
    if (!numbers)
        return failure(numbers.error(), block.label);
    return std::move(*numbers);
}

} // namespace

outcome<crypto::private_numbers> read_pem(const armored& block, std::string_view passphrase)
{
    if (block.label == "PRIVATE KEY")
        return explained(crypto::read_pkcs8(block.content, false, passphrase), block);
    // A first attempt without a passphrase reports every other obstacle before the user is asked for a passphrase.
    if (block.label == "ENCRYPTED PRIVATE KEY")
        return explained(crypto::read_pkcs8(block.content, true, passphrase), block);
    const bool rsa = block.label == "RSA PRIVATE KEY";
    if (!rsa && block.label != "EC PRIVATE KEY")
        return failure(errc::unsupported_key, "keys of the form " + printable(block.label, 64) + " are not read");
    const auto read = rsa ? crypto::read_pkcs1 : crypto::read_sec1;
    if (!block.encrypted)
        return explained(read(block.content), block);
    const auto plain = decrypt_traditional(block, passphrase);
    if (!plain)
        return plain.error();
    auto numbers = read(*plain);
    // One wrong passphrase in 256 produces valid padding; then the DER shows that the passphrase is wrong.
    if (!numbers && numbers.error() == errc::bad_key && !crypto::is_one_sequence(*plain))
        return failure(errc::bad_passphrase);
    return explained(std::move(numbers), block);
}

} // namespace sshoal::keys
