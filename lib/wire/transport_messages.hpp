// transport_messages.hpp - the generic messages of the transport layer (RFC 4253 §10 and §11), extension negotiation (RFC 8308)
// and OpenSSH's transport-level ping (ping@openssh.com).
#pragma once

#include "wire/message.hpp"
#include "wire/numbers.hpp"

#include <vector>

namespace sshoal::wire::msg {

struct disconnect {
    static constexpr std::uint8_t number = number::disconnect;
    std::uint32_t reason = 0; ///< a disconnect_reason, or a number that the peer made up
    std::string_view description;
    std::string_view language;

    static void fields(auto& m, auto& v) { v(m.reason, m.description, m.language); }
    static result<disconnect> decode(byte_view payload) { return codec<disconnect>::decode(payload); }
};

/// A message that carries one string of bytes without a meaning.
template <std::uint8_t Number>
struct data_only {
    static constexpr std::uint8_t number = Number;
    byte_view data;

    static void fields(auto& m, auto& v) { v(m.data); }
    static result<data_only> decode(byte_view payload) { return codec<data_only>::decode(payload); }
};

using ignore = data_only<number::ignore>;
using ping = data_only<number::ping>;
using pong = data_only<number::pong>;

/// A message that names a service.
template <std::uint8_t Number>
struct service_only {
    static constexpr std::uint8_t number = Number;
    std::string_view name;

    static void fields(auto& m, auto& v) { v(m.name); }
    static result<service_only> decode(byte_view payload) { return codec<service_only>::decode(payload); }
};

using service_request = service_only<number::service_request>;
using service_accept = service_only<number::service_accept>;

struct unimplemented {
    static constexpr std::uint8_t number = number::unimplemented;
    std::uint32_t sequence = 0; ///< packet sequence number of the message that was not understood

    static void fields(auto& m, auto& v) { v(m.sequence); }
    static result<unimplemented> decode(byte_view payload) { return codec<unimplemented>::decode(payload); }
};

struct debug {
    static constexpr std::uint8_t number = number::debug;
    bool always_display = false;
    std::string_view text;
    std::string_view language;

    static void fields(auto& m, auto& v) { v(m.always_display, m.text, m.language); }
    static result<debug> decode(byte_view payload) { return codec<debug>::decode(payload); }
};

/// RFC 8308 §2.3. Decoding accepts a name that occurs twice; §2.5 leaves the meaning to the receiver of the extension.
struct ext_info {
    static constexpr std::uint8_t number = number::ext_info;
    static constexpr std::uint32_t most_extensions = 1024;
    struct extension {
        std::string_view name;
        byte_view value;

        static void fields(auto& m, auto& v) { v(m.name, m.value); }
    };
    std::vector<extension> extensions;

    static void fields(auto& m, auto& v) { v.counted(m.extensions, most_extensions, 4 + 4); }
    static result<ext_info> decode(byte_view payload) { return codec<ext_info>::decode(payload); }
};

} // namespace sshoal::wire::msg
