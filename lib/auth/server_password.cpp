// server_password.cpp - log-in with a password, the server's side (RFC 4252 §8).
#include "auth/server_userauth.hpp"

namespace sshoal::auth {
namespace {

/// Takes the password out of the request and wipes the request. Returns: false if the request is malformed or the password is too
/// long to be hashed.
bool take_password(server_userauth& st, auth_attempt& into)
{
    const auto request = wire::msg::auth_password::decode(st.header.rest);
    const std::size_t most = st.settings.max_password;
    const bool sound = request && request->password.size() <= most && request->new_password.size() <= most;
    if (sound) {
        into.what = request->change ? auth_attempt::kind::new_password : auth_attempt::kind::password;
        into.password = request->password;
        if (request->change)
            into.new_password = request->new_password;
    }
    st.header = {};
    st.request.clear();
    return sound;
}

} // namespace

flow<outcome<ending>> serve_password(server_userauth& st)
{
    auth_attempt question;
    if (!take_password(st, question))
        co_return st.reject(auth_refusal::bad_request);
    outcome<auth_decision> d = co_await decide(st, question);
    if (!d)
        co_return d.error();
    if (d->what != auth_decision::kind::change_password)
        co_return end_of(st, *d);
    wire::msg::userauth_passwd_changereq demand;
    demand.prompt = d->text;
    st.answer(demand);
    co_return ending::answered;
}

} // namespace sshoal::auth
