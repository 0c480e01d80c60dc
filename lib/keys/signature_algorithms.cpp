#include "keys/signature_algorithms.hpp"

namespace sshoal::keys {
namespace {

using crypto::hash_algorithm;

constexpr signature_algorithm table[] = {
    {"ssh-ed25519", key_type::ed25519, hash_algorithm::sha512, true},
    {"ecdsa-sha2-nistp256", key_type::ecdsa_p256, hash_algorithm::sha256, true},
    {"ecdsa-sha2-nistp384", key_type::ecdsa_p384, hash_algorithm::sha384, true},
    {"ecdsa-sha2-nistp521", key_type::ecdsa_p521, hash_algorithm::sha512, true},
    {"rsa-sha2-512", key_type::rsa, hash_algorithm::sha512, true},
    {"rsa-sha2-256", key_type::rsa, hash_algorithm::sha256, true},
    {"ssh-rsa", key_type::rsa, hash_algorithm::sha1, false},
};

} // namespace

std::span<const signature_algorithm> signature_algorithms() noexcept { return table; }

const signature_algorithm* find_signature_algorithm(std::string_view name) noexcept
{
    for (const auto& a : table)
        if (a.name == name)
            return &a;
    return nullptr;
}

} // namespace sshoal::keys
