// key_impl.hpp - what the handles public_key and private_key share (sshoal/key.hpp).
#pragma once

#include "keys/key_blob.hpp"

#include <mutex>

namespace sshoal {

struct public_key::impl {
    impl(crypto::public_numbers numbers, std::string comment);

    /// nullptr where the numbers do not make a key. Made at the first call: long lists of keys are mostly only compared.
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

/// A key whose form is checked now and whose numbers are checked when it verifies for the first time: for files of very many
/// keys. Errors: bad_key, unsupported_key.
outcome<public_key> read_unchecked(byte_view blob, std::string comment);

/// Splits "type base64 [comment]"; the blob's type must be the type word. Errors: bad_key, unsupported_key.
struct key_line {
    bytes blob;
    std::string_view comment;
};
outcome<key_line> split_key_line(std::string_view line);

/// Why no key can be made of these numbers, for people: "RSA key of 1024 bits ...", or `otherwise`.
std::string unacceptable(const crypto::public_numbers&, std::string otherwise);

/// Errors: bad_key where public and private numbers do not belong together.
outcome<private_key> make_private_key(crypto::private_numbers numbers, std::string comment);

/// Returns the text without the byte order mark that Windows' editors put in front of UTF-8.
std::string_view without_mark(std::string_view text) noexcept;
/// Returns why a file has nothing to read in it, where its first bytes tell: text in UTF-16. Otherwise it is empty.
failure not_utf8(std::string_view text);
/// Without spaces, tabs and line ends around it.
std::string_view trimmed(std::string_view text) noexcept;
/// Cuts the next word off the front of `text`, together with the blanks around it.
std::string_view next_word(std::string_view& text) noexcept;

} // namespace keys
} // namespace sshoal
