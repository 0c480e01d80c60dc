// auth_messages.hpp - the messages of authentication (RFC 4252), keyboard-interactive included (RFC 4256).
// A request is a header that every method shares, and the method's own fields in `rest`: decode the header, then the method's
// struct from `rest`. encode_userauth_request() writes both in one go. What may carry a secret encodes into secure_bytes as well.
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

    template <class Buffer>
    void encode(basic_writer<Buffer>& w) const
    {
        w.u8(number).string(user).string(service).string(method).raw(rest);
    }
    static result<userauth_request> decode(byte_view payload);
};

/// RFC 4252 §5.2.
struct auth_none {
    static constexpr std::string_view method = "none";

    template <class Buffer>
    void encode(basic_writer<Buffer>&) const {}
    static result<auth_none> decode(byte_view rest);
};

/// RFC 4252 §8.
struct auth_password {
    static constexpr std::string_view method = "password";
    bool change = false; ///< the answer to a PASSWD_CHANGEREQ
    std::string_view password;
    std::string_view new_password; ///< only with `change`

    template <class Buffer>
    void encode(basic_writer<Buffer>& w) const
    {
        w.boolean(change).string(password);
        if (change)
            w.string(new_password);
    }
    static result<auth_password> decode(byte_view rest);
};

/// RFC 4252 §7. Without a signature it asks whether the key would do.
struct auth_publickey {
    static constexpr std::string_view method = "publickey";
    bool has_signature = false;
    std::string_view algorithm;
    byte_view key;
    byte_view signature; ///< only with `has_signature`

    template <class Buffer>
    void encode(basic_writer<Buffer>& w) const
    {
        w.boolean(has_signature).string(algorithm).string(key);
        if (has_signature)
            w.string(signature);
    }
    static result<auth_publickey> decode(byte_view rest);
};

/// OpenSSH's variant whose signature also covers the server's host key.
struct auth_publickey_hostbound {
    static constexpr std::string_view method = "publickey-hostbound-v00@openssh.com";
    bool has_signature = false;
    std::string_view algorithm;
    byte_view key;
    byte_view host_key; ///< the server's, as in the key exchange
    byte_view signature;

    template <class Buffer>
    void encode(basic_writer<Buffer>& w) const
    {
        w.boolean(has_signature).string(algorithm).string(key).string(host_key);
        if (has_signature)
            w.string(signature);
    }
    static result<auth_publickey_hostbound> decode(byte_view rest);
};

/// RFC 4256 §3.1.
struct auth_keyboard_interactive {
    static constexpr std::string_view method = "keyboard-interactive";
    std::string_view language;
    std::string_view submethods;

    template <class Buffer>
    void encode(basic_writer<Buffer>& w) const
    {
        w.string(language).string(submethods);
    }
    static result<auth_keyboard_interactive> decode(byte_view rest);
};

/// RFC 4252 §9.
struct auth_hostbased {
    static constexpr std::string_view method = "hostbased";
    std::string_view algorithm;
    byte_view host_key; ///< the client host's, with certificates if any
    std::string_view client_host;
    std::string_view client_user;
    byte_view signature;

    template <class Buffer>
    void encode(basic_writer<Buffer>& w) const
    {
        w.string(algorithm).string(host_key).string(client_host).string(client_user).string(signature);
    }
    static result<auth_hostbased> decode(byte_view rest);
};

/// The whole SSH_MSG_USERAUTH_REQUEST for a method.
template <class Buffer, class Method>
void encode_userauth_request(basic_writer<Buffer>& w, std::string_view user, std::string_view service, const Method& m)
{
    userauth_request header;
    header.user = user;
    header.service = service;
    header.method = Method::method;
    header.encode(w);
    m.encode(w);
}

/// What the signature of the request covers: the session identifier as a string, then the request up to the key (RFC 4252 §7),
/// up to the host key for the hostbound variant, up to the client's user name for hostbased (§9).
/// `has_signature` and `signature` of the argument do not matter.
void write_signature_input(
    writer& w, byte_view session_id, std::string_view user, std::string_view service, const auth_publickey& m);
void write_signature_input(
    writer& w, byte_view session_id, std::string_view user, std::string_view service, const auth_publickey_hostbound& m);
void write_signature_input(
    writer& w, byte_view session_id, std::string_view user, std::string_view service, const auth_hostbased& m);

struct userauth_failure {
    static constexpr std::uint8_t number = number::userauth_failure;
    name_list methods; ///< that can continue
    bool partial_success = false;

    void encode(writer& w) const;
    static result<userauth_failure> decode(byte_view payload);
};

struct userauth_success {
    static constexpr std::uint8_t number = number::userauth_success;

    void encode(writer& w) const;
    static result<userauth_success> decode(byte_view payload);
};

struct userauth_banner {
    static constexpr std::uint8_t number = number::userauth_banner;
    std::string_view text;
    std::string_view language;

    void encode(writer& w) const;
    static result<userauth_banner> decode(byte_view payload);
};

struct userauth_pk_ok {
    static constexpr std::uint8_t number = number::userauth_pk_ok;
    std::string_view algorithm;
    byte_view key;

    void encode(writer& w) const;
    static result<userauth_pk_ok> decode(byte_view payload);
};

struct userauth_passwd_changereq {
    static constexpr std::uint8_t number = number::userauth_passwd_changereq;
    std::string_view prompt;
    std::string_view language;

    void encode(writer& w) const;
    static result<userauth_passwd_changereq> decode(byte_view payload);
};

/// RFC 4256 §3.2.
struct userauth_info_request {
    static constexpr std::uint8_t number = number::userauth_info_request;
    static constexpr std::uint32_t most_prompts = 100;
    struct prompt {
        std::string_view text;
        bool echo = false;
    };
    std::string_view name;
    std::string_view instruction;
    std::string_view language;
    std::vector<prompt> prompts;

    void encode(writer& w) const;
    static result<userauth_info_request> decode(byte_view payload);
};

/// RFC 4256 §3.4.
struct userauth_info_response {
    static constexpr std::uint8_t number = number::userauth_info_response;
    static constexpr std::uint32_t most_responses = userauth_info_request::most_prompts;
    std::vector<std::string_view> responses;

    template <class Buffer>
    void encode(basic_writer<Buffer>& w) const
    {
        w.u8(number).u32(std::uint32_t(responses.size()));
        for (const std::string_view response : responses)
            w.string(response);
    }
    static result<userauth_info_response> decode(byte_view payload);
};

} // namespace sshoal::wire::msg
