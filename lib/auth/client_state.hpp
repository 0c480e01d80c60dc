// client_state.hpp - what the methods of a client's log-in share: what the server would accept, what has been tried, and how a
// request ends (RFC 4252 §5.1).
#pragma once

#include "auth/client_flow.hpp"
#include "auth/waits.hpp"
#include "wire/auth_messages.hpp"

namespace sshoal::auth {

inline constexpr std::string_view connection_service = "ssh-connection";

/// How one attempt with a method ended.
enum class step {
    proceed, ///< the reply belongs to the method, which goes on
    success, ///< logged in
    partial, ///< the method succeeded, but the server wants another one as well
    failed,  ///< refused; the server's list is up to date
    gave_up, ///< the method has nothing (more) to offer; no request is waiting for a reply
};

struct client_state {
    client_state(const client_settings& s, client_port& l) : settings(s), link(l) {}

    const client_settings& settings;
    client_port& link;

    std::vector<std::string> can_continue; ///< the list of the last FAILURE
    bool list_known = false;
    bool proof_sent = false;               ///< the request under way carries something only we could know
    client_success so_far;
    unsigned banners = 0;

    std::size_t next_identity = 0;
    std::vector<bytes> offered;            ///< keys that had their turn
    unsigned keys_offered = 0;
    unsigned passwords_sent = 0;
    unsigned dialogues_begun = 0;
    bool none_over = false;
    bool none_sent = false;
    bool password_over = false;
    bool interactive_over = false;
    std::string note;                      ///< why something was not tried, for the error text

    bool server_takes(std::string_view method) const;
    /// The server has answered UNIMPLEMENTED.
    void leave_out(std::string_view method);
    std::string tried() const;
    std::string describe_failure() const;
    /// A request goes out, or the server's list has come.
    void note_progress() const;
};

/// The reply to our request. Banners on the way go to the application.
flow<outcome<received>> next_reply(client_state&);

/// Books a SUCCESS or FAILURE. Any other message is step::proceed if it is `own`, the number the method understands now, and
/// an error if not.
outcome<step> conclude(client_state&, std::string_view method, const received& reply, std::uint8_t own = 0);

/// Puts a question and waits. Errors: invalid_argument where the answer is missing or of another kind.
template <class Answer>
flow<outcome<Answer>> ask(client_state& st, client_question& question)
{
    st.link.busy(true);
    st.link.ask(std::move(question));
    outcome<void> ready = co_await answer_ready(st.link);
    if (!ready)
        co_return outcome<Answer>(boost::system::in_place_error, ready.error());
    std::optional<client_answer> answer = std::exchange(st.link.answer, std::nullopt);
    Answer* const wanted = answer ? std::get_if<Answer>(&*answer) : nullptr;
    if (!wanted)
        co_return outcome<Answer>(boost::system::in_place_error, errc::invalid_argument, "no fitting answer to a question");
    co_return outcome<Answer>(boost::system::in_place_value, std::move(*wanted));
}

template <class Method>
void send_request(client_state& st, const Method& m)
{
    secure_bytes out;
    wire::secure_writer w(out);
    wire::msg::encode_userauth_request(w, st.settings.user, connection_service, m);
    st.note_progress();
    st.link.reply_due(true);
    st.link.send(out);
}

// One attempt each: a key, a password, a dialogue.
flow<outcome<step>> attempt_none(client_state&);
flow<outcome<step>> attempt_publickey(client_state&);
flow<outcome<step>> attempt_password(client_state&);
flow<outcome<step>> attempt_interactive(client_state&);

} // namespace sshoal::auth
