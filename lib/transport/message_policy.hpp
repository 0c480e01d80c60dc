// message_policy.hpp - the one table of which message may arrive when, for both ends. Everything that arrives is looked up here
// before any handler sees it; the tests generate all 256 numbers x phases x roles from the same table.
#pragma once

#include "base/role.hpp"

#include <cstdint>
#include <string_view>

namespace sshoal::transport {

/// How far the connection is, seen from the receiving end.
enum class phase : std::uint8_t {
    kexinit,        ///< first exchange: the peer's KEXINIT has not arrived
    kex,            ///< first exchange, after the peer's KEXINIT, before its NEWKEYS
    service,        ///< encrypted; ssh-userauth has not been requested or accepted
    auth,           ///< log-in, nothing under way
    auth_busy,      ///< log-in, a decision or a dialogue is under way
    connected,      ///< logged in
    rekey,          ///< logged in, between the peer's KEXINIT and its NEWKEYS
    auth_rekey,     ///< a key exchange during log-in, between the peer's KEXINIT and its NEWKEYS
    closing,        ///< DISCONNECT was sent or received
};
inline constexpr int phase_count = 9;
std::string_view name_of(phase) noexcept;

enum class verdict : std::uint8_t {
    handle,        ///< goes to its handler
    ignore,        ///< read and dropped
    unimplemented, ///< answered with SSH_MSG_UNIMPLEMENTED
    drop,          ///< a violation: disconnect
};

/// `receiver` is the end that reads the message. `strict`: strict key exchange is in force, which matters in the first exchange.
verdict judge(role receiver, phase, std::uint8_t number, bool strict) noexcept;

} // namespace sshoal::transport
