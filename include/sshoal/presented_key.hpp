// presented_key.hpp - a public key as its holder shows it to the other end of a connection: bare, or inside a certificate. The
// library passes presented keys through key exchange and log-in and treats both alike.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/key.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal SSHOAL_API {

class certificate;

/// A value type without I/O, cheap to copy.
class presented_key {
public:
    presented_key() = default; ///< no key; only assignment and operator bool are useful
    /// Shows the key without a certificate.
    presented_key(public_key bare) noexcept : bare_(std::move(bare)) {}
    /// Shows the key with another blob than its own, for signers that hold a certificate of a type of their own. `algorithms` are
    /// the public key algorithms (RFC 4252 §7) under which the blob may be shown, best first.
    presented_key(public_key bare, std::vector<std::byte> blob, std::vector<std::string> algorithms);

    /// Reads the blob that a peer shows. blob() returns the key's canonical encoding afterwards.
    /// Errors: errc::bad_key, errc::unsupported_key.
    static outcome<presented_key> from_blob(std::span<const std::byte> blob);

    explicit operator bool() const noexcept { return bool(bare_); }
    /// The key itself, which verifies signatures.
    const public_key& bare() const noexcept { return bare_; }
    /// Returns: the certificate around the key; nullptr for a bare key. sshoal reads no certificates yet.
    const sshoal::certificate* certificate() const noexcept;
    /// The bytes that stand for the key on the wire.
    std::span<const std::byte> blob() const noexcept;
    std::string_view type_name() const noexcept { return bare_.type_name(); } ///< the bare key's type
    std::string fingerprint() const { return bare_.fingerprint(); }           ///< the bare key's fingerprint
    std::string fingerprint(std::string_view hash) const { return bare_.fingerprint(hash); }

    /// Returns: the public key algorithms under which the key may be shown, best first; for a bare key, its signature algorithms.
    std::vector<std::string_view> algorithms() const;
    bool has_algorithm(std::string_view name) const noexcept;
    /// Returns: the signature algorithm that belongs to a public key algorithm: for a certificate's algorithm, that of the key
    /// inside; for others, the same name.
    static std::string_view signature_algorithm(std::string_view algorithm) noexcept;

    /// Checks a signature (RFC 4253 §6.6) that was made under one of algorithms().
    checked_signature verify(std::string_view algorithm, std::span<const std::byte> message,
                             std::span<const std::byte> signature) const;

    /// Compares the bytes on the wire: a certificate is not equal to its key alone.
    friend SSHOAL_API bool operator==(const presented_key& a, const presented_key& b) noexcept;

private:
    struct wrapping;
    public_key bare_;
    std::shared_ptr<const wrapping> around_; ///< none for a bare key
};

} // namespace sshoal
