// server_interactive.cpp - log-in by dialogue, the server's side (RFC 4256).
#include "auth/server_state.hpp"

namespace sshoal::auth {
namespace {

constexpr unsigned most_rounds_of_application = 100;
constexpr std::size_t longest_submethods = 1024;

outcome<void> put_round(server_state& st, const decision& d)
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

/// Returns one answer to each question, or nothing if their number is wrong or one is too long.
std::optional<interactive_answers> read_answers(const server_state& st, const received& message, std::size_t wanted)
{
    const auto response = wire::msg::userauth_info_response::decode(message.payload());
    if (!response || response->responses.size() != wanted)
        return std::nullopt;
    interactive_answers given;
    given.answers.reserve(wanted);
    for (const std::string_view answer : response->responses) {
        if (answer.size() > st.settings.max_password)
            return std::nullopt;
        given.answers.emplace_back(answer);
    }
    return given;
}

} // namespace

flow<outcome<ending>> serve_interactive(server_state& st)
{
    const auto request = wire::msg::auth_keyboard_interactive::decode(st.header.rest);
    if (!request)
        co_return st.reject(auth_refusal::bad_request);
    interactive_attempt start;
    // The submethods are a hint; a list of thousands of devices is not used (CVE-2015-5600).
    if (request->submethods.size() <= longest_submethods)
        start.submethods = request->submethods;
    attempt_kind kind(std::move(start));
    for (unsigned rounds = 0;; ++rounds) {
        outcome<decision> d = co_await decide(st, kind);
        if (!d)
            co_return d.error();
        if (d->what != decision::kind::ask)
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
        std::optional<interactive_answers> answers = read_answers(st, response, d->prompts.size());
        response.clear();
        if (!answers)
            co_return st.reject(auth_refusal::bad_request);
        kind = std::move(*answers);
    }
}

} // namespace sshoal::auth
