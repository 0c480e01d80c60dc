// signature.hpp - signing and verifying with Ed25519 (RFC 8709), ECDSA (RFC 5656) and RSA (RFC 8332), with raw numbers. The room
// keys has the formats of blobs and files; this room has the arithmetic.
#pragma once

#include "base/secure.hpp"
#include "crypto/hash.hpp"
#include "crypto/rng.hpp"
#include "sshoal/error.hpp"

#include <memory>
#include <variant>

namespace sshoal::crypto {

enum class curve { nistp256, nistp384, nistp521 };
std::size_t curve_bits(curve) noexcept;
hash_algorithm curve_hash(curve) noexcept; ///< SHA-256, 384, 512 (RFC 5656 §6.2.1)

// Numbers are big-endian magnitudes without leading zeros.
struct ed25519_public {
    bytes point;
}; ///< 32 bytes
struct ecdsa_public {
    curve group;
    bytes point;
}; ///< uncompressed point, 0x04 first
struct rsa_public {
    bytes e;
    bytes n;
};
using public_numbers = std::variant<ed25519_public, ecdsa_public, rsa_public>;

struct ed25519_private {
    secure_bytes seed;
    bytes point;
}; ///< 32 bytes each
struct ecdsa_private {
    curve group;
    bytes point;
    secure_bytes scalar;
};
struct rsa_private {
    bytes n;
    bytes e;
    secure_bytes d, p, q, iqmp;
};
using private_numbers = std::variant<ed25519_private, ecdsa_private, rsa_private>;

class verifying_key {
public:
    virtual ~verifying_key() = default;
    /// Returns whether a raw signature is valid. Raw signatures are, for Ed25519: 64 bytes; ECDSA: r || s, each as long as the
    /// curve's order; RSA: PKCS#1 v1.5, as long as n, or without leading zeros. `hash` matters for RSA only: SHA-1, 256 or 512.
    /// Never throws.
    virtual bool verify(hash_algorithm hash, byte_view message, byte_view signature) const = 0;
};

class signing_key {
public:
    virtual ~signing_key() = default;
    /// Returns a signature, or nothing if the hash does not fit the key (RSA: SHA-1, 256, 512) or the computation detected an
    /// error, as with a damaged RSA key; an empty signature never verifies. Several threads may call this at once.
    virtual bytes sign(hash_algorithm hash, byte_view message, random_source& random) const = 0;
};

/// Errors: bad_key for points that are not on the curve, RSA outside 1024..16384 bits, or with an exponent that is even, less
/// than 3 or longer than 64 bits.
result<std::unique_ptr<verifying_key>> make_verifying_key(const public_numbers&);
/// Errors: bad_key, also if the public half does not belong to the private half.
result<std::unique_ptr<signing_key>> make_signing_key(const private_numbers&);

public_numbers public_half(const private_numbers&);

/// Old equipment has keys of this size. Both ends refuse keys below 2048 bits unless an option allows them.
inline constexpr std::size_t least_rsa_bits = 1024;
/// Returns the bits of the modulus of an RSA key that is unacceptable only because it is too short; 0 otherwise.
std::size_t too_few_bits(const public_numbers&) noexcept;

private_numbers generate_ed25519(random_source&);
private_numbers generate_ecdsa(curve, random_source&);
result<private_numbers> generate_rsa(std::size_t bits, random_source&); ///< errors: invalid_argument outside 2048..16384

// -- for key files ------------------------------------------------------------------------------------------------------
/// ssh-keygen writes 16 or 24 rounds by default. Files with more rounds than this are refused, since they would take too much
/// time.
inline constexpr std::uint32_t max_bcrypt_rounds = 1024;
/// Derives a key with bcrypt_pbkdf, as openssh-key-v1 does. Errors: passphrase_required for an empty passphrase; bad_key for too
/// many rounds.
result<secure_bytes> bcrypt_pbkdf(std::string_view passphrase, byte_view salt, std::uint32_t rounds, std::size_t size);
/// Decrypts or encrypts the private section of openssh-key-v1: aes128/192/256-ctr, aes128/192/256-cbc, 3des-cbc,
/// aes128/256-gcm@openssh.com and chacha20-poly1305@openssh.com, which have their tag at the end of `data`; and des-cbc of other
/// formats. Errors: unsupported_key for an unknown name; bad_key for wrong sizes, also of data that is not whole blocks;
/// bad_passphrase for a wrong tag.
result<secure_bytes> decrypt_block(std::string_view cipher, byte_view key, byte_view iv, byte_view data);
result<secure_bytes> encrypt_block(std::string_view cipher, byte_view key, byte_view iv, byte_view data);
/// The sizes of a cipher of openssh-key-v1; nullptr for an unknown name.
struct file_cipher {
    std::string_view name;
    std::size_t key_size, iv_size, block_size;
    std::size_t tag_size = 0;
};
const file_cipher* find_file_cipher(std::string_view name) noexcept;

/// PKCS#8 PrivateKeyInfo or EncryptedPrivateKeyInfo (DER). Errors: bad_key, bad_passphrase, passphrase_required, unsupported_key.
result<private_numbers> read_pkcs8(byte_view der, bool encrypted, std::string_view passphrase);
bytes write_pkcs8(const private_numbers&);
/// RSAPrivateKey (PKCS#1) and ECPrivateKey (SEC1) DER, as in traditional PEM files. An RSA key that is too short is read too;
/// make_signing_key() refuses it.
result<private_numbers> read_pkcs1(byte_view der);
result<private_numbers> read_sec1(byte_view der);
/// Returns whether this is one whole SEQUENCE and nothing else, as in a key; the output of a wrong passphrase is not.
bool is_one_sequence(byte_view der) noexcept;

} // namespace sshoal::crypto
