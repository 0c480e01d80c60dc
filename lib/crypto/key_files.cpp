// key_files.cpp - private keys in DER: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017 A.1.2), SEC1 (RFC 5915), Ed25519 in PKCS#8 (RFC 8410).
#include "crypto/curves.hpp"
#include "crypto/der.hpp"
#include "crypto/ec_parameters.hpp"
#include "crypto/pbes2.hpp"
#include "crypto/private_keys.hpp"

#include <algorithm>
#include <optional>

namespace sshoal::crypto {
namespace {

using namespace std::string_view_literals;
constexpr auto oid_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"sv;
constexpr auto oid_ec = "\x2a\x86\x48\xce\x3d\x02\x01"sv;
constexpr auto oid_ed25519 = "\x2b\x65\x70"sv;

// A key of 16384 bits takes less than 10 KiB.
constexpr std::size_t most_der = 64 * 1024;

secure_bytes secret(byte_view from) { return secure_bytes(from.begin(), from.end()); }

/// Reads the content of an ECPrivateKey, whose curve may be named outside.
result<private_numbers> read_ec(byte_view der, std::optional<curve> outer)
{
    der::reader file(der);
    auto key = file.enter(der::sequence);
    const std::uint32_t version = key.read_small();
    byte_view scalar = key.read(der::octet_string);
    if (!file.empty() || !key.ok() || version != 1)
        return errc::bad_key;
    std::optional<curve> group = outer;
    if (key.next_is(der::context_0)) {
        auto parameters = key.enter(der::context_0);
        const auto inner = read_ec_parameters(parameters);
        if (!inner)
            return inner.error();
        group = *inner;
        if (outer && group != outer)
            return errc::bad_key;
    }
    if (!group)
        return errc::unsupported_key;
    while (scalar.size() > curve_bytes(*group) && scalar.front() == std::byte(0))
        scalar = scalar.subspan(1); // some writers pad it
    if (scalar.size() > curve_bytes(*group))
        return errc::bad_key;
    auto numbers = ecdsa_from_scalar(*group, scalar);
    if (!numbers || key.empty())
        return numbers;
    auto wrapped = key.enter(der::context_1);
    const byte_view bits = wrapped.read(der::bit_string);
    if (!wrapped.ok() || !wrapped.empty() || !key.empty() || bits.size() < 2 || bits.front() != std::byte(0))
        return errc::bad_key;
    // The point may be written whole or compressed; either way it must be the one that belongs to the scalar.
    const byte_view written = bits.subspan(1), point = std::get<ecdsa_private>(*numbers).point;
    const auto compressed_tag = std::byte(2) | (point.back() & std::byte(1));
    if (!equal(written, point)
        && !(written.front() == compressed_tag && equal(written.subspan(1), point.subspan(1, curve_bytes(*group)))))
        return errc::bad_key;
    return numbers;
}

result<private_numbers> read_private_key_info(byte_view der)
{
    der::reader file(der);
    auto info = file.enter(der::sequence);
    const std::uint32_t version = info.read_small();
    auto algorithm = info.enter(der::sequence);
    const byte_view oid = algorithm.read(der::object_id);
    const byte_view key = info.read(der::octet_string);
    // Attributes and a public key may follow (RFC 5958 §2); they are not used.
    const bool end = info.empty() || info.next_is(der::context_0) || info.next_is(der::implicit_1);
    if (!file.ok() || !file.empty() || !info.ok() || !algorithm.ok() || version > 1 || !end)
        return errc::bad_key;
    if (text_of(oid) == oid_rsa) {
        if (algorithm.next_is(der::null))
            algorithm.read(der::null);
        if (!algorithm.empty())
            return errc::bad_key;
        return read_pkcs1(key);
    }
    if (text_of(oid) == oid_ed25519) {
        der::reader inner(key);
        const byte_view seed = inner.read(der::octet_string);
        if (!inner.ok() || !inner.empty() || !algorithm.empty())
            return errc::bad_key;
        return ed25519_from_seed(seed);
    }
    if (text_of(oid) != oid_ec)
        return errc::unsupported_key;
    const auto group = read_ec_parameters(algorithm);
    if (!group)
        return group.error();
    return read_ec(key, *group);
}

bytes wrap(std::initializer_list<byte_view> algorithm, byte_view key)
{
    const secure_bytes version = der::number({});
    const secure_bytes id = der::value(der::sequence, algorithm);
    const secure_bytes content = der::value(der::octet_string, {key});
    const secure_bytes all = der::value(der::sequence, {version, id, content});
    return bytes(all.begin(), all.end());
}

bytes write(const ed25519_private& k)
{
    const secure_bytes oid = der::value(der::object_id, {view_of(oid_ed25519)});
    return wrap({oid}, der::value(der::octet_string, {k.seed}));
}

bytes write(const ecdsa_private& k)
{
    secure_bytes scalar(curve_bytes(k.group) - std::min(curve_bytes(k.group), k.scalar.size())); // RFC 5915 §3
    scalar.insert(scalar.end(), k.scalar.begin(), k.scalar.end());
    static constexpr std::byte one{1}, no_unused_bits{0};
    const secure_bytes version = der::number({&one, 1});
    const secure_bytes content = der::value(der::octet_string, {scalar});
    const secure_bytes point = der::value(der::context_1, {der::value(der::bit_string, {{&no_unused_bits, 1}, k.point})});
    const secure_bytes oid = der::value(der::object_id, {view_of(oid_ec)});
    const secure_bytes group = der::value(der::object_id, {view_of(curve_oid(k.group))});
    return wrap({oid, group}, der::value(der::sequence, {version, content, point}));
}

bytes write(const rsa_private& k)
{
    const auto [dp, dq] = crt_exponents(k);
    const secure_bytes parts[] = {der::number({}),  der::number(k.n), der::number(k.e), der::number(k.d),   der::number(k.p),
                                  der::number(k.q), der::number(dp),  der::number(dq),  der::number(k.iqmp)};
    const secure_bytes oid = der::value(der::object_id, {view_of(oid_rsa)}), nothing = der::value(der::null, {});
    return wrap(
        {oid, nothing},
        der::value(der::sequence, {parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7], parts[8]}));
}

} // namespace

bool is_one_sequence(byte_view der) noexcept
{
    der::reader file(der);
    file.read(der::sequence);
    return file.ok() && file.empty();
}

result<private_numbers> read_pkcs8(byte_view der, bool encrypted, std::string_view passphrase)
{
    if (der.size() > most_der)
        return errc::bad_key;
    if (!encrypted)
        return read_private_key_info(der);
    auto info = open_encrypted_info(der, passphrase);
    if (!info)
        return info.error();
    auto numbers = read_private_key_info(*info);
    // One wrong key in 256 gives valid padding; then the content is not one whole SEQUENCE.
    if (!numbers && numbers.error() == errc::bad_key && !is_one_sequence(*info))
        return errc::bad_passphrase;
    return numbers;
}

bytes write_pkcs8(const private_numbers& numbers)
{
    return std::visit([](const auto& k) { return write(k); }, numbers);
}

result<private_numbers> read_pkcs1(byte_view der)
{
    if (der.size() > most_der)
        return errc::bad_key;
    der::reader file(der);
    auto key = file.enter(der::sequence);
    const std::uint32_t version = key.read_small();
    const byte_view n = key.read_number(), e = key.read_number(), d = key.read_number(), p = key.read_number(),
                    q = key.read_number();
    key.read_number(); // d mod p-1 and d mod q-1 follow from the others
    key.read_number();
    const byte_view iqmp = key.read_number();
    if (!file.ok() || !file.empty() || !key.ok() || !key.empty() || version != 0) // version 1 has more than two primes
        return errc::bad_key;
    private_numbers numbers = rsa_private{copy_of(n), copy_of(e), secret(d), secret(p), secret(q), secret(iqmp)};
    // make_signing_key() refuses a key that is too short, with a better error text.
    if (too_few_bits(public_half(numbers)) > 0)
        return numbers;
    if (auto key_object = make_private(numbers); !key_object)
        return key_object.error();
    return numbers;
}

result<private_numbers> read_sec1(byte_view der)
{
    if (der.size() > most_der)
        return errc::bad_key;
    return read_ec(der, std::nullopt);
}

} // namespace sshoal::crypto
