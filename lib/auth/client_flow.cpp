#include "auth/client_flow.hpp"

#include "auth/client_userauth.hpp"
#include "wire/transport_messages.hpp"

namespace sshoal::auth {
namespace {

flow<outcome<void>> request_service(client_port& link)
{
    wire::msg::service_request request;
    request.name = userauth_service;
    send_message(link, request);
    received reply = co_await next_message(link);
    if (reply.number() == wire::number::unimplemented)
        co_return failure(errc::authentication_failed, "the server does not offer the service " + std::string(userauth_service));
    if (reply.number() != wire::number::service_accept)
        co_return unexpected(reply.number(), "before the log-in service is accepted");
    const auto accept = wire::msg::service_accept::decode(reply.payload());
    if (!accept)
        co_return malformed("SERVICE_ACCEPT");
    if (accept->name != userauth_service)
        co_return failure(errc::protocol_error, "the server accepted another service: " + printable(accept->name, 64));
    co_return outcome<void>();
}

using attempt_function = flow<outcome<step>> (*)(client_userauth&);

/// Returns nullptr if the method has nothing left to try, or is not implemented.
attempt_function ready(const client_userauth& st, std::string_view method)
{
    const client_settings& s = st.settings;
    if (method == wire::msg::auth_publickey::method)
        return st.next_identity < s.identities.size() ? attempt_publickey : nullptr;
    if (method == wire::msg::auth_password::method)
        return s.has_password && !st.password_over && st.passwords_sent < s.password_prompts ? attempt_password : nullptr;
    if (method == wire::msg::auth_keyboard_interactive::method)
        return s.has_interactive && !st.interactive_over && st.dialogues_begun < s.password_prompts ? attempt_interactive
                                                                                                     : nullptr;
    return nullptr;
}

/// Returns the best method that can still be tried and that the server accepts, as far as is known.
attempt_function next_attempt(const client_userauth& st)
{
    for (const std::string& method : st.settings.methods)
        if (st.server_takes(method))
            if (const attempt_function attempt = ready(st, method))
                return attempt;
    return nullptr;
}

attempt_function attempt_named(std::string_view method)
{
    if (method == wire::msg::auth_none::method)
        return attempt_none;
    if (method == wire::msg::auth_publickey::method)
        return attempt_publickey;
    if (method == wire::msg::auth_password::method)
        return attempt_password;
    if (method == wire::msg::auth_keyboard_interactive::method)
        return attempt_interactive;
    return nullptr;
}

/// Asks which method comes next. Returns: nullptr if the flow is to choose.
flow<outcome<attempt_function>> chosen_step(client_userauth& st, std::optional<step> last)
{
    step_question which;
    which.last = last;
    which.list_known = st.list_known;
    which.methods = st.can_continue;
    which.note = std::exchange(st.note, {});
    client_question question(std::move(which));
    outcome<step_choice> choice = co_await ask<step_choice>(st, question);
    if (!choice)
        co_return choice.error();
    co_return attempt_named(choice->method);
}

/// Some servers accept a user without any proof and have "none" in their list of methods.
bool none_is_left(const client_userauth& st)
{
    return !st.none_sent && st.server_takes(wire::msg::auth_none::method);
}

} // namespace

// The loop ends: every round asks for the list for the first time, uses up an identity, a password or a dialogue, or closes a
// method; or the program has chosen the method of the round.
flow<outcome<client_success>> log_in(const client_settings& settings, client_port& link)
{
    client_userauth st(settings, link);
    outcome<void> service = co_await request_service(link);
    if (!service)
        co_return service.error();
    bool learn_list = false, begun = false;
    std::optional<step> last;
    for (;;) {
        attempt_function attempt = nullptr;
        if (settings.by_steps) {
            outcome<attempt_function> chosen = co_await chosen_step(st, last);
            if (!chosen)
                co_return chosen.error();
            attempt = *chosen;
        }
        if (!attempt && !std::exchange(begun, true))
            learn_list = settings.probe_none && !st.none_sent;
        if (!attempt)
            attempt = learn_list ? attempt_none : next_attempt(st);
        if (!attempt) {
            if (st.none_over || (st.list_known && !none_is_left(st)))
                co_return st.nothing_left();
            attempt = attempt_none;
        }
        learn_list = false;
        st.proof_sent = false; // the proof belonged to a dialogue that was given up
        outcome<step> ended = co_await attempt(st);
        if (!ended)
            co_return ended.error();
        last = *ended;
        if (*ended != step::success)
            continue;
        if (settings.refuse_no_proof && !st.so_far.proof_given)
            co_return failure(errc::authentication_failed, "the server asked for no proof of who we are, which is refused here");
        st.so_far.user = settings.user;
        co_return std::move(st.so_far);
    }
}

} // namespace sshoal::auth
