// auth_messages.hpp - the messages of authentication (RFC 4252), keyboard-interactive included (RFC 4256).
// A request is a header that every method shares, and the method's own fields in `rest`: decode the header, then the method's
// struct from `rest`. encode_userauth_request() writes both at once. Messages that may carry a secret encode into secure_bytes too.
// signed_fields() of a method lists the fields that its signature covers; fields() adds the signature.
#pragma once

#include "wire/name_list.hpp"
#include "wire/numbers.hpp"

#include <vector>

namespace sshoal::wire::msg {

struct userauth_request {
    static constexpr std::uint8_t number = number::userauth_request;
    std::string_view user;
    std::string_view service;
    std::string_view method;
    byte_view rest;

    static void fields(auto& m, auto& v) { v(m.user, m.service, m.method).rest(m.rest); }
    static result<userauth_request> decode(byte_view payload) { return codec<userauth_request>::decode(payload); }
};

/// RFC 4252 §5.2.
struct auth_none {
    static constexpr std::string_view method = "none";

    static void fields(auto&, auto&) {}
    static result<auth_none> decode(byte_view rest) { return codec<auth_none>::decode(rest); }
};

/// RFC 4252 §8.
struct auth_password {
    static constexpr std::string_view method = "password";
    bool change = false; ///< set in the answer to a PASSWD_CHANGEREQ
    std::string_view password;
    std::string_view new_password; ///< only with `change`

    static void fields(auto& m, auto& v)
    {
        v(m.change, m.password);
        if (m.change)
            v(m.new_password);
    }
    static result<auth_password> decode(byte_view rest) { return codec<auth_password>::decode(rest); }
};

/// RFC 4252 §7. A request without a signature asks whether the server would accept the key.
struct auth_publickey {
    static constexpr std::string_view method = "publickey";
    bool has_signature = false;
    std::string_view algorithm;
    byte_view key;
    byte_view signature; ///< only with `has_signature`

    static void signed_fields(auto& m, auto& v) { v(m.has_signature, m.algorithm, m.key); }
    static void fields(auto& m, auto& v)
    {
        signed_fields(m, v);
        if (m.has_signature)
            v(m.signature);
    }
    static result<auth_publickey> decode(byte_view rest) { return codec<auth_publickey>::decode(rest); }
};

/// OpenSSH's variant whose signature also covers the server's host key.
struct auth_publickey_hostbound {
    static constexpr std::string_view method = "publickey-hostbound-v00@openssh.com";
    bool has_signature = false;
    std::string_view algorithm;
    byte_view key;
    byte_view host_key; ///< the server's host key from the key exchange
    byte_view signature;

    static void signed_fields(auto& m, auto& v) { v(m.has_signature, m.algorithm, m.key, m.host_key); }
    static void fields(auto& m, auto& v)
    {
        signed_fields(m, v);
        if (m.has_signature)
            v(m.signature);
    }
    static result<auth_publickey_hostbound> decode(byte_view rest) { return codec<auth_publickey_hostbound>::decode(rest); }
};

/// RFC 4256 §3.1.
struct auth_keyboard_interactive {
    static constexpr std::string_view method = "keyboard-interactive";
    std::string_view language;
    std::string_view submethods;

    static void fields(auto& m, auto& v) { v(m.language, m.submethods); }
    static result<auth_keyboard_interactive> decode(byte_view rest) { return codec<auth_keyboard_interactive>::decode(rest); }
};

/// RFC 4252 §9.
struct auth_hostbased {
    static constexpr std::string_view method = "hostbased";
    std::string_view algorithm;
    byte_view host_key; ///< the host key of the client's host, with certificates if any
    std::string_view client_host;
    std::string_view client_user;
    byte_view signature;

    static void signed_fields(auto& m, auto& v) { v(m.algorithm, m.host_key, m.client_host, m.client_user); }
    static void fields(auto& m, auto& v)
    {
        signed_fields(m, v);
        v(m.signature);
    }
    static result<auth_hostbased> decode(byte_view rest) { return codec<auth_hostbased>::decode(rest); }
};

/// Writes the whole SSH_MSG_USERAUTH_REQUEST for a method.
template <class Buffer, class Method>
void encode_userauth_request(basic_writer<Buffer>& w, std::string_view user, std::string_view service, const Method& m)
{
    encode(w, userauth_request{user, service, Method::method, {}});
    encode(w, m);
}

/// Writes the bytes that the signature of the request covers: the session identifier as a string, then the request up to the key
/// (RFC 4252 §7), up to the host key for the hostbound variant, up to the client's user name for hostbased (§9).
/// The fields `has_signature` and `signature` of `m` are ignored.
void write_signature_input(writer& w, byte_view session_id, std::string_view user, std::string_view service, auth_publickey m);
void write_signature_input(
    writer& w, byte_view session_id, std::string_view user, std::string_view service, auth_publickey_hostbound m);
void write_signature_input(
    writer& w, byte_view session_id, std::string_view user, std::string_view service, const auth_hostbased& m);

struct userauth_failure {
    static constexpr std::uint8_t number = number::userauth_failure;
    name_list methods; ///< methods that can continue the log-in
    bool partial_success = false;

    static void fields(auto& m, auto& v) { v(m.methods, m.partial_success); }
    static result<userauth_failure> decode(byte_view payload) { return codec<userauth_failure>::decode(payload); }
};

using userauth_success = number_only<number::userauth_success>;

struct userauth_banner {
    static constexpr std::uint8_t number = number::userauth_banner;
    std::string_view text;
    std::string_view language;

    static void fields(auto& m, auto& v) { v(m.text, m.language); }
    static result<userauth_banner> decode(byte_view payload) { return codec<userauth_banner>::decode(payload); }
};

struct userauth_pk_ok {
    static constexpr std::uint8_t number = number::userauth_pk_ok;
    std::string_view algorithm;
    byte_view key;

    static void fields(auto& m, auto& v) { v(m.algorithm, m.key); }
    static result<userauth_pk_ok> decode(byte_view payload) { return codec<userauth_pk_ok>::decode(payload); }
};

struct userauth_passwd_changereq {
    static constexpr std::uint8_t number = number::userauth_passwd_changereq;
    std::string_view prompt;
    std::string_view language;

    static void fields(auto& m, auto& v) { v(m.prompt, m.language); }
    static result<userauth_passwd_changereq> decode(byte_view b) { return codec<userauth_passwd_changereq>::decode(b); }
};

/// RFC 4256 §3.2.
struct userauth_info_request {
    static constexpr std::uint8_t number = number::userauth_info_request;
    static constexpr std::uint32_t most_prompts = 100;
    struct prompt {
        std::string_view text;
        bool echo = false;

        static void fields(auto& m, auto& v) { v(m.text, m.echo); }
    };
    std::string_view name;
    std::string_view instruction;
    std::string_view language;
    std::vector<prompt> prompts;

    static void fields(auto& m, auto& v) { v(m.name, m.instruction, m.language).counted(m.prompts, most_prompts, 4 + 1); }
    static result<userauth_info_request> decode(byte_view payload) { return codec<userauth_info_request>::decode(payload); }
};

/// RFC 4256 §3.4.
struct userauth_info_response {
    static constexpr std::uint8_t number = number::userauth_info_response;
    static constexpr std::uint32_t most_responses = userauth_info_request::most_prompts;
    std::vector<std::string_view> responses;

    static void fields(auto& m, auto& v) { v.counted(m.responses, most_responses, 4); }
    static result<userauth_info_response> decode(byte_view payload) { return codec<userauth_info_response>::decode(payload); }
};

} // namespace sshoal::wire::msg
