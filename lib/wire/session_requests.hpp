// session_requests.hpp - what the requests of session channels carry behind the common fields (RFC 4254 §6, RFC 4335).
// `name` is the request type; encode and decode deal with the `rest` of a channel_request.
#pragma once

#include "wire/message.hpp"

namespace sshoal::wire::msg {

/// Requests without fields of their own: "shell", "auth-agent-req@openssh.com", "eow@openssh.com", "keepalive@openssh.com".
struct no_fields {
    void encode(writer&) const {}
    static result<no_fields> decode(byte_view rest);
};

struct pty_req {
    static constexpr std::string_view name = "pty-req";
    std::string_view term;
    std::uint32_t columns = 0;
    std::uint32_t rows = 0;
    std::uint32_t width_px = 0;
    std::uint32_t height_px = 0;
    byte_view modes; ///< see terminal_modes

    void encode(writer& w) const;
    static result<pty_req> decode(byte_view rest);
};

struct x11_req {
    static constexpr std::string_view name = "x11-req";
    bool single_connection = false;
    std::string_view protocol;
    std::string_view cookie; ///< hexadecimal, not checked here
    std::uint32_t screen = 0;

    void encode(writer& w) const;
    static result<x11_req> decode(byte_view rest);
};

struct env {
    static constexpr std::string_view name = "env";
    std::string_view variable;
    std::string_view value;

    void encode(writer& w) const;
    static result<env> decode(byte_view rest);
};

struct exec {
    static constexpr std::string_view name = "exec";
    std::string_view command;

    void encode(writer& w) const;
    static result<exec> decode(byte_view rest);
};

struct subsystem {
    static constexpr std::string_view name = "subsystem";
    std::string_view subsystem_name;

    void encode(writer& w) const;
    static result<subsystem> decode(byte_view rest);
};

struct window_change {
    static constexpr std::string_view name = "window-change";
    std::uint32_t columns = 0;
    std::uint32_t rows = 0;
    std::uint32_t width_px = 0;
    std::uint32_t height_px = 0;

    void encode(writer& w) const;
    static result<window_change> decode(byte_view rest);
};

struct xon_xoff {
    static constexpr std::string_view name = "xon-xoff";
    bool client_can_do = false;

    void encode(writer& w) const;
    static result<xon_xoff> decode(byte_view rest);
};

struct signal {
    static constexpr std::string_view name = "signal";
    std::string_view signal_name; ///< without "SIG"

    void encode(writer& w) const;
    static result<signal> decode(byte_view rest);
};

struct exit_status {
    static constexpr std::string_view name = "exit-status";
    std::uint32_t status = 0;

    void encode(writer& w) const;
    static result<exit_status> decode(byte_view rest);
};

struct exit_signal {
    static constexpr std::string_view name = "exit-signal";
    std::string_view signal_name; ///< without "SIG"
    bool core_dumped = false;
    std::string_view message;
    std::string_view language;

    void encode(writer& w) const;
    static result<exit_signal> decode(byte_view rest);
};

/// RFC 4335 §3.
struct break_request {
    static constexpr std::string_view name = "break";
    std::uint32_t milliseconds = 0;

    void encode(writer& w) const;
    static result<break_request> decode(byte_view rest);
};

} // namespace sshoal::wire::msg
