#include "wire/auth_messages.hpp"
#include "wire/fields.hpp"

namespace sshoal::wire {

template struct codec<msg::userauth_request>;
template struct codec<msg::auth_none>;
template struct codec<msg::auth_password>;
template struct codec<msg::auth_publickey>;
template struct codec<msg::auth_publickey_hostbound>;
template struct codec<msg::auth_keyboard_interactive>;
template struct codec<msg::auth_hostbased>;
template struct codec<msg::userauth_failure>;
template struct codec<msg::userauth_success>;
template struct codec<msg::userauth_banner>;
template struct codec<msg::userauth_pk_ok>;
template struct codec<msg::userauth_passwd_changereq>;
template struct codec<msg::userauth_info_request>;
template struct codec<msg::userauth_info_response>;

template struct secret_codec<msg::userauth_request>;
template struct secret_codec<msg::auth_none>;
template struct secret_codec<msg::auth_password>;
template struct secret_codec<msg::auth_publickey>;
template struct secret_codec<msg::auth_publickey_hostbound>;
template struct secret_codec<msg::auth_keyboard_interactive>;
template struct secret_codec<msg::auth_hostbased>;
template struct secret_codec<msg::userauth_info_response>;

namespace msg {

namespace {

/// The signature covers the session identifier and the request without its signature.
template <class Method>
void write_signed(writer& w, byte_view session_id, std::string_view user, std::string_view service, const Method& m)
{
    w.string(session_id);
    wire::encode(w, userauth_request{user, service, Method::method, {}});
    field_writer v(w);
    Method::signed_fields(m, v);
}

} // namespace

void write_signature_input(writer& w, byte_view session_id, std::string_view user, std::string_view service, auth_publickey m)
{
    m.has_signature = true;
    write_signed(w, session_id, user, service, m);
}

void write_signature_input(
    writer& w, byte_view session_id, std::string_view user, std::string_view service, auth_publickey_hostbound m)
{
    m.has_signature = true;
    write_signed(w, session_id, user, service, m);
}

void write_signature_input(
    writer& w, byte_view session_id, std::string_view user, std::string_view service, const auth_hostbased& m)
{
    write_signed(w, session_id, user, service, m);
}

} // namespace msg

} // namespace sshoal::wire
