// client_userauth.hpp - the state that the methods of a client's log-in share: the methods that the server accepts, those that
// have been tried, and the end of a request (RFC 4252 §5.1).
#pragma once

#include "auth/client_flow.hpp"
#include "auth/waits.hpp"
#include "wire/auth_messages.hpp"

namespace sshoal::auth {

inline constexpr std::string_view connection_service = "ssh-connection";

struct client_userauth {
    client_userauth(const client_settings& s, client_port& l) : settings(s), link(l) {}

    const client_settings& settings;
    client_port& link;

    std::vector<std::string> can_continue; ///< the methods in the last FAILURE
    bool list_known = false;
    bool proof_sent = false;               ///< the current request carries a secret or a signature
    client_success so_far;
    presented_key tried_key; ///< the key of the last attempt with method publickey
    unsigned banners = 0;

    std::size_t next_identity = 0;
    std::vector<bytes> offered;            ///< keys that have been offered
    unsigned keys_offered = 0;
    unsigned passwords_sent = 0;
    unsigned dialogues_begun = 0;
    bool none_over = false;
    bool none_sent = false;
    bool password_over = false;
    bool interactive_over = false;
    std::string note;                      ///< the reason why a credential was not tried, for the error text

    bool server_takes(std::string_view method) const;
    /// Removes a method to which the server has answered UNIMPLEMENTED.
    void leave_out(std::string_view method);
    std::vector<std::string> tried_methods() const;
    std::string tried() const;
    /// Returns: authentication_failed, with the methods in its text and its detail.
    failure nothing_left() const;
    /// Updates settings.progress when a request is sent or the server's list has arrived.
    void note_progress() const;
};

/// Waits for the reply to our request. Banners that arrive before it go to the application.
flow<outcome<received>> next_reply(client_userauth&);

/// Records a SUCCESS or FAILURE. Any other message gives step::proceed if its number is `own`, which the method understands now,
/// and an error otherwise.
outcome<step> conclude(client_userauth&, std::string_view method, const received& reply, std::uint8_t own = 0);

/// Asks a question and waits for the answer. Errors: invalid_argument if the answer is missing or of another kind.
template <class Answer>
flow<outcome<Answer>> ask(client_userauth& st, client_question& question)
{
    st.link.busy(true);
    st.link.ask(std::move(question));
    outcome<void> ready = co_await answer_ready(st.link);
    if (!ready)
        co_return outcome<Answer>(boost::system::in_place_error, ready.error());
    const std::unique_ptr<client_answer> answer = std::exchange(st.link.answer, nullptr);
    Answer* const wanted = answer ? std::get_if<Answer>(&*answer) : nullptr;
    if (!wanted)
        co_return outcome<Answer>(boost::system::in_place_error, errc::invalid_argument, "no fitting answer to a question");
    co_return outcome<Answer>(boost::system::in_place_value, std::move(*wanted));
}

void tell_attempted(const client_userauth&, std::string_view method);

template <class Method>
void send_request(client_userauth& st, const Method& m)
{
    secure_bytes out;
    wire::secure_writer w(out);
    wire::msg::encode_userauth_request(w, st.settings.user, connection_service, m);
    st.note_progress();
    tell_attempted(st, Method::method);
    st.link.reply_due(true);
    st.link.send(out);
}

// Each function makes one attempt: with a key, a password or a dialogue.
flow<outcome<step>> attempt_none(client_userauth&);
flow<outcome<step>> attempt_publickey(client_userauth&);
flow<outcome<step>> attempt_password(client_userauth&);
flow<outcome<step>> attempt_interactive(client_userauth&);

} // namespace sshoal::auth
