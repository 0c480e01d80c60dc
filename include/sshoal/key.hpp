// key.hpp - public and private keys, signatures and fingerprints (RFC 4253 §6.6, RFC 8709, RFC 5656, RFC 8332). Keys are value
// types without I/O and cheap to copy: copies share one immutable key.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/error.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal SSHOAL_API {

/// The kinds of keys that sshoal computes with. Later versions add more, so a `switch` over key types needs a default.
enum class key_type { ed25519, ecdsa_p256, ecdsa_p384, ecdsa_p521, rsa };

/// The name of a key type in key blobs and files: "ssh-ed25519", "ecdsa-sha2-nistp256", ..., "ssh-rsa".
std::string_view name_of(key_type) noexcept;

/// The result of checking a signature. Security keys sign a few facts beside the message; other keys leave them at zero.
class checked_signature {
public:
    checked_signature() = default; ///< the signature does not hold
    explicit checked_signature(bool holds, std::uint8_t its_flags = 0, std::uint32_t its_counter = 0) noexcept
        : ok(holds), flags(its_flags), counter(its_counter)
    {
    }
    explicit operator bool() const noexcept { return ok; }
    bool user_present() const noexcept { return (flags & 0x01) != 0; }  ///< a person touched the security key
    bool user_verified() const noexcept { return (flags & 0x04) != 0; } ///< a person gave a PIN or a finger

    bool ok = false;
    std::uint8_t flags = 0;    ///< of a security key's signature
    std::uint32_t counter = 0; ///< of a security key's signature
};

/// A public key.
class public_key {
public:
    public_key() = default; ///< no key; only assignment and operator bool are useful

    /// Reads a key blob (RFC 4253 §6.6). Errors: errc::bad_key, errc::unsupported_key.
    static outcome<public_key> from_blob(std::span<const std::byte> blob);
    /// Reads "type base64 [comment]", the form of .pub files. Errors: errc::bad_key, errc::unsupported_key.
    static outcome<public_key> from_line(std::string_view line);
    /// Reads a .pub file. Errors: as from_line, and errc::file_error.
    static outcome<public_key> load(const std::string& path);

    explicit operator bool() const noexcept { return bool(impl_); }
    key_type type() const noexcept;
    std::string_view type_name() const noexcept { return name_of(type()); }
    std::span<const std::byte> blob() const noexcept;
    const std::string& comment() const noexcept;
    std::size_t bits() const noexcept; ///< 256, 384, 521, or the size of the RSA modulus

    std::string line() const;        ///< "type base64 comment"
    std::string base64() const;      ///< the blob in base64, as in line()
    std::string fingerprint() const; ///< "SHA256:..." as OpenSSH prints it
    /// FingerprintHash: with "MD5", "SHA1", "SHA256", "SHA384" or "SHA512" (any case), as OpenSSH prints the fingerprint.
    /// Returns: empty text for another name.
    std::string fingerprint(std::string_view hash) const;
    /// Returns: "MD5:16:27:ac:...", as OpenSSH printed it before version 6.8. For people who compare it with an old note only: MD5
    /// can be forged, so no program may decide by it.
    std::string fingerprint_md5() const;

    /// Returns: the signature algorithms that this key can verify, best first; for RSA "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa".
    std::vector<std::string_view> signature_algorithms() const;

    /// Returns: whether `algorithm` is one of signature_algorithms().
    bool can_verify(std::string_view algorithm) const noexcept;

    /// Verifies an SSH signature blob (RFC 4253 §6.6) that must be of exactly this algorithm.
    checked_signature verify(std::string_view algorithm, std::span<const std::byte> message,
                             std::span<const std::byte> signature) const;

    /// Compares the keys; comments are not compared. The order is that of the blobs, behind "no key": it puts keys of one type
    /// beside each other and means nothing else. std::hash<public_key> fits to both.
    friend SSHOAL_API bool operator==(const public_key& a, const public_key& b) noexcept;
    friend SSHOAL_API std::strong_ordering operator<=>(const public_key& a, const public_key& b) noexcept;

    struct impl;
    explicit public_key(std::shared_ptr<const impl> i) noexcept : impl_(std::move(i)) {}

private:
    std::shared_ptr<const impl> impl_;
};

/// A private key in memory, which is wiped when the last copy goes.
class private_key {
public:
    private_key() = default;

    /// Makes a new key. `bits` is for RSA only; 0 means 3072. Errors: errc::invalid_argument (RSA outside 2048 to 16384 bits).
    static outcome<private_key> generate(key_type type, std::size_t bits = 0, std::string comment = {});

    /// Reads openssh-key-v1, PKCS#8 ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "RSA PRIVATE KEY" and "EC PRIVATE KEY" text.
    /// Errors: errc::passphrase_required (encrypted, and the passphrase is empty), errc::bad_passphrase, errc::bad_key,
    /// errc::unsupported_key.
    static outcome<private_key> parse(std::string_view text, std::string_view passphrase = {});
    /// Reads a file of at most 1 MiB. Errors: as parse, and errc::file_error.
    static outcome<private_key> load(const std::string& path, std::string_view passphrase = {});

    explicit operator bool() const noexcept { return bool(impl_); }
    const public_key& public_half() const noexcept;
    key_type type() const noexcept { return public_half().type(); }

    /// Returns: an SSH signature blob. Errors: errc::unknown_algorithm if the algorithm does not belong to this key.
    outcome<std::vector<std::byte>> sign(std::string_view algorithm, std::span<const std::byte> message) const;

    /// Returns: openssh-key-v1 text, encrypted with aes256-ctr and bcrypt (16 rounds) if there is a passphrase.
    std::string to_openssh(std::string_view passphrase = {}) const;
    /// Writes to_openssh() to a new file with mode 0600. Errors: errc::file_error, also if the file exists.
    outcome<void> save(const std::string& path, std::string_view passphrase = {}) const;

    struct impl;
    const impl& get() const noexcept { return *impl_; }
    explicit private_key(std::shared_ptr<const impl> i) noexcept : impl_(std::move(i)) {}

private:
    std::shared_ptr<const impl> impl_;
};

} // namespace sshoal

template <>
struct std::hash<sshoal::public_key> {
    SSHOAL_API std::size_t operator()(const sshoal::public_key& key) const noexcept;
};
