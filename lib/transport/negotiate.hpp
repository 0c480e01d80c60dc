// negotiate.hpp - the choice of algorithms (RFC 4253 §7.1), with the indicators in the list of key exchange methods that are not
// methods: ext-info (RFC 8308 §2.1) and strict key exchange (OpenSSH's PROTOCOL §1.9).
#pragma once

#include "base/role.hpp"
#include "crypto/key_agreement.hpp"
#include "sshoal/algorithms.hpp"
#include "transport/transport.hpp"
#include "wire/kex_messages.hpp"

namespace sshoal::transport {

namespace indicator {
inline constexpr std::string_view ext_info_client = "ext-info-c";
inline constexpr std::string_view ext_info_server = "ext-info-s";
inline constexpr std::string_view strict_client = "kex-strict-c-v00@openssh.com";
inline constexpr std::string_view strict_server = "kex-strict-s-v00@openssh.com";
} // namespace indicator

inline constexpr std::string_view delayed_zlib = "zlib@openssh.com";

/// Returns our KEXINIT; its names point into the settings. Only the first exchange has indicators. A server offers the host key
/// algorithms that its keys can serve.
wire::msg::kexinit make_kexinit(const settings&, crypto::random_source&, bool first);

/// The result of comparing two KEXINITs.
struct agreement {
    negotiated names; ///< the caller sets strict_kex
    const crypto::kex_info* method = nullptr;
    bool guessed_right = false; ///< RFC 4253 §7: the packet that the peer sent on a guess is valid
};
/// Errors: no_common_algorithm, naming the slot and both lists.
outcome<agreement> negotiate(role self, const wire::msg::kexinit& ours, const wire::msg::kexinit& theirs);

/// Returns the index of the first host key that can sign with the algorithm, or host_keys.size() if none can.
std::size_t find_host_key(const std::vector<presented_key>& host_keys, std::string_view algorithm);

/// Returns whether both ends asked for strict key exchange in their first KEXINITs.
bool strict_agreed(role self, const wire::msg::kexinit& ours, const wire::msg::kexinit& theirs) noexcept;

} // namespace sshoal::transport
