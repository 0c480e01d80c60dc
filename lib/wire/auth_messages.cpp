#include "wire/auth_messages.hpp"

namespace sshoal::wire::msg {

result<userauth_request> userauth_request::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    userauth_request m;
    m.user = r.text();
    m.service = r.text();
    m.method = r.text();
    m.rest = r.rest();
    return close_message(r, m);
}

result<auth_none> auth_none::decode(byte_view rest)
{
    const reader r(rest);
    return close_message(r, auth_none{});
}

result<auth_password> auth_password::decode(byte_view rest)
{
    reader r(rest);
    auth_password m;
    m.change = r.boolean();
    m.password = r.text();
    if (m.change)
        m.new_password = r.text();
    return close_message(r, m);
}

result<auth_publickey> auth_publickey::decode(byte_view rest)
{
    reader r(rest);
    auth_publickey m;
    m.has_signature = r.boolean();
    m.algorithm = r.text();
    m.key = r.string();
    if (m.has_signature)
        m.signature = r.string();
    return close_message(r, m);
}

result<auth_publickey_hostbound> auth_publickey_hostbound::decode(byte_view rest)
{
    reader r(rest);
    auth_publickey_hostbound m;
    m.has_signature = r.boolean();
    m.algorithm = r.text();
    m.key = r.string();
    m.host_key = r.string();
    if (m.has_signature)
        m.signature = r.string();
    return close_message(r, m);
}

result<auth_keyboard_interactive> auth_keyboard_interactive::decode(byte_view rest)
{
    reader r(rest);
    auth_keyboard_interactive m;
    m.language = r.text();
    m.submethods = r.text();
    return close_message(r, m);
}

result<auth_hostbased> auth_hostbased::decode(byte_view rest)
{
    reader r(rest);
    auth_hostbased m;
    m.algorithm = r.text();
    m.host_key = r.string();
    m.client_host = r.text();
    m.client_user = r.text();
    m.signature = r.string();
    return close_message(r, m);
}

void write_signature_input(
    writer& w, byte_view session_id, std::string_view user, std::string_view service, const auth_publickey& m)
{
    w.string(session_id).u8(number::userauth_request).string(user).string(service).string(auth_publickey::method);
    w.boolean(true).string(m.algorithm).string(m.key);
}

void write_signature_input(
    writer& w, byte_view session_id, std::string_view user, std::string_view service, const auth_publickey_hostbound& m)
{
    w.string(session_id).u8(number::userauth_request).string(user).string(service).string(auth_publickey_hostbound::method);
    w.boolean(true).string(m.algorithm).string(m.key).string(m.host_key);
}

void write_signature_input(
    writer& w, byte_view session_id, std::string_view user, std::string_view service, const auth_hostbased& m)
{
    w.string(session_id).u8(number::userauth_request).string(user).string(service).string(auth_hostbased::method);
    w.string(m.algorithm).string(m.host_key).string(m.client_host).string(m.client_user);
}

void userauth_failure::encode(writer& w) const
{
    w.u8(number);
    write_name_list(w, methods);
    w.boolean(partial_success);
}

result<userauth_failure> userauth_failure::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    userauth_failure m;
    m.methods = read_name_list(r);
    m.partial_success = r.boolean();
    return close_message(r, std::move(m));
}

void userauth_success::encode(writer& w) const { w.u8(number); }

result<userauth_success> userauth_success::decode(byte_view payload)
{
    const reader r = open_message(payload, number);
    return close_message(r, userauth_success{});
}

void userauth_banner::encode(writer& w) const { w.u8(number).string(text).string(language); }

result<userauth_banner> userauth_banner::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    userauth_banner m;
    m.text = r.text();
    m.language = r.text();
    return close_message(r, m);
}

void userauth_pk_ok::encode(writer& w) const { w.u8(number).string(algorithm).string(key); }

result<userauth_pk_ok> userauth_pk_ok::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    userauth_pk_ok m;
    m.algorithm = r.text();
    m.key = r.string();
    return close_message(r, m);
}

void userauth_passwd_changereq::encode(writer& w) const { w.u8(number).string(prompt).string(language); }

result<userauth_passwd_changereq> userauth_passwd_changereq::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    userauth_passwd_changereq m;
    m.prompt = r.text();
    m.language = r.text();
    return close_message(r, m);
}

void userauth_info_request::encode(writer& w) const
{
    w.u8(number).string(name).string(instruction).string(language).u32(std::uint32_t(prompts.size()));
    for (const prompt& p : prompts)
        w.string(p.text).boolean(p.echo);
}

result<userauth_info_request> userauth_info_request::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    userauth_info_request m;
    m.name = r.text();
    m.instruction = r.text();
    m.language = r.text();
    const std::uint32_t count = r.u32();
    // A prompt takes at least its length and the echo flag, so a count that cannot be true costs no memory.
    if (count > most_prompts || count > r.left() / 5)
        r.fail();
    else
        m.prompts.reserve(count);
    for (std::uint32_t i = 0; i < count && r.ok(); ++i) {
        prompt p;
        p.text = r.text();
        p.echo = r.boolean();
        m.prompts.push_back(p);
    }
    return close_message(r, std::move(m));
}

result<userauth_info_response> userauth_info_response::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    userauth_info_response m;
    const std::uint32_t count = r.u32();
    if (count > most_responses || count > r.left() / 4)
        r.fail();
    else
        m.responses.reserve(count);
    for (std::uint32_t i = 0; i < count && r.ok(); ++i)
        m.responses.push_back(r.text());
    return close_message(r, std::move(m));
}

} // namespace sshoal::wire::msg
