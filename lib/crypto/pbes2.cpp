#include "crypto/pbes2.hpp"
#include "crypto/botan_compat.hpp"
#include "crypto/der.hpp"
#include "crypto/pbes1.hpp"

#include <botan/exceptn.h>
#include <botan/pwdhash.h>

#include <array>

namespace sshoal::crypto {
namespace {

constexpr std::uint32_t most_pbkdf2_iterations = 5'000'000; // a few seconds; OpenSSL writes 2048, others up to a million
constexpr std::uint64_t most_memory = 64U << 20;
constexpr std::uint64_t most_scrypt_work = 256U << 20; // bytes mixed: about a second

struct named_oid {
    std::string_view oid;
    const char* name;
    std::size_t key_size = 0;
    std::size_t iv_size = 0;
};

using namespace std::string_view_literals;
constexpr auto oid_pbes2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"sv;
constexpr auto oid_pbkdf2 = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"sv;
constexpr auto oid_scrypt = "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"sv;

constexpr std::array<named_oid, 4> pseudo_random_functions{{
    {"\x2a\x86\x48\x86\xf7\x0d\x02\x07"sv, "PBKDF2(SHA-1)"},
    {"\x2a\x86\x48\x86\xf7\x0d\x02\x09"sv, "PBKDF2(SHA-256)"},
    {"\x2a\x86\x48\x86\xf7\x0d\x02\x0a"sv, "PBKDF2(SHA-384)"},
    {"\x2a\x86\x48\x86\xf7\x0d\x02\x0b"sv, "PBKDF2(SHA-512)"},
}};

constexpr std::array<named_oid, 4> pbes2_ciphers{{
    {"\x60\x86\x48\x01\x65\x03\x04\x01\x02"sv, "AES-128/CBC/PKCS7", 16, 16},
    {"\x60\x86\x48\x01\x65\x03\x04\x01\x16"sv, "AES-192/CBC/PKCS7", 24, 16},
    {"\x60\x86\x48\x01\x65\x03\x04\x01\x2a"sv, "AES-256/CBC/PKCS7", 32, 16},
    {"\x2a\x86\x48\x86\xf7\x0d\x03\x07"sv, "TripleDES/CBC/PKCS7", 24, 8},
}};

template <class Table>
const named_oid* find_oid(const Table& table, byte_view oid) noexcept
{
    for (const auto& entry : table)
        if (entry.oid == text_of(oid))
            return &entry;
    return nullptr;
}

struct derivation {
    std::unique_ptr<Botan::PasswordHash> hash;
    byte_view salt;
};

result<derivation> read_pbkdf2(der::reader p, std::size_t key_size)
{
    derivation out;
    out.salt = p.read(der::octet_string);
    const std::uint32_t iterations = p.read_small();
    if (p.next_is(der::integer) && p.read_small() != key_size)
        return errc::bad_key;
    const named_oid* function = &pseudo_random_functions[0]; // HMAC-SHA-1 is the default
    if (p.next_is(der::sequence)) {
        auto algorithm = p.enter(der::sequence);
        function = find_oid(pseudo_random_functions, algorithm.read(der::object_id));
        if (algorithm.ok() && !function)
            return errc::unsupported_key;
    }
    if (!p.ok() || !p.empty() || !function || iterations == 0 || iterations > most_pbkdf2_iterations)
        return errc::bad_key;
    out.hash = Botan::PasswordHashFamily::create_or_throw(function->name)->from_iterations(iterations);
    return out;
}

result<derivation> read_scrypt(der::reader p, std::size_t key_size)
{
    derivation out;
    out.salt = p.read(der::octet_string);
    const std::uint64_t n = p.read_small(), r = p.read_small(), parallel = p.read_small();
    if (p.next_is(der::integer) && p.read_small() != key_size)
        return errc::bad_key;
    if (!p.ok() || !p.empty() || n < 2 || (n & (n - 1)) != 0 || r == 0 || r > 64 || parallel == 0 || parallel > 64)
        return errc::bad_key;
    if (128 * n * r > most_memory || 128 * n * r * parallel > most_scrypt_work)
        return errc::bad_key;
    out.hash = Botan::PasswordHashFamily::create_or_throw("Scrypt")->from_params(n, r, parallel);
    return out;
}

} // namespace

result<secure_bytes> open_encrypted_info(byte_view encrypted_private_key_info, std::string_view passphrase)
{
    der::reader file(encrypted_private_key_info);
    auto outer = file.enter(der::sequence);
    auto algorithm = outer.enter(der::sequence);
    const byte_view data = outer.read(der::octet_string);
    const byte_view oid = algorithm.read(der::object_id);
    if (!file.ok() || !outer.ok() || !algorithm.ok())
        return errc::bad_key;
    if (text_of(oid) != oid_pbes2)
        return open_pbes1(oid, algorithm, data, passphrase);
    auto parameters = algorithm.enter(der::sequence);
    auto kdf = parameters.enter(der::sequence);
    auto scheme = parameters.enter(der::sequence);
    const byte_view kdf_oid = kdf.read(der::object_id), scheme_oid = scheme.read(der::object_id);
    if (!parameters.ok() || !kdf.ok() || !scheme.ok())
        return errc::bad_key;
    const named_oid* cipher = find_oid(pbes2_ciphers, scheme_oid);
    const bool scrypt = text_of(kdf_oid) == oid_scrypt;
    if (!cipher || (!scrypt && text_of(kdf_oid) != oid_pbkdf2))
        return errc::unsupported_key;
    const byte_view iv = scheme.read(der::octet_string);
    if (iv.size() != cipher->iv_size || data.empty() || data.size() % cipher->iv_size != 0)
        return errc::bad_key;
    if (passphrase.empty())
        return errc::passphrase_required;
    try {
        auto kdf_parameters = kdf.enter(der::sequence);
        auto derive = scrypt ? read_scrypt(kdf_parameters, cipher->key_size) : read_pbkdf2(kdf_parameters, cipher->key_size);
        if (!derive)
            return derive.error();
        secure_bytes key(cipher->key_size);
        derive->hash->derive_key(octets(byte_span(key)), key.size(), passphrase.data(), passphrase.size(), octets(derive->salt),
                                 derive->salt.size());
        auto mode = Botan::Cipher_Mode::create_or_throw(cipher->name, compat::decryption);
        mode->set_key(octets(byte_view(key)), key.size());
        mode->start(octets(iv), iv.size());
        auto buffer = compat::to_secure_vector(data);
        mode->finish(buffer);
        return compat::to_secure_bytes(buffer);
    } catch (const Botan::Decoding_Error&) { // the padding
        return errc::bad_passphrase;
    } catch (const Botan::Exception&) {
        return errc::bad_key;
    }
}

} // namespace sshoal::crypto
