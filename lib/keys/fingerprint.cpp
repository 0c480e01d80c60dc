#include "keys/fingerprint.hpp"

#include "base/wildcard.hpp"
#include "crypto/hash.hpp"
#include "keys/base64.hpp"
#include "keys/key_impl.hpp"

namespace sshoal {
namespace keys {

std::optional<key_digest> digest_of_key(byte_view blob, std::string_view hash)
{
    using enum crypto::hash_algorithm;
    constexpr std::pair<std::string_view, crypto::hash_algorithm> known[]
        = {{"MD5", md5}, {"SHA1", sha1}, {"SHA256", sha256}, {"SHA384", sha384}, {"SHA512", sha512}};
    const auto same = [](char a, char b) { return ascii_lower(a) == ascii_lower(b); };
    for (const auto& [name, algorithm] : known)
        if (std::equal(name.begin(), name.end(), hash.begin(), hash.end(), same))
            return key_digest{name, crypto::digest(algorithm, {blob})};
    return std::nullopt;
}

} // namespace keys

std::string public_key::fingerprint() const { return fingerprint("SHA256"); }

std::string public_key::fingerprint_md5() const { return fingerprint("MD5"); }

std::string public_key::fingerprint(std::string_view hash) const
{
    const auto digest = keys::digest_of_key(impl_->blob, hash);
    if (!digest)
        return {};
    std::string text(digest->hash);
    if (digest->hash != "MD5") {
        text += ':' + keys::base64(digest->sum);
        text.erase(text.find_last_not_of('=') + 1);
        return text;
    }
    constexpr char digits[] = "0123456789abcdef";
    for (const std::byte b : digest->sum) {
        text += ':';
        text += digits[std::to_integer<unsigned>(b) >> 4];
        text += digits[std::to_integer<unsigned>(b) & 15];
    }
    return text;
}

} // namespace sshoal
