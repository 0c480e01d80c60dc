// session_requests.hpp - the fields of the requests of session channels (RFC 4254 §6, RFC 4335). `name` is the request type; the
// structs are the `rest` of a channel_request.
#pragma once

#include "wire/message.hpp"

namespace sshoal::wire::msg {

/// Requests without fields of their own: "shell", "auth-agent-req@openssh.com", "eow@openssh.com", "keepalive@openssh.com".
struct no_fields {
    static void fields(auto&, auto&) {}
    static result<no_fields> decode(byte_view rest) { return codec<no_fields>::decode(rest); }
};

inline constexpr std::string_view agent_request = "auth-agent-req@openssh.com";

struct pty_req {
    static constexpr std::string_view name = "pty-req";
    std::string_view term;
    std::uint32_t columns = 0;
    std::uint32_t rows = 0;
    std::uint32_t width_px = 0;
    std::uint32_t height_px = 0;
    byte_view modes; ///< encoded terminal_modes

    static void fields(auto& m, auto& v) { v(m.term, m.columns, m.rows, m.width_px, m.height_px, m.modes); }
    static result<pty_req> decode(byte_view rest) { return codec<pty_req>::decode(rest); }
};

struct x11_req {
    static constexpr std::string_view name = "x11-req";
    bool single_connection = false;
    std::string_view protocol;
    std::string_view cookie; ///< hexadecimal, not checked here
    std::uint32_t screen = 0;

    static void fields(auto& m, auto& v) { v(m.single_connection, m.protocol, m.cookie, m.screen); }
    static result<x11_req> decode(byte_view rest) { return codec<x11_req>::decode(rest); }
};

struct env {
    static constexpr std::string_view name = "env";
    std::string_view variable;
    std::string_view value;

    static void fields(auto& m, auto& v) { v(m.variable, m.value); }
    static result<env> decode(byte_view rest) { return codec<env>::decode(rest); }
};

struct exec {
    static constexpr std::string_view name = "exec";
    std::string_view command;

    static void fields(auto& m, auto& v) { v(m.command); }
    static result<exec> decode(byte_view rest) { return codec<exec>::decode(rest); }
};

struct subsystem {
    static constexpr std::string_view name = "subsystem";
    std::string_view subsystem_name;

    static void fields(auto& m, auto& v) { v(m.subsystem_name); }
    static result<subsystem> decode(byte_view rest) { return codec<subsystem>::decode(rest); }
};

struct window_change {
    static constexpr std::string_view name = "window-change";
    std::uint32_t columns = 0;
    std::uint32_t rows = 0;
    std::uint32_t width_px = 0;
    std::uint32_t height_px = 0;

    static void fields(auto& m, auto& v) { v(m.columns, m.rows, m.width_px, m.height_px); }
    static result<window_change> decode(byte_view rest) { return codec<window_change>::decode(rest); }
};

struct xon_xoff {
    static constexpr std::string_view name = "xon-xoff";
    bool client_can_do = false;

    static void fields(auto& m, auto& v) { v(m.client_can_do); }
    static result<xon_xoff> decode(byte_view rest) { return codec<xon_xoff>::decode(rest); }
};

struct signal {
    static constexpr std::string_view name = "signal";
    std::string_view signal_name; ///< without "SIG"

    static void fields(auto& m, auto& v) { v(m.signal_name); }
    static result<signal> decode(byte_view rest) { return codec<signal>::decode(rest); }
};

struct exit_status {
    static constexpr std::string_view name = "exit-status";
    std::uint32_t status = 0;

    static void fields(auto& m, auto& v) { v(m.status); }
    static result<exit_status> decode(byte_view rest) { return codec<exit_status>::decode(rest); }
};

struct exit_signal {
    static constexpr std::string_view name = "exit-signal";
    std::string_view signal_name; ///< without "SIG"
    bool core_dumped = false;
    std::string_view message;
    std::string_view language;

    static void fields(auto& m, auto& v) { v(m.signal_name, m.core_dumped, m.message, m.language); }
    static result<exit_signal> decode(byte_view rest) { return codec<exit_signal>::decode(rest); }
};

/// RFC 4335 §3.
struct break_request {
    static constexpr std::string_view name = "break";
    std::uint32_t milliseconds = 0;

    static void fields(auto& m, auto& v) { v(m.milliseconds); }
    static result<break_request> decode(byte_view rest) { return codec<break_request>::decode(rest); }
};

} // namespace sshoal::wire::msg
