// client_interactive.cpp - log-in by dialogue (RFC 4256). The server chooses the questions and the number of rounds, within
// limits.
#include "auth/client_userauth.hpp"
#include "auth/display_text.hpp"

namespace sshoal::auth {
namespace {

constexpr std::string_view keyboard_interactive = wire::msg::auth_keyboard_interactive::method;
constexpr unsigned most_rounds_of_server = 100;
constexpr std::size_t longest_name = 256;
constexpr std::size_t longest_instruction = 64 * 1024;

using answers = std::optional<std::vector<secret_text>>;

outcome<prompts_question> read_round(const received& message)
{
    const auto request = wire::msg::userauth_info_request::decode(message.payload());
    if (!request)
        return malformed("USERAUTH_INFO_REQUEST");
    prompts_question q;
    q.name = printable(request->name, longest_name);
    q.instruction = display_text(request->instruction, longest_instruction);
    q.prompts.reserve(request->prompts.size());
    for (const auto& p : request->prompts)
        q.prompts.push_back(prompt{display_text(p.text, longest_prompt), p.echo});
    return q;
}

void send_answers(client_userauth& st, const std::vector<secret_text>& given)
{
    wire::msg::userauth_info_response response;
    response.responses.reserve(given.size());
    for (const secret_text& answer : given)
        response.responses.push_back(answer.view());
    secure_bytes out;
    wire::encode_to(out, response);
    st.link.reply_due(true);
    st.link.send(out);
}

} // namespace

flow<outcome<step>> attempt_interactive(client_userauth& st)
{
    ++st.dialogues_begun;
    send_request(st, wire::msg::auth_keyboard_interactive{});
    for (unsigned rounds = 0;; ++rounds) {
        outcome<received> reply = co_await next_reply(st);
        if (!reply)
            co_return reply.error();
        outcome<step> ended = conclude(st, keyboard_interactive, *reply, wire::number::userauth_info_request);
        if (!ended || *ended != step::proceed) {
            // A server that refuses without a question has none to ask; another attempt would only use up tries.
            if (ended && rounds == 0)
                st.interactive_over = true;
            co_return ended;
        }
        if (rounds == most_rounds_of_server)
            co_return failure(errc::protocol_error, "the server asks questions without end");
        outcome<prompts_question> round = read_round(*reply);
        if (!round)
            co_return round.error();
        round->attempt = st.dialogues_begun - 1;
        const std::size_t wanted = round->prompts.size();
        std::vector<secret_text> given;
        // Servers end a dialogue with a round without prompts and without text; users need not see it.
        if (wanted > 0 || !round->name.empty() || !round->instruction.empty()) {
            client_question question(std::move(*round));
            outcome<answers> answered = co_await ask<answers>(st, question);
            if (!answered)
                co_return answered.error();
            if (!answered->has_value()) {
                st.interactive_over = true;
                co_return step::gave_up; // the next request, if any, ends the dialogue (RFC 4256 §3.1)
            }
            given = std::move(**answered);
        }
        if (given.size() != wanted)
            co_return failure(errc::invalid_argument, "a log-in dialogue was answered with the wrong number of answers");
        if (wanted > 0)
            st.proof_sent = true;
        send_answers(st, given);
    }
}

} // namespace sshoal::auth
