// key_impl.hpp - the shared state behind the handles public_key and private_key (sshoal/key.hpp).
#pragma once

#include "keys/key_blob.hpp"

#include <mutex>

namespace sshoal {

struct public_key::impl {
    impl(crypto::public_numbers numbers, std::string comment);

    /// Returns nullptr if the numbers are not a key. The object is made at the first call, since long lists of keys are mostly
    /// only compared.
    const crypto::verifying_key* verifier() const;

    key_type type;
    crypto::public_numbers numbers;
    bytes blob;
    std::string comment;

private:
    mutable std::once_flag once_;
    mutable std::unique_ptr<crypto::verifying_key> verifier_;
};

struct private_key::impl {
    public_key half;
    crypto::private_numbers numbers;
    std::unique_ptr<crypto::signing_key> signer;
};

namespace keys {

/// Reads a key and checks only its form; the numbers are checked when the key verifies for the first time. For files with very
/// many keys. Errors: bad_key, unsupported_key.
outcome<public_key> read_unchecked(byte_view blob, std::string comment);

/// Splits "type base64 [comment]"; the type in the blob must equal the first word. Errors: bad_key, unsupported_key.
struct key_line {
    bytes blob;
    std::string_view comment;
};
outcome<key_line> split_key_line(std::string_view line);

/// Returns a text for people that says why these numbers are not a key: "RSA key of 1024 bits ...", or `otherwise`.
std::string unacceptable(const crypto::public_numbers&, std::string otherwise);

/// Errors: bad_key if the public and private numbers do not belong together.
outcome<private_key> make_private_key(crypto::private_numbers numbers, std::string comment);

/// Returns the text without the byte order mark that Windows' editors put in front of UTF-8.
std::string_view without_mark(std::string_view text) noexcept;
/// Returns a failure if the first bytes show that the text is UTF-16, and no failure otherwise.
failure not_utf8(std::string_view text);
/// Returns the text without the spaces, tabs and line ends around it.
std::string_view trimmed(std::string_view text) noexcept;
/// Cuts the next word off the front of `text`, together with the blanks around it.
std::string_view next_word(std::string_view& text) noexcept;

} // namespace keys
} // namespace sshoal
