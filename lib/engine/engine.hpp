// engine.hpp - one whole SSH connection without I/O: transport, log-in and connection protocol, with the limits and deadlines
// that concern all three. The driver feeds the engine with bytes and time and sends its output.
#pragma once

#include "engine/login.hpp"
#include "engine/observer.hpp"

#include <algorithm>
#include <optional>

namespace sshoal::engine {

class core final : private transport::handler, private mux::output, private mux::observer {
public:
    /// All references must outlive the core.
    core(const settings&, crypto::random_source&, engine::observer&);
    ~core() override;

    // -- the driver's side ----------------------------------------------------------------------------------------------------
    void start(time_point now);
    io_buffer& input() noexcept { return transport_.input(); }
    /// Handles the bytes that have been read. Returns true if more can be handled at once, since the budget of the turn is used
    /// up.
    bool receive(time_point now);
    /// Returns false while reading more would be pointless or harmful; see input_possible() of the driver.
    bool wants_input() const noexcept;
    io_buffer& output() noexcept { return transport_.output(); }
    /// Tells the core that bytes have gone to the stream. Wakes writers that wait for room.
    void output_sent(time_point now);
    /// Wakes the next writers that may send. Call it after commands, and when all writers that were woken before have run.
    /// Returns whether a writer was woken; if so, call it again after that writer has run, best before the output is sent.
    bool resume_writers();
    /// Tells the core that the stream ended or failed.
    void stream_ended(const error_code& why);
    time_point next_deadline() const noexcept;
    void handle_deadline(time_point now);
    void set_now(time_point now) noexcept { now_ = now; }

    // -- commands -------------------------------------------------------------------------------------------------------------
    /// Starts the log-in of a client, after on_established(). The settings must live until the log-in is over.
    void log_in(const auth::client_settings&);
    void answer(auth::client_answer);
    void decide(auth_decision);
    void host_key_verdict(const failure& refused);
    void host_signature(outcome<bytes>);
    /// Tells the core that a job given to on_work() is done. A job that has failed ends the connection. A job whose result is not
    /// needed any more has no effect.
    void work_done(const job&);
    mux::multiplexer& channels() noexcept { return mux_; }
    void rekey();
    /// Asks the peer for an answer, which calls on_pong(token). Every peer answers. Returns false if too many requests are
    /// unanswered or the connection has ended.
    bool ping(std::uint64_t token);
    /// Sends SSH_MSG_IGNORE. Returns false if the message is left out: the connection is not logged in or has ended, or as much
    /// output waits as holds back data, or the message would take more than half of max_pending behind a key exchange.
    bool send_ignore(byte_view data);
    /// Ends the connection from our side.
    void disconnect(disconnect_reason, std::string_view text);
    void fail(failure, disconnect_reason);

    // -- what is known --------------------------------------------------------------------------------------------------------
    const transport::transport& wire() const noexcept { return transport_; }
    bool authenticated() const noexcept { return authenticated_; }
    bool ended() const noexcept { return ended_; }
    const failure& why() const noexcept { return why_; }
    /// The user who is logged in; empty before that.
    std::string_view user() const noexcept { return authenticated_ ? login_.user() : std::string_view(); }
    const auth::client_success& client_log_in() const noexcept { return login_.client_result(); }
    const auth::server_success& server_log_in() const noexcept { return login_.server_result(); }
    const settings& options() const noexcept { return settings_; }
    /// Replaces settings::keepalive_interval and keepalive_count. The first interval begins with the last sign of life.
    void set_keepalive(duration interval, unsigned count) noexcept;
    /// Replaces settings::unused_timeout and the times after which idle channels are closed.
    void set_idle_limits(const idle_limits&);
    void set_rekey_limits(const rekey_limits&);
    /// Calls engine::observer::on_alarm() once, at the earliest of the times given.
    void set_alarm(time_point t) noexcept { alarm_at_ = std::min(alarm_at_, t); }

private:
    // transport::handler
    failure on_payload(byte_view payload) override;
    void on_keys(bool first) override;
    void on_rekey_started() override;
    void on_host_key(transport::host_key_question q) override;
    void on_sign(transport::host_sign_question q) override { observer_.on_sign(std::move(q)); }
    bool takes_work() const noexcept override { return observer_.takes_work(); }
    void on_work(std::shared_ptr<job> j) override { observer_.on_work(std::move(j)); }
    void on_pong(byte_view data) override;
    void on_sent(std::uint32_t ticket, std::uint32_t sequence) override;
    bool on_unimplemented(std::uint32_t sequence) override;
    // event_port, of transport and multiplexer
    bool wants_events() const noexcept override { return observer_.wants_events(); }
    bool wants_packets() const noexcept override { return observer_.wants_packets(); }
    void on_event(const event& e) override { observer_.on_event(e); }
    // mux::output
    bool can_send_data() const noexcept override;
    std::size_t data_room() const noexcept override;
    void send_data(byte_view head, byte_view body) override { transport_.send_data(head, body); }
    void send(byte_view payload) override;
    void send_question(byte_view payload, std::uint32_t ticket) override;
    failure odd_message(std::string_view what) override { return transport_.odd_message(what); }
    time_point now() const noexcept override { return now_; }
    // mux::observer
    void on_open(const mux::incoming_open& o) override { observer_.on_open(o); }
    void on_global_request(const mux::incoming_global_request& r) override;
    void on_global_reply(std::uint64_t token, bool success, byte_view body) override;
    void on_no_global_reply(std::uint64_t token, mux::no_reply why) override;
    /// Acts on the end of the log-in, where that has come.
    void end_login();
    failure handle_login(byte_view payload);
    void check();
    void tell_kex_began(bool first);
    void tell_kex_done(bool first);
    void tell_logged_in();
    void tell_end(const failure& why);
    void note_length(std::size_t payload) noexcept;
    failure late_banner(byte_view payload);
    bool answer_ping(std::uint64_t token);
    std::string first_words() const;
    std::string unidentified(const error_code& why) const;
    std::string last_words() const;
    void finish(failure why);
    void keepalive(time_point now);
    void note_use() const noexcept;

    static constexpr std::uint64_t keepalive_token = ~std::uint64_t(0);

    const settings& settings_;
    engine::observer& observer_;
    time_point now_{};
    transport::transport transport_;
    mux::multiplexer mux_;
    login login_;

    bool authenticated_ = false;
    bool ended_ = false;
    bool output_blocked_ = false; // data packets are held back until the output is below output_low
    failure why_;

    time_point login_deadline_ = never;
    time_point last_heard_{};
    time_point kex_began_{};
    time_point keepalive_at_ = never;
    time_point alarm_at_ = never;
    duration keepalive_interval_; // zero: the peer is not asked
    unsigned keepalive_count_;
    unsigned keepalives_unanswered_ = 0;
    std::uint32_t login_sequence_ = 0; // sequence number of the latest message of the log-in
    std::size_t long_message_ = 0;     // length of that message, until the peer has sent an answer
    mutable time_point stall_at_ = never; // the time at which a full output of which nothing leaves ends the connection
    duration unused_timeout_;
    mutable time_point unused_at_ = never; // the time at which a connection that has no channel ends
    mutable std::uint64_t unused_since_ = 0; // the number of channels that had been open when the time was set
    struct own_ping {
        std::uint64_t token;
        time_point sent;
    };
    std::vector<own_ping> pings_; // in order of sending; SSH_MSG_PONG or the reply to a global request answers a ping
};

} // namespace sshoal::engine
