// numbers.hpp - the message numbers of SSH (RFC 4250 §4.1) and of the extensions that sshoal speaks.
#pragma once

#include <cstdint>
#include <string_view>

namespace sshoal::wire {

namespace number {
// Transport layer (RFC 4253 §12, RFC 8308 §2.3).
inline constexpr std::uint8_t disconnect = 1;
inline constexpr std::uint8_t ignore = 2;
inline constexpr std::uint8_t unimplemented = 3;
inline constexpr std::uint8_t debug = 4;
inline constexpr std::uint8_t service_request = 5;
inline constexpr std::uint8_t service_accept = 6;
inline constexpr std::uint8_t ext_info = 7;
inline constexpr std::uint8_t newcompress = 8;
inline constexpr std::uint8_t kexinit = 20;
inline constexpr std::uint8_t newkeys = 21;
// Key exchange: the negotiated method defines the meaning of 30 to 49 (RFC 4253 §8, RFC 5656 §7.1, RFC 4419 §5).
inline constexpr std::uint8_t first_kex_specific = 30;
inline constexpr std::uint8_t kexdh_init = 30;
inline constexpr std::uint8_t kexdh_reply = 31;
inline constexpr std::uint8_t kex_ecdh_init = 30;
inline constexpr std::uint8_t kex_ecdh_reply = 31;
inline constexpr std::uint8_t kex_dh_gex_request_old = 30;
inline constexpr std::uint8_t kex_dh_gex_group = 31;
inline constexpr std::uint8_t kex_dh_gex_init = 32;
inline constexpr std::uint8_t kex_dh_gex_reply = 33;
inline constexpr std::uint8_t kex_dh_gex_request = 34;
inline constexpr std::uint8_t last_kex_specific = 49;
// Authentication (RFC 4252 §6): the method in use defines the meaning of 60 to 79.
inline constexpr std::uint8_t userauth_request = 50;
inline constexpr std::uint8_t userauth_failure = 51;
inline constexpr std::uint8_t userauth_success = 52;
inline constexpr std::uint8_t userauth_banner = 53;
inline constexpr std::uint8_t first_userauth_specific = 60;
inline constexpr std::uint8_t userauth_pk_ok = 60;
inline constexpr std::uint8_t userauth_passwd_changereq = 60;
inline constexpr std::uint8_t userauth_info_request = 60;
inline constexpr std::uint8_t userauth_info_response = 61;
inline constexpr std::uint8_t last_userauth_specific = 79;
// Connection (RFC 4254 §9).
inline constexpr std::uint8_t global_request = 80;
inline constexpr std::uint8_t request_success = 81;
inline constexpr std::uint8_t request_failure = 82;
inline constexpr std::uint8_t channel_open = 90;
inline constexpr std::uint8_t channel_open_confirmation = 91;
inline constexpr std::uint8_t channel_open_failure = 92;
inline constexpr std::uint8_t channel_window_adjust = 93;
inline constexpr std::uint8_t channel_data = 94;
inline constexpr std::uint8_t channel_extended_data = 95;
inline constexpr std::uint8_t channel_eof = 96;
inline constexpr std::uint8_t channel_close = 97;
inline constexpr std::uint8_t channel_request = 98;
inline constexpr std::uint8_t channel_success = 99;
inline constexpr std::uint8_t channel_failure = 100;
// OpenSSH's ping@openssh.com, in the range for local extensions.
inline constexpr std::uint8_t ping = 192;
inline constexpr std::uint8_t pong = 193;
} // namespace number

/// Returns "SSH_MSG_KEXINIT" and so on. If the meaning of a number depends on the method in use, the name contains the number;
/// unknown numbers give "unknown (n)". For traces and error texts.
std::string_view message_name(std::uint8_t number) noexcept;

} // namespace sshoal::wire
