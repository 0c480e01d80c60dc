// message_policy.hpp - the table of the messages that each end may receive in each phase. Every message is looked up here before
// a handler sees it; the tests generate all 256 numbers x phases x roles from the same table.
#pragma once

#include "base/role.hpp"

#include <cstdint>
#include <string_view>

namespace sshoal::transport {

/// The phase of a connection, as the receiving end sees it.
enum class phase : std::uint8_t {
    kexinit,        ///< first exchange: the peer's KEXINIT has not arrived
    kex,            ///< first exchange, after the peer's KEXINIT, before its NEWKEYS
    service,        ///< encrypted; ssh-userauth has not been requested or accepted
    auth,           ///< log-in, no request is pending
    auth_busy,      ///< log-in, a decision or a dialogue is pending
    connected,      ///< logged in
    rekey,          ///< logged in, between the peer's KEXINIT and its NEWKEYS
    auth_rekey,     ///< a key exchange during log-in, between the peer's KEXINIT and its NEWKEYS
    closing,        ///< DISCONNECT was sent or received
};
inline constexpr int phase_count = 9;
std::string_view name_of(phase) noexcept;

enum class verdict : std::uint8_t {
    handle,        ///< passed to its handler
    ignore,        ///< read and dropped
    unimplemented, ///< answered with SSH_MSG_UNIMPLEMENTED
    drop,          ///< a violation that ends the connection
};

/// `receiver` is the end that reads the message. `strict`: strict key exchange was agreed, which matters in the first exchange.
verdict judge(role receiver, phase, std::uint8_t number, bool strict) noexcept;

} // namespace sshoal::transport
