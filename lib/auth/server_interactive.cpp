// server_interactive.cpp - log-in by dialogue, the server's side (RFC 4256).
#include "auth/server_userauth.hpp"

namespace sshoal::auth {
namespace {

constexpr unsigned most_rounds_of_application = 100;
constexpr std::size_t longest_submethods = 1024;

outcome<void> put_round(server_userauth& st, const auth_decision& d)
{
    if (d.prompts.size() > wire::msg::userauth_info_request::most_prompts)
        return failure(errc::invalid_argument, "too many prompts in one round of a log-in dialogue");
    wire::msg::userauth_info_request round;
    round.name = d.name;
    round.instruction = d.text;
    round.prompts.reserve(d.prompts.size());
    for (const prompt& p : d.prompts)
        round.prompts.push_back({p.text, p.echo});
    st.answer(round);
    return {};
}

/// Reads one answer to each question. Returns: false if their number is wrong or one is too long.
bool read_answers(const server_userauth& st, const received& message, std::size_t wanted, auth_attempt& into)
{
    const auto response = wire::msg::userauth_info_response::decode(message.payload());
    if (!response || response->responses.size() != wanted)
        return false;
    into.what = auth_attempt::kind::answers;
    into.answers.reserve(wanted);
    for (const std::string_view answer : response->responses) {
        if (answer.size() > st.settings.max_password)
            return false;
        into.answers.emplace_back(answer);
    }
    return true;
}

} // namespace

flow<outcome<ending>> serve_interactive(server_userauth& st)
{
    const auto request = wire::msg::auth_keyboard_interactive::decode(st.header.rest);
    if (!request)
        co_return st.reject(auth_refusal::bad_request);
    auth_attempt question;
    question.what = auth_attempt::kind::interactive;
    // The submethods are a hint; a list of thousands of devices is not used (CVE-2015-5600).
    if (request->submethods.size() <= longest_submethods)
        question.submethods = request->submethods;
    for (unsigned rounds = 0;; ++rounds) {
        outcome<auth_decision> d = co_await decide(st, question);
        if (!d)
            co_return d.error();
        if (d->what != auth_decision::kind::ask)
            co_return end_of(st, *d);
        if (rounds == most_rounds_of_application)
            co_return ending::rejected;
        const outcome<void> put = put_round(st, *d);
        if (!put)
            co_return put.error();
        st.link.reply_due(true);
        received response = co_await next_message(st.link);
        st.link.reply_due(false);
        if (response.number() == wire::number::userauth_request) {
            st.request = std::move(response);
            co_return ending::abandoned;
        }
        if (response.number() != wire::number::userauth_info_response)
            co_return unexpected(response.number(), "in a log-in dialogue");
        st.received_at = st.link.now();
        question = auth_attempt();
        question.round = rounds + 1;
        const bool complete = read_answers(st, response, d->prompts.size(), question);
        response.clear();
        if (!complete)
            co_return st.reject(auth_refusal::bad_request);
    }
}

} // namespace sshoal::auth
