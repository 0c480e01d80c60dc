// transport_messages.hpp - the generic messages of the transport layer (RFC 4253 §10 and §11), extension negotiation (RFC 8308)
// and OpenSSH's transport-level ping (ping@openssh.com).
#pragma once

#include "wire/message.hpp"
#include "wire/numbers.hpp"

#include <vector>

namespace sshoal::wire::msg {

struct disconnect {
    static constexpr std::uint8_t number = number::disconnect;
    std::uint32_t reason = 0; ///< a disconnect_reason, or whatever the peer made up
    std::string_view description;
    std::string_view language;

    void encode(writer& w) const;
    static result<disconnect> decode(byte_view payload);
};

struct ignore {
    static constexpr std::uint8_t number = number::ignore;
    byte_view data;

    void encode(writer& w) const;
    static result<ignore> decode(byte_view payload);
};

struct unimplemented {
    static constexpr std::uint8_t number = number::unimplemented;
    std::uint32_t sequence = 0; ///< packet sequence number of the message that was not understood

    void encode(writer& w) const;
    static result<unimplemented> decode(byte_view payload);
};

struct debug {
    static constexpr std::uint8_t number = number::debug;
    bool always_display = false;
    std::string_view text;
    std::string_view language;

    void encode(writer& w) const;
    static result<debug> decode(byte_view payload);
};

struct service_request {
    static constexpr std::uint8_t number = number::service_request;
    std::string_view name;

    void encode(writer& w) const;
    static result<service_request> decode(byte_view payload);
};

struct service_accept {
    static constexpr std::uint8_t number = number::service_accept;
    std::string_view name;

    void encode(writer& w) const;
    static result<service_accept> decode(byte_view payload);
};

/// RFC 8308 §2.3. A name that comes twice is let through here; §2.5 leaves it to the receiver of the extension.
struct ext_info {
    static constexpr std::uint8_t number = number::ext_info;
    static constexpr std::uint32_t most_extensions = 1024;
    struct extension {
        std::string_view name;
        byte_view value;
    };
    std::vector<extension> extensions;

    void encode(writer& w) const;
    static result<ext_info> decode(byte_view payload);
};

struct ping {
    static constexpr std::uint8_t number = number::ping;
    byte_view data;

    void encode(writer& w) const;
    static result<ping> decode(byte_view payload);
};

struct pong {
    static constexpr std::uint8_t number = number::pong;
    byte_view data;

    void encode(writer& w) const;
    static result<pong> decode(byte_view payload);
};

} // namespace sshoal::wire::msg
