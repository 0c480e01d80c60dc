// server_password.cpp - log-in with a password, the server's side (RFC 4252 §8).
#include "auth/server_state.hpp"

namespace sshoal::auth {
namespace {

/// Takes the password out of the request and wipes the request. Returns nothing if the request is malformed or the password is
/// too long to be hashed.
std::optional<password_attempt> take_password(server_state& st)
{
    std::optional<password_attempt> taken;
    const auto request = wire::msg::auth_password::decode(st.header.rest);
    const std::size_t most = st.settings.max_password;
    if (request && request->password.size() <= most && request->new_password.size() <= most) {
        taken.emplace();
        taken->password = secret_text(request->password);
        if (request->change)
            taken->new_password.emplace(request->new_password);
    }
    st.header = {};
    st.request.clear();
    return taken;
}

} // namespace

flow<outcome<ending>> serve_password(server_state& st)
{
    std::optional<password_attempt> taken = take_password(st);
    if (!taken)
        co_return st.reject(auth_refusal::bad_request);
    attempt_kind kind(std::move(*taken));
    outcome<decision> d = co_await decide(st, kind);
    if (!d)
        co_return d.error();
    if (d->what != decision::kind::change_password)
        co_return end_of(st, *d);
    wire::msg::userauth_passwd_changereq demand;
    demand.prompt = d->text;
    st.answer(demand);
    co_return ending::answered;
}

} // namespace sshoal::auth
