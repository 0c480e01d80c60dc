#include "transport/kex.hpp"

#include "transport/peer_quirks.hpp"

#include <algorithm>

namespace sshoal::transport {

std::size_t preferred_group_bits(std::size_t strength) noexcept
{
    // NIST SP 800-57: 3072 bits for 128-bit keys, 7680 for 192. The size for 256-bit keys is above the limit of RFC 4419.
    return strength <= 16 ? 3072 : strength <= 24 ? 7680 : most_group_bits;
}

outcome<crypto::dh_group> choose_group(const std::vector<crypto::dh_group>& moduli, crypto::random_source& random,
                                       std::size_t least, std::size_t preferred, std::size_t most)
{
    if (least > preferred || preferred > most)
        return failure(errc::key_exchange_failed, "a group exchange request whose limits make no sense");
    least = std::max(least, least_group_bits);
    most = std::min(most, most_group_bits);
    preferred = std::clamp(preferred, std::min(least, most), most);

    // Chooses the smallest size that is enough, or else the largest size.
    std::size_t best = 0;
    const auto consider = [&](std::size_t bits) {
        if (bits < least || bits > most)
            return;
        if (best == 0 || (bits >= preferred ? best < preferred || bits < best : best < preferred && bits > best))
            best = bits;
    };
    for (const crypto::dh_group& group : moduli)
        consider(group.bits());
    constexpr struct {
        int number;
        std::size_t bits;
    } fixed[] = {{14, 2048}, {16, 4096}, {18, 8192}};
    for (const auto& f : fixed)
        consider(f.bits);
    if (best == 0)
        return failure(errc::key_exchange_failed, "no group of the size that the client asks for");

    std::vector<const crypto::dh_group*> candidates;
    for (const crypto::dh_group& group : moduli)
        if (group.bits() == best)
            candidates.push_back(&group);
    if (!candidates.empty()) {
        std::byte pick[4];
        random.fill(pick);
        return *candidates[load_u32(pick) % candidates.size()];
    }
    for (const auto& f : fixed)
        if (f.bits == best)
            return crypto::fixed_group(f.number);
    return failure(errc::key_exchange_failed, "no group of the size that the client asks for");
}

void write_public_value(wire::writer& w, crypto::kex_shape shape, byte_view value)
{
    if (shape == crypto::kex_shape::octet_strings)
        w.string(value);
    else
        w.mpint(value);
}

bool hashes_zeros(const kex_context& context, std::string_view peer_identification) noexcept
{
    return context.method->name == "curve25519-sha256@libssh.org" && quirks_of(peer_identification).keeps_zeros;
}

bytes hash_head(const kex_context& cx)
{
    bytes head;
    wire::writer(head)
        .string(cx.client_identification)
        .string(cx.server_identification)
        .string(cx.client_init)
        .string(cx.server_init);
    return head;
}

void add_host_key(bytes& head, byte_view host_key) { wire::writer(head).string(host_key); }

bytes exchange_hash(const kex_context& cx, byte_view host_key, byte_view middle, byte_view secret)
{
    bytes head = hash_head(cx);
    add_host_key(head, host_key);
    return crypto::digest(cx.method->hash, {head, middle, secret});
}

} // namespace sshoal::transport
