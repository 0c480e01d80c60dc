#include "crypto/pbes1.hpp"
#include "crypto/hash.hpp"
#include "crypto/signature.hpp"

#include <algorithm>
#include <optional>

namespace sshoal::crypto {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t most_iterations = 5'000'000; // a few seconds
constexpr std::size_t most_salt = 1024, most_passphrase = 4096;
constexpr std::size_t des_block = 8;

struct scheme {
    std::string_view oid;
    hash_algorithm hash;
    std::size_t key_size; ///< 8: DES by PBKDF1; 16 and 24: Triple-DES by PKCS#12's derivation
};
constexpr scheme schemes[] = {
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x03"sv, hash_algorithm::md5, 8},          // pbeWithMD5AndDES-CBC
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0a"sv, hash_algorithm::sha1, 8},         // pbeWithSHA1AndDES-CBC
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03"sv, hash_algorithm::sha1, 24},    // pbeWithSHAAnd3-KeyTripleDES-CBC
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x04"sv, hash_algorithm::sha1, 16},    // pbeWithSHAAnd2-KeyTripleDES-CBC
};

/// PBKDF1 (RFC 8018 §5.1): 16 bytes, the key and the IV.
secure_bytes derive_pbkdf1(hash_algorithm hash, std::string_view passphrase, byte_view salt, std::uint32_t iterations)
{
    bytes t = digest(hash, {view_of(passphrase), salt});
    for (std::uint32_t i = 1; i < iterations; ++i)
        t = digest(hash, {byte_view(t)});
    secure_bytes out(t.begin(), t.begin() + 2 * des_block);
    wipe(t.data(), t.size());
    return out;
}

/// The passphrase as PKCS#12 wants it: UTF-16, big-endian, with a zero at its end. Text that is no UTF-8 is taken byte by byte,
/// as OpenSSL does.
secure_bytes as_utf16(std::string_view text)
{
    secure_bytes out;
    const auto put = [&](std::uint32_t unit) {
        out.push_back(std::byte(unit >> 8 & 0xff));
        out.push_back(std::byte(unit & 0xff));
    };
    const auto byte_at = [&](std::size_t i) { return std::uint32_t(static_cast<unsigned char>(text[i])); };
    bool good = true;
    for (std::size_t i = 0; good && i < text.size();) {
        const std::uint32_t first = byte_at(i);
        const std::size_t more = first < 0x80 ? 0 : first >> 5 == 6 ? 1 : first >> 4 == 14 ? 2 : first >> 3 == 30 ? 3 : 4;
        good = more < 4 && i + more < text.size();
        std::uint32_t point = more == 0 ? first : first & (0x3fU >> more);
        for (std::size_t k = 1; good && k <= more; ++k) {
            good = byte_at(i + k) >> 6 == 2;
            point = point << 6 | (byte_at(i + k) & 0x3f);
        }
        if (point >= 0x10000) {
            put(0xd800 + ((point - 0x10000) >> 10));
            put(0xdc00 + ((point - 0x10000) & 0x3ff));
        } else
            put(point);
        i += more + 1;
    }
    if (!good) {
        out.clear();
        for (std::size_t i = 0; i < text.size(); ++i)
            put(byte_at(i));
    }
    put(0);
    return out;
}

/// RFC 7292 appendix B.2 with SHA-1. `purpose` is 1 for keys and 2 for IVs.
secure_bytes derive_pkcs12(byte_view passphrase, byte_view salt, std::uint32_t iterations, std::uint8_t purpose, std::size_t size)
{
    constexpr std::size_t v = 64; // SHA-1's block
    secure_bytes mixed;           // salt and passphrase, each repeated to whole blocks
    for (const byte_view part : {salt, passphrase}) {
        const std::size_t padded = (part.size() + v - 1) / v * v;
        for (std::size_t i = 0; i < padded; ++i)
            mixed.push_back(part[i % part.size()]);
    }
    const bytes diversifier(v, std::byte(purpose));
    secure_bytes out;
    while (out.size() < size) {
        bytes a = digest(hash_algorithm::sha1, {byte_view(diversifier), byte_view(mixed)});
        for (std::uint32_t i = 1; i < iterations; ++i)
            a = digest(hash_algorithm::sha1, {byte_view(a)});
        out.insert(out.end(), a.begin(), a.end());
        for (std::size_t block = 0; block + v <= mixed.size(); block += v) {
            unsigned carry = 1;
            for (std::size_t i = v; i-- > 0;) {
                carry += std::to_integer<unsigned>(mixed[block + i]) + std::to_integer<unsigned>(a[i % a.size()]);
                mixed[block + i] = std::byte(carry & 0xff);
                carry >>= 8;
            }
        }
        wipe(a.data(), a.size());
    }
    out.resize(size);
    return out;
}

} // namespace

result<secure_bytes> open_pbes1(byte_view oid, der::reader& algorithm, byte_view data, std::string_view passphrase)
{
    const auto* const s = std::ranges::find(schemes, text_of(oid), &scheme::oid);
    if (s == std::end(schemes))
        return errc::unsupported_key;
    auto parameters = algorithm.enter(der::sequence);
    const byte_view salt = parameters.read(der::octet_string);
    const std::uint32_t iterations = parameters.read_small();
    if (!algorithm.ok() || !parameters.ok() || !parameters.empty() || salt.empty() || salt.size() > most_salt || iterations == 0
        || iterations > most_iterations || data.empty() || data.size() % des_block != 0)
        return errc::bad_key;
    if (passphrase.empty())
        return errc::passphrase_required;
    if (passphrase.size() > most_passphrase)
        return errc::bad_passphrase;
    secure_bytes key, iv;
    if (s->key_size == des_block) {
        const secure_bytes both = derive_pbkdf1(s->hash, passphrase, salt, iterations);
        key.assign(both.begin(), both.begin() + des_block);
        iv.assign(both.begin() + des_block, both.end());
    } else {
        const secure_bytes wide = as_utf16(passphrase);
        key = derive_pkcs12(wide, salt, iterations, 1, s->key_size);
        if (key.size() == 2 * des_block) {
            const secure_bytes first(key.begin(), key.begin() + des_block);
            key.insert(key.end(), first.begin(), first.end());
        }
        iv = derive_pkcs12(wide, salt, iterations, 2, des_block);
    }
    auto plain = decrypt_block(s->key_size == des_block ? "des-cbc" : "3des-cbc", key, iv, data);
    if (!plain)
        return plain;
    const auto padding = std::to_integer<std::size_t>(plain->back());
    const auto is_padding = [&](std::byte b) { return b == plain->back(); };
    if (padding == 0 || padding > des_block || !std::all_of(plain->end() - std::ptrdiff_t(padding), plain->end(), is_padding))
        return errc::bad_passphrase;
    plain->resize(plain->size() - padding);
    return plain;
}

} // namespace sshoal::crypto
