// kex_messages.hpp - negotiation (RFC 4253 §7) and the messages of the key exchange methods: finite fields (RFC 4253 §8),
// elliptic curves and hybrids (RFC 5656 §4, RFC 8731), group exchange (RFC 4419 §3).
// Numbers of finite-field methods are magnitudes: a zero, negative or padded mpint is refused here.
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
    std::uint32_t reserved = 0; ///< kept for future extension: sent as 0, any value accepted

    void encode(writer& w) const;
    static result<kexinit> decode(byte_view payload);
};

struct newkeys {
    static constexpr std::uint8_t number = number::newkeys;

    void encode(writer& w) const;
    static result<newkeys> decode(byte_view payload);
};

/// Also carries the public values of curve25519 and of the hybrids with a key encapsulation.
struct ecdh_init {
    static constexpr std::uint8_t number = number::kex_ecdh_init;
    byte_view public_value;

    void encode(writer& w) const;
    static result<ecdh_init> decode(byte_view payload);
};

struct ecdh_reply {
    static constexpr std::uint8_t number = number::kex_ecdh_reply;
    byte_view host_key;
    byte_view public_value;
    byte_view signature;

    void encode(writer& w) const;
    static result<ecdh_reply> decode(byte_view payload);
};

struct dh_init {
    static constexpr std::uint8_t number = number::kexdh_init;
    byte_view e;

    void encode(writer& w) const;
    static result<dh_init> decode(byte_view payload);
};

struct dh_reply {
    static constexpr std::uint8_t number = number::kexdh_reply;
    byte_view host_key;
    byte_view f;
    byte_view signature;

    void encode(writer& w) const;
    static result<dh_reply> decode(byte_view payload);
};

/// RFC 4419 §5: the request of clients that only name the size they prefer.
struct gex_request_old {
    static constexpr std::uint8_t number = number::kex_dh_gex_request_old;
    std::uint32_t preferred = 0;

    void encode(writer& w) const;
    static result<gex_request_old> decode(byte_view payload);
};

struct gex_request {
    static constexpr std::uint8_t number = number::kex_dh_gex_request;
    std::uint32_t min = 0;
    std::uint32_t preferred = 0;
    std::uint32_t max = 0;

    void encode(writer& w) const;
    static result<gex_request> decode(byte_view payload);
};

struct gex_group {
    static constexpr std::uint8_t number = number::kex_dh_gex_group;
    byte_view p;
    byte_view g;

    void encode(writer& w) const;
    static result<gex_group> decode(byte_view payload);
};

struct gex_init {
    static constexpr std::uint8_t number = number::kex_dh_gex_init;
    byte_view e;

    void encode(writer& w) const;
    static result<gex_init> decode(byte_view payload);
};

struct gex_reply {
    static constexpr std::uint8_t number = number::kex_dh_gex_reply;
    byte_view host_key;
    byte_view f;
    byte_view signature;

    void encode(writer& w) const;
    static result<gex_reply> decode(byte_view payload);
};

} // namespace sshoal::wire::msg
