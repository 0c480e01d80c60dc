// key_agreement.hpp - the arithmetic of key exchange: curve25519 (RFC 8731), NIST curves (RFC 5656), finite fields (RFC 4253 §8,
// RFC 8268, RFC 4419). The shape also fits key encapsulation, where the reply depends on what the client sent.
#pragma once

#include "base/secure.hpp"
#include "crypto/hash.hpp"
#include "crypto/rng.hpp"
#include "sshoal/error.hpp"

#include <memory>
#include <string_view>

namespace sshoal::crypto {

enum class kex_shape {
    ecdh,           ///< Q_C, Q_S as strings (messages 30 and 31 of RFC 5656); also curve25519 and the hybrids
    dh,             ///< e, f as mpints in a fixed group (RFC 4253 §8)
    group_exchange, ///< the server chooses the group (RFC 4419)
};

struct kex_info {
    std::string_view name;
    kex_shape shape;
    hash_algorithm hash;
};

std::span<const kex_info> kex_methods() noexcept; ///< in sshoal's order of preference
const kex_info* find_kex(std::string_view name) noexcept;

/// One end's part of one exchange. Public values are the bytes inside the string, or the magnitude of the mpint, on the wire.
/// Secrets are K as it enters the exchange hash: with its length, as mpint or string, whatever the method says.
class key_agreement {
public:
    virtual ~key_agreement() = default;

    /// Client: the value to send.
    virtual bytes initiate() = 0;
    /// Client: K from the server's reply. Errors: key_exchange_failed for any value that the method's checks refuse.
    virtual result<secure_bytes> complete(byte_view reply) = 0;

    struct response {
        bytes reply;
        secure_bytes secret;
    };
    /// Server: the reply to the client's value and K.
    virtual result<response> respond(byte_view initial) = 0;
};

/// For every method whose shape is ecdh or dh; null for the others. `random` must outlive the object.
std::unique_ptr<key_agreement> make_key_agreement(const kex_info&, random_source& random);

/// A finite-field group of the peer's or a file's choice (RFC 4419). Magnitudes, big-endian.
struct dh_group {
    bytes p;
    bytes g;
    std::size_t bits() const noexcept;
};
/// Errors: key_exchange_failed where p is even or longer than 16384 bits, or g is not in 2..p-2.
result<std::unique_ptr<key_agreement>> make_group_agreement(const dh_group&, random_source& random);
/// The client's check of a group it is offered: size between the limits, odd p, g in 2..p-2. Whether p is prime is not tested:
/// that takes longer than the whole exchange, and a server that wants K to be known can just publish it.
result<void> check_group(const dh_group&, std::size_t least_bits, std::size_t most_bits);
/// The fixed groups 14, 16, 18 (RFC 3526), also the server's fall-back for group exchange.
dh_group fixed_group(int number);

} // namespace sshoal::crypto
