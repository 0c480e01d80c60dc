// connection_messages.hpp - global requests and channels (RFC 4254 §4 and §5).
// `rest` holds the fields that the type or name of the message defines; session_requests.hpp and forwarding_requests.hpp have
// structs for them.
#pragma once

#include "wire/message.hpp"
#include "wire/numbers.hpp"

namespace sshoal::wire::msg {

struct global_request {
    static constexpr std::uint8_t number = number::global_request;
    std::string_view name;
    bool want_reply = false;
    byte_view rest;

    static void fields(auto& m, auto& v) { v(m.name, m.want_reply).rest(m.rest); }
    static result<global_request> decode(byte_view payload) { return codec<global_request>::decode(payload); }
};

struct request_success {
    static constexpr std::uint8_t number = number::request_success;
    byte_view rest;

    static void fields(auto& m, auto& v) { v.rest(m.rest); }
    static result<request_success> decode(byte_view payload) { return codec<request_success>::decode(payload); }
};

struct channel_open {
    static constexpr std::uint8_t number = number::channel_open;
    std::string_view type;
    std::uint32_t sender = 0;
    std::uint32_t window = 0;
    std::uint32_t max_packet = 0;
    byte_view rest;

    static void fields(auto& m, auto& v) { v(m.type, m.sender, m.window, m.max_packet).rest(m.rest); }
    static result<channel_open> decode(byte_view payload) { return codec<channel_open>::decode(payload); }
};

struct channel_open_confirmation {
    static constexpr std::uint8_t number = number::channel_open_confirmation;
    std::uint32_t recipient = 0;
    std::uint32_t sender = 0;
    std::uint32_t window = 0;
    std::uint32_t max_packet = 0;
    byte_view rest;

    static void fields(auto& m, auto& v) { v(m.recipient, m.sender, m.window, m.max_packet).rest(m.rest); }
    static result<channel_open_confirmation> decode(byte_view b) { return codec<channel_open_confirmation>::decode(b); }
};

struct channel_open_failure {
    static constexpr std::uint8_t number = number::channel_open_failure;
    std::uint32_t recipient = 0;
    std::uint32_t reason = 0; ///< an open_failure, or a number that the peer made up
    std::string_view description;
    std::string_view language;

    static void fields(auto& m, auto& v) { v(m.recipient, m.reason, m.description, m.language); }
    static result<channel_open_failure> decode(byte_view payload) { return codec<channel_open_failure>::decode(payload); }
};

struct channel_window_adjust {
    static constexpr std::uint8_t number = number::channel_window_adjust;
    std::uint32_t recipient = 0;
    std::uint32_t bytes = 0;

    static void fields(auto& m, auto& v) { v(m.recipient, m.bytes); }
    static result<channel_window_adjust> decode(byte_view payload) { return codec<channel_window_adjust>::decode(payload); }
};

struct channel_data {
    static constexpr std::uint8_t number = number::channel_data;
    static constexpr std::size_t overhead = 1 + 4 + 4; ///< bytes of the message in front of the data
    std::uint32_t recipient = 0;
    byte_view data;

    static void fields(auto& m, auto& v) { v(m.recipient, m.data); }
    static result<channel_data> decode(byte_view payload) { return codec<channel_data>::decode(payload); }
};

struct channel_extended_data {
    static constexpr std::uint8_t number = number::channel_extended_data;
    static constexpr std::size_t overhead = 1 + 4 + 4 + 4;
    static constexpr std::uint32_t stderr_code = 1; ///< SSH_EXTENDED_DATA_STDERR, the only code that is defined
    std::uint32_t recipient = 0;
    std::uint32_t code = 0;
    byte_view data;

    static void fields(auto& m, auto& v) { v(m.recipient, m.code, m.data); }
    static result<channel_extended_data> decode(byte_view payload) { return codec<channel_extended_data>::decode(payload); }
};

struct channel_request {
    static constexpr std::uint8_t number = number::channel_request;
    std::uint32_t recipient = 0;
    std::string_view type;
    bool want_reply = false;
    byte_view rest;

    static void fields(auto& m, auto& v) { v(m.recipient, m.type, m.want_reply).rest(m.rest); }
    static result<channel_request> decode(byte_view payload) { return codec<channel_request>::decode(payload); }
};

/// A message that names a channel and carries nothing else.
template <std::uint8_t Number>
struct recipient_only {
    static constexpr std::uint8_t number = Number;
    std::uint32_t recipient = 0;

    static void fields(auto& m, auto& v) { v(m.recipient); }
    static result<recipient_only> decode(byte_view payload) { return codec<recipient_only>::decode(payload); }
};

using channel_eof = recipient_only<number::channel_eof>;
using channel_close = recipient_only<number::channel_close>;
using channel_success = recipient_only<number::channel_success>;
using channel_failure = recipient_only<number::channel_failure>;
using request_failure = number_only<number::request_failure>;

} // namespace sshoal::wire::msg
