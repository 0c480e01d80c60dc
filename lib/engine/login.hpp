// login.hpp - runs the log-in flow of either role. It passes messages, answers and times to the flow, and holds back messages
// that arrive while the flow is busy.
#pragma once

#include "engine/observer.hpp"

#include <optional>

namespace sshoal::engine {

/// It sends through the transport and asks the observer. After each call of a function that may run the flow, the engine calls
/// take_result().
class login final : private auth::client_port, private auth::server_port {
public:
    /// The ticket of the messages that a log-in sends. The multiplexer's tickets begin with 1.
    static constexpr std::uint32_t ticket = ~std::uint32_t(0);

    /// The references outlive the log-in. `now` is the engine's time.
    login(transport::transport& wire, engine::observer& who, const time_point& now, std::size_t max_held) noexcept
        : wire_(wire), observer_(who), now_(now), max_held_(max_held)
    {
    }
    ~login() override;

    void start(const auth::client_settings&);
    void start(const auth::server_settings&);
    bool running() const noexcept { return state_ != state::idle && state_ != state::done; }

    /// Handles a message with the number 5, 6 or 50 to 79.
    failure handle(byte_view payload);
    /// Tells the log-in that the server does not know our latest message. Returns whether that message was a request that waits
    /// for its reply.
    bool request_unimplemented();
    void answer(auth::client_answer);
    void answer(auth_decision);
    /// A job that the flow does not wait for has no effect.
    void work_done(const job&);
    time_point next_deadline() const noexcept { return wake_at_; }
    void handle_deadline(time_point now);
    /// Returns how the log-in has ended, once; nothing where it goes on.
    std::optional<outcome<void>> take_result() { return std::exchange(result_, std::nullopt); }
    /// Destroys the flow. No function of the transport or the observer is called any more.
    void stop() noexcept;

    /// The user who has been logged in.
    const std::string& user() const noexcept { return server_result_.user.empty() ? client_result_.user : server_result_.user; }
    const auth::client_success& client_result() const noexcept { return client_result_; }
    const auth::server_success& server_result() const noexcept { return server_result_; }

private:
    enum class state { idle, client, server, done };

    // Client and server flows use the same functions; only inbox and answers differ.
    void send(byte_view payload) override { wire_.send(payload, ticket); }
    void reply_due(bool on) override;
    time_point now() const override { return now_; }
    void wake_at(time_point when) override { wake_at_ = when; }
    void busy(bool) override;
    byte_view session_id() const override { return wire_.session_id(); }
    void ask(auth::client_question) override;
    void ask(auth_attempt) override;
    bool takes_work() const noexcept override { return observer_.takes_work(); }
    void on_work(std::shared_ptr<job>) override;
    void on_banner(std::string text) override { observer_.on_banner(std::move(text)); }
    const std::vector<std::string>& server_sig_algs() const override { return wire_.extensions().server_sig_algs; }
    bool has_server_sig_algs() const override { return wire_.extensions().has_server_sig_algs; }
    bool wants_events() const noexcept override { return observer_.wants_events(); }
    void on_event(const event& e) override { observer_.on_event(e); }

    mailbox<auth::wake>& inbox() noexcept { return state_ == state::client ? client_port::inbox : server_port::inbox; }
    void deliver(auth::wake);
    void pump();
    void set_phase();

    transport::transport& wire_;
    engine::observer& observer_;
    const time_point& now_;
    std::size_t max_held_;
    state state_ = state::idle;
    bool busy_ = false;
    bool service_agreed_ = false;
    bool reply_due_ = false;
    bool pumping_ = false;
    bool ask_pending_ = false;
    time_point wake_at_ = never;
    std::vector<bytes> held_;
    std::vector<auth::wake> due_; // answers and times that arrived while the flow was running
    std::unique_ptr<auth::client_question> question_; // on the heap, since the log-in's place stays for the connection's life
    std::unique_ptr<auth_attempt> attempt_;
    std::shared_ptr<job> job_; // the job that is running or about to be handed out
    bool job_due_ = false;     // the job is about to be handed out
    flow<outcome<auth::client_success>> client_flow_;
    flow<outcome<auth::server_success>> server_flow_;
    std::optional<outcome<void>> result_;
    auth::client_success client_result_;
    auth::server_success server_result_;
};

} // namespace sshoal::engine
