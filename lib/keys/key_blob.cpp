#include "keys/key_blob.hpp"

#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace sshoal::keys {
namespace {

constexpr key_type all_types[]
    = { key_type::ed25519, key_type::ecdsa_p256, key_type::ecdsa_p384, key_type::ecdsa_p521, key_type::rsa };

failure damaged(std::string what) { return {errc::bad_key, std::move(what)}; }

key_type type_of_curve(crypto::curve c) noexcept
{
    switch (c) {
    case crypto::curve::nistp256: return key_type::ecdsa_p256;
    case crypto::curve::nistp384: return key_type::ecdsa_p384;
    case crypto::curve::nistp521: break;
    }
    return key_type::ecdsa_p521;
}

/// Returns the size of r and of s in bytes, which is the size of the curve's order.
std::size_t scalar_size(crypto::curve c) noexcept { return (crypto::curve_bits(c) + 7) / 8; }

} // namespace

std::optional<key_type> find_key_type(std::string_view name) noexcept
{
    for (const key_type t : all_types)
        if (name_of(t) == name)
            return t;
    return std::nullopt;
}

key_type type_of(const crypto::public_numbers& numbers) noexcept
{
    if (std::holds_alternative<crypto::ed25519_public>(numbers))
        return key_type::ed25519;
    if (const auto* ec = std::get_if<crypto::ecdsa_public>(&numbers))
        return type_of_curve(ec->group);
    return key_type::rsa;
}

std::optional<crypto::curve> curve_of(key_type t) noexcept
{
    switch (t) {
    case key_type::ecdsa_p256: return crypto::curve::nistp256;
    case key_type::ecdsa_p384: return crypto::curve::nistp384;
    case key_type::ecdsa_p521: return crypto::curve::nistp521;
    case key_type::ed25519:
    case key_type::rsa: break;
    }
    return std::nullopt;
}

std::string_view curve_name(crypto::curve c) noexcept
{
    switch (c) {
    case crypto::curve::nistp256: return "nistp256";
    case crypto::curve::nistp384: return "nistp384";
    case crypto::curve::nistp521: break;
    }
    return "nistp521";
}

std::size_t point_size(crypto::curve c) noexcept { return 1 + 2 * ((crypto::curve_bits(c) + 7) / 8); }

outcome<crypto::public_numbers> decode_public_blob(byte_view blob)
{
    wire::reader in(blob);
    const std::string_view name = in.text();
    if (!in.ok())
        return damaged("key blob without a type name");
    const auto type = find_key_type(name);
    if (!type)
        return failure(errc::unsupported_key, "key type " + printable(name, 64));
    if (*type == key_type::ed25519) {
        const byte_view point = in.string();
        if (!in.finished() || point.size() != 32)
            return damaged("Ed25519 key blob of the wrong size");
        return crypto::public_numbers(crypto::ed25519_public{copy_of(point)});
    }
    if (const auto group = curve_of(*type)) {
        const std::string_view group_name = in.text();
        const byte_view point = in.string();
        if (!in.finished() || group_name != curve_name(*group))
            return damaged("malformed ECDSA key blob");
        if (point.size() != point_size(*group) || point[0] != std::byte(4))
            return damaged("ECDSA key whose point is not an uncompressed one of its curve");
        return crypto::public_numbers(crypto::ecdsa_public{*group, copy_of(point)});
    }
    const byte_view e = in.unsigned_mpint();
    const byte_view n = in.unsigned_mpint();
    if (!in.finished() || e.empty() || n.empty())
        return damaged("malformed RSA key blob");
    return crypto::public_numbers(crypto::rsa_public{copy_of(e), copy_of(n)});
}

bytes encode_public_blob(const crypto::public_numbers& numbers)
{
    bytes blob;
    wire::writer out(blob);
    out.string(name_of(type_of(numbers)));
    if (const auto* ed = std::get_if<crypto::ed25519_public>(&numbers))
        out.string(byte_view(ed->point));
    else if (const auto* ec = std::get_if<crypto::ecdsa_public>(&numbers))
        out.string(curve_name(ec->group)).string(byte_view(ec->point));
    else if (const auto* rsa = std::get_if<crypto::rsa_public>(&numbers))
        out.mpint(rsa->e).mpint(rsa->n);
    return blob;
}

result<bytes> decode_signature(const signature_algorithm& algorithm, byte_view blob, std::size_t rsa_size)
{
    wire::reader in(blob);
    const std::string_view name = in.text();
    const byte_view value = in.string();
    if (!in.finished() || name != algorithm.name)
        return errc::bad_signature;
    if (const auto group = curve_of(algorithm.type)) {
        wire::reader pair(value);
        const byte_view r = pair.unsigned_mpint();
        const byte_view s = pair.unsigned_mpint();
        const std::size_t size = scalar_size(*group);
        if (!pair.finished() || r.size() > size || s.size() > size)
            return errc::bad_signature;
        bytes raw(2 * size);
        std::copy(r.begin(), r.end(), raw.begin() + std::ptrdiff_t(size - r.size()));
        std::copy(s.begin(), s.end(), raw.end() - std::ptrdiff_t(s.size()));
        return raw;
    }
    if (algorithm.type == key_type::ed25519)
        return value.size() == 64 ? result<bytes>(copy_of(value)) : result<bytes>(errc::bad_signature);
    if (value.empty() || value.size() > rsa_size)
        return errc::bad_signature;
    // Some implementations drop leading zeros of the RSA signature; the arithmetic needs it as long as the modulus.
    bytes raw(rsa_size - value.size());
    append(raw, value);
    return raw;
}

bytes encode_signature(const signature_algorithm& algorithm, byte_view raw)
{
    bytes blob;
    wire::writer out(blob);
    out.string(algorithm.name);
    if (!curve_of(algorithm.type)) {
        out.string(raw);
        return blob;
    }
    bytes pair;
    wire::writer numbers(pair);
    numbers.mpint(raw.first(raw.size() / 2)).mpint(raw.subspan(raw.size() / 2));
    out.string(byte_view(pair));
    return blob;
}

} // namespace sshoal::keys
