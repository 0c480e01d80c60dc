// client_password.cpp - log-in with a password, and the change of a password that the server demands (RFC 4252 §8).
#include "auth/client_userauth.hpp"
#include "auth/display_text.hpp"

namespace sshoal::auth {
namespace {

constexpr std::string_view password_method = wire::msg::auth_password::method;
constexpr unsigned most_changes = 8; // new passwords that the server finds too weak, in a row

flow<outcome<step>> send_password(
    client_userauth& st, const secret_text& password, const secret_text* new_password, received& reply_out)
{
    wire::msg::auth_password request;
    request.password = password.view();
    if (new_password) {
        request.change = true;
        request.new_password = new_password->view();
    }
    st.proof_sent = true;
    send_request(st, request);
    outcome<received> reply = co_await next_reply(st);
    if (!reply)
        co_return reply.error();
    reply_out = std::move(*reply);
    co_return conclude(st, password_method, reply_out, wire::number::userauth_passwd_changereq);
}

} // namespace

flow<outcome<step>> attempt_password(client_userauth& st)
{
    const unsigned attempt = st.passwords_sent;
    password_question first;
    first.attempt = attempt;
    client_question question(std::move(first));
    outcome<password_answer> typed = co_await ask<password_answer>(st, question);
    if (!typed)
        co_return typed.error();
    if (!typed->password) {
        st.password_over = true;
        co_return step::gave_up;
    }
    secret_text password = std::move(*typed->password);
    ++st.passwords_sent;
    received reply;
    outcome<step> ended = co_await send_password(st, password, nullptr, reply);
    for (unsigned changes = 0; ended && *ended == step::proceed; ++changes) {
        const auto demand = wire::msg::userauth_passwd_changereq::decode(reply.payload());
        if (!demand)
            co_return malformed("USERAUTH_PASSWD_CHANGEREQ");
        if (changes == most_changes) {
            st.password_over = true;
            st.note = "the server took no new password";
            co_return step::gave_up;
        }
        password_question change;
        change.attempt = attempt;
        change.change = true;
        change.prompt = display_text(demand->prompt, longest_prompt);
        question = std::move(change);
        outcome<password_answer> chosen = co_await ask<password_answer>(st, question);
        if (!chosen)
            co_return chosen.error();
        if (!chosen->password && chosen->new_password.empty()) {
            st.password_over = true;
            st.note = "the server demands a new password";
            co_return step::gave_up;
        }
        if (chosen->password && !chosen->password->empty())
            password = std::move(*chosen->password);
        outcome<step> changed = co_await send_password(st, password, &chosen->new_password, reply);
        ended = changed;
    }
    co_return ended;
}

} // namespace sshoal::auth
