// key_agreement.hpp - the arithmetic of key exchange: curve25519 (RFC 8731), NIST curves (RFC 5656), finite fields (RFC 4253 §8,
// RFC 8268, RFC 4419). The interface also fits key encapsulation, in which the reply depends on the client's value.
#pragma once

#include "base/secure.hpp"
#include "crypto/hash.hpp"
#include "crypto/rng.hpp"
#include "sshoal/error.hpp"

#include <memory>
#include <string_view>

namespace sshoal::crypto {

enum class kex_shape {
    octet_strings,  ///< public values as strings in messages 30 and 31 (RFC 5656): NIST curves, curve25519, hybrids
    dh,             ///< e, f as mpints in a fixed group (RFC 4253 §8)
    group_exchange, ///< the server chooses the group (RFC 4419)
};

struct kex_info {
    std::string_view name;
    kex_shape shape;
    hash_algorithm hash;
};

std::span<const kex_info> kex_methods() noexcept; ///< all methods, in sshoal's order of preference
const kex_info* find_kex(std::string_view name) noexcept;

/// One end's part of one exchange. Public values are the bytes inside the string on the wire, or the magnitude of the mpint.
/// Secrets are K as it enters the exchange hash: with its length, as mpint or string, as the method defines.
class key_agreement {
public:
    virtual ~key_agreement() = default;

    /// Client: returns the value to send.
    virtual bytes initiate() = 0;
    /// Client: returns K, computed from the server's reply. Errors: key_exchange_failed for values that the method refuses.
    virtual result<secure_bytes> complete(byte_view reply) = 0;

    struct response {
        bytes reply;
        secure_bytes secret;
    };
    /// Server: returns the reply to the client's value, and K.
    virtual result<response> respond(byte_view initial) = 0;
};

/// Makes the agreement of a method whose shape is octet_strings or dh; null for other methods. `random` must outlive the object.
std::unique_ptr<key_agreement> make_key_agreement(const kex_info&, random_source& random);

/// A finite-field group that the peer chose or a file lists (RFC 4419). The numbers are big-endian magnitudes.
struct dh_group {
    bytes p;
    bytes g;
    std::size_t bits() const noexcept;
};
/// Errors: key_exchange_failed if p is even or longer than 16384 bits, or g is not in 2..p-2.
result<std::unique_ptr<key_agreement>> make_group_agreement(const dh_group&, random_source& random);
/// Checks a group that the server offers: size between the limits, odd p, g in 2..p-2. Does not test whether p is prime: this
/// takes longer than the whole exchange, and a server that wants to reveal K can publish it anyway.
result<void> check_group(const dh_group&, std::size_t least_bits, std::size_t most_bits);
/// Returns one of the fixed groups 14, 16, 18 (RFC 3526), which are also the server's fall-back for group exchange.
dh_group fixed_group(int number);

} // namespace sshoal::crypto
