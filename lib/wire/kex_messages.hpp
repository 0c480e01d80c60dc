// kex_messages.hpp - negotiation (RFC 4253 §7) and the messages of the key exchange methods: finite fields (RFC 4253 §8),
// elliptic curves and hybrids (RFC 5656 §4, RFC 8731), group exchange (RFC 4419 §3).
// The public values of finite-field methods are magnitudes: decoding refuses an mpint that is zero, negative or padded.
#pragma once

#include "wire/name_list.hpp"
#include "wire/numbers.hpp"

#include <array>

namespace sshoal::wire::msg {

struct kexinit {
    static constexpr std::uint8_t number = number::kexinit;
    std::array<std::byte, 16> cookie{};
    name_list kex_algorithms;
    name_list server_host_key_algorithms;
    name_list encryption_client_to_server;
    name_list encryption_server_to_client;
    name_list mac_client_to_server;
    name_list mac_server_to_client;
    name_list compression_client_to_server;
    name_list compression_server_to_client;
    name_list languages_client_to_server;
    name_list languages_server_to_client;
    bool first_kex_packet_follows = false;
    std::uint32_t reserved = 0; ///< sent as 0; every value is accepted

    static void fields(auto& m, auto& v)
    {
        v(m.cookie, m.kex_algorithms, m.server_host_key_algorithms);
        v(m.encryption_client_to_server, m.encryption_server_to_client, m.mac_client_to_server, m.mac_server_to_client);
        v(m.compression_client_to_server, m.compression_server_to_client);
        v(m.languages_client_to_server, m.languages_server_to_client, m.first_kex_packet_follows, m.reserved);
    }
    static result<kexinit> decode(byte_view payload) { return codec<kexinit>::decode(payload); }
};

using newkeys = number_only<number::newkeys>;

/// This message also carries the public values of curve25519 and of the hybrids with a key encapsulation.
struct ecdh_init {
    static constexpr std::uint8_t number = number::kex_ecdh_init;
    byte_view public_value;

    static void fields(auto& m, auto& v) { v(m.public_value); }
    static result<ecdh_init> decode(byte_view payload) { return codec<ecdh_init>::decode(payload); }
};

struct ecdh_reply {
    static constexpr std::uint8_t number = number::kex_ecdh_reply;
    byte_view host_key;
    byte_view public_value;
    byte_view signature;

    static void fields(auto& m, auto& v) { v(m.host_key, m.public_value, m.signature); }
    static result<ecdh_reply> decode(byte_view payload) { return codec<ecdh_reply>::decode(payload); }
};

/// The client's public value of a finite-field method.
template <std::uint8_t Number>
struct finite_field_init {
    static constexpr std::uint8_t number = Number;
    byte_view e;

    static void fields(auto& m, auto& v) { v.magnitude(m.e); }
    static result<finite_field_init> decode(byte_view payload) { return codec<finite_field_init>::decode(payload); }
};

/// The server's answer to a finite_field_init.
template <std::uint8_t Number>
struct finite_field_reply {
    static constexpr std::uint8_t number = Number;
    byte_view host_key;
    byte_view f;
    byte_view signature;

    static void fields(auto& m, auto& v) { v(m.host_key).magnitude(m.f)(m.signature); }
    static result<finite_field_reply> decode(byte_view payload) { return codec<finite_field_reply>::decode(payload); }
};

using dh_init = finite_field_init<number::kexdh_init>;
using dh_reply = finite_field_reply<number::kexdh_reply>;
using gex_init = finite_field_init<number::kex_dh_gex_init>;
using gex_reply = finite_field_reply<number::kex_dh_gex_reply>;

/// The older request of RFC 4419 §5, which names only the preferred size.
struct gex_request_old {
    static constexpr std::uint8_t number = number::kex_dh_gex_request_old;
    std::uint32_t preferred = 0;

    static void fields(auto& m, auto& v) { v(m.preferred); }
    static result<gex_request_old> decode(byte_view payload) { return codec<gex_request_old>::decode(payload); }
};

struct gex_request {
    static constexpr std::uint8_t number = number::kex_dh_gex_request;
    std::uint32_t min = 0;
    std::uint32_t preferred = 0;
    std::uint32_t max = 0;

    static void fields(auto& m, auto& v) { v(m.min, m.preferred, m.max); }
    static result<gex_request> decode(byte_view payload) { return codec<gex_request>::decode(payload); }
};

struct gex_group {
    static constexpr std::uint8_t number = number::kex_dh_gex_group;
    byte_view p;
    byte_view g;

    static void fields(auto& m, auto& v) { v.magnitude(m.p).magnitude(m.g); }
    static result<gex_group> decode(byte_view payload) { return codec<gex_group>::decode(payload); }
};

} // namespace sshoal::wire::msg
