#include "crypto/curves.hpp"
#include "crypto/botan_compat.hpp"

namespace sshoal::crypto {

const Botan::EC_Group& group_of(curve c)
{
    // The groups are never destroyed, since a static connection of the program may outlive Botan's own static objects.
    switch (c) {
    case curve::nistp256: {
        static const auto& p256 = *new Botan::EC_Group(compat::named_ec_group("secp256r1"));
        return p256;
    }
    case curve::nistp384: {
        static const auto& p384 = *new Botan::EC_Group(compat::named_ec_group("secp384r1"));
        return p384;
    }
    default: {
        static const auto& p521 = *new Botan::EC_Group(compat::named_ec_group("secp521r1"));
        return p521;
    }
    }
}

std::size_t curve_bits(curve c) noexcept { return c == curve::nistp256 ? 256 : c == curve::nistp384 ? 384 : 521; }

std::size_t curve_bytes(curve c) noexcept { return (curve_bits(c) + 7) / 8; }

hash_algorithm curve_hash(curve c) noexcept
{
    return c == curve::nistp256 ? hash_algorithm::sha256 : c == curve::nistp384 ? hash_algorithm::sha384 : hash_algorithm::sha512;
}

bool is_uncompressed_point(curve c, byte_view point) noexcept
{
    return point.size() == 1 + 2 * curve_bytes(c) && point.front() == std::byte(4);
}

bool is_scalar(curve c, byte_view magnitude)
{
    while (!magnitude.empty() && magnitude.front() == std::byte(0))
        magnitude = magnitude.subspan(1);
    return !magnitude.empty() && magnitude.size() <= curve_bytes(c) && compat::to_integer(magnitude) < group_of(c).get_order();
}

secure_bytes random_scalar(curve c, random_source& random)
{
    secure_bytes scalar(curve_bytes(c));
    do {
        random.fill(scalar);
        scalar.front() &= c == curve::nistp521 ? std::byte(1) : std::byte(0xff);
    } while (!is_scalar(c, scalar));
    return scalar;
}

} // namespace sshoal::crypto
