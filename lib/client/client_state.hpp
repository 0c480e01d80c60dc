// client_state.hpp - the client's side of a connection: verifies the host key, and logs in with the keys and functions of the
// options.
#pragma once

#include "client/client_options_impl.hpp"
#include "connection/connection_state.hpp"
#include "sshoal/handshake.hpp"

namespace sshoal::client {

class client_state final : public conn::connection_state {
public:
    client_state(executor strand, std::unique_ptr<byte_stream> stream, std::shared_ptr<const engine::settings> settings,
                 client_options options, std::string host, std::vector<std::shared_ptr<signer>> identities, std::string missing);
    ~client_state() override;

    /// Waits until the client is logged in. Errors: the failure that ended the connection before.
    static awaitable<outcome<void>> logged_in(std::shared_ptr<client_state> self);

    // -- log-in by steps (handshake.cpp) --------------------------------------------------------------------------------------
    /// Called before start(): the log-in waits for steps.
    void log_in_by_steps() { login_.by_steps = true; }
    /// Waits until the first key exchange is over. Errors: the failure that ended the connection before.
    static awaitable<outcome<void>> established(std::shared_ptr<client_state> self);
    /// Makes one attempt with a method. `prepare` provides what the attempt needs, or refuses the attempt; it is called when the
    /// log-in waits for a step.
    static awaitable<outcome<login_step>> take_step(std::shared_ptr<client_state> self, std::string method,
                                                    std::function<failure(client_state&)> prepare);
    /// Goes on with all credentials of the options.
    static awaitable<outcome<void>> take_all_steps(std::shared_ptr<client_state> self);
    void use_key(std::shared_ptr<signer> key);
    /// Refuses an RSA key that is too short.
    failure use_long_key(std::shared_ptr<signer> key);
    failure use_password(std::shared_ptr<const secret_text> password);
    failure use_dialogue(interactive_function answer);
    void trust_host_key() noexcept { key_trusted_ = true; }
    bool host_key_trusted() const noexcept { return key_trusted_; }
    const offered_algorithms& offered() const noexcept { return *offered_; }
    const std::vector<std::string>& server_methods() const noexcept { return step_.methods; }
    /// Returns: the signer whose signature was sent last; null if there was none.
    const std::shared_ptr<signer>& used_key() const noexcept { return used_key_; }
    const std::string& step_note() const noexcept { return step_.note; }

private:
    std::shared_ptr<client_state> self() { return std::static_pointer_cast<client_state>(shared_from_this()); }
    const variables& environment() const noexcept override { return options().environment; }
    const client_options::impl& options() const noexcept { return options_.get(); }

    void on_host_key(transport::host_key_question) override;
    void on_sign(transport::host_sign_question) override {}
    void on_established() override;
    void on_client_question(auth::client_question) override;
    void on_server_attempt(auth_attempt) override {}
    void on_banner(std::string text) override;
    void on_authenticated() override;
    void ended_hook(const failure&) override { login_done_.wake_all(); }
    void add_info(connection_info&) override;

    /// Starts a coroutine that asks the application and answers the engine, outside of the engine's call.
    void ask(awaitable<void> question);
    static awaitable<void> verify(std::shared_ptr<client_state> self, transport::host_key_question q);
    static awaitable<void> sign(std::shared_ptr<client_state> self, auth::sign_question q);
    static awaitable<void> open_key(std::shared_ptr<client_state> self, auth::open_question q);
    static awaitable<outcome<void>> wait_until(std::shared_ptr<client_state> self, bool (*there)(const client_state&));
    bool is_logged_in() const noexcept;
    /// Answers the log-in's question for a method; empty: all, as the options say.
    void choose(std::string method);
    /// Reads the server's lists out of its KEXINIT.
    void keep_offer(byte_view kexinit);
    void use_all_keys();
    auth::identity identity_of(const signer& s) const;
    /// Returns: why a key of the client, or of the host, is too short; empty if it is not.
    std::string too_short(const public_key&) const;
    /// Returns: why the log-in failed, with the methods that were tried if the server ended the connection during the log-in.
    /// Calls on_refused().
    failure why_refused();
    static awaitable<void> ask_password(std::shared_ptr<client_state> self, auth::password_question q);
    /// Returns: the prompt for a password if the server sends none: "alice@example.org's password: ".
    std::string prompt_for(std::string_view what) const;
    static awaitable<void> ask_prompts(std::shared_ptr<client_state> self, auth::prompts_question q);

    client_options options_;
    std::string host_;
    std::vector<std::shared_ptr<signer>> credentials_; ///< of the options, until the log-in begins
    std::vector<std::shared_ptr<signer>> identities_;  ///< those of login_, in the same order
    std::shared_ptr<signer> used_key_;
    std::string missing_; ///< text about the keys that are missing for a log-in
    auth::client_settings login_;
    std::shared_ptr<auth::client_progress> progress_ = std::make_shared<auth::client_progress>();
    parking::gate login_done_; // also wakes who waits for the key exchange, or for a step
    bool established_ = false, key_trusted_ = false, step_asked_ = false;
    auth::step_question step_;                    ///< the latest
    std::unique_ptr<offered_algorithms> offered_; ///< null unless the log-in is made by steps
    unsigned hidden_prompts_ = 0; // dialogues that the password function has answered so far
};

} // namespace sshoal::client
