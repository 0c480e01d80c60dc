// pair.hpp - a client engine and a server engine joined back to back: no sockets, a clock that stands still unless told, bytes
// carried whole, in pieces of random size or one by one, and a connection that can be lost at any byte.
#pragma once

#include "crypto/rng.hpp"
#include "engine/engine.hpp"
#include "sshoal/key.hpp"
#include "transport/transport_impl.hpp"

#include <array>
#include <functional>

namespace sshoal::engine::test {

/// Keys made once per program.
const private_key& host_key();
const private_key& user_key();
const private_key& other_key();

auth::identity identity_of(const private_key&);

/// One algorithm in each slot, so that a handshake is short.
algorithms lean_algorithms();

/// One end of a channel: sends and expects a pattern that tells every lost, doubled or misplaced byte.
class tube final : public mux::channel_observer {
public:
    explicit tube(std::function<void()>& hook) : hook_(hook) {}

    void on_open_confirmed(byte_view) override;
    void on_open_refused(open_failure reason, std::string text) override;
    std::size_t on_data(mux::stream, byte_view) override;
    void on_eof() override;
    void on_writable() override;
    void on_request(const mux::incoming_request&) override;
    void on_reply(std::uint64_t token, bool success) override;
    void on_closed(const failure&) override;

    /// Makes `n` more bytes due, and sends what can be sent.
    void send(std::uint64_t n);
    void pump();
    /// Takes what is queued.
    void drain();
    bool sent_all() const { return sent == due; }
    /// The end of the channel, whichever, has been told exactly once.
    bool over_once() const { return refused + closed == 1 && confirmed <= 1 && !(refused && confirmed); }

    std::shared_ptr<mux::channel> channel;
    bool takes = true;         ///< data is taken at once; otherwise it is queued
    bool pumps = true;         ///< goes on sending in on_writable()
    bool eof_at_end = false;   ///< sends EOF behind the last byte
    bool close_at_end = false; ///< closes when both sides have sent EOF
    std::size_t piece = 1 << 20; ///< most bytes in one write

    std::uint64_t due = 0, sent = 0, received = 0, error_bytes = 0;
    bool intact = true; ///< what was received is the pattern
    int confirmed = 0, refused = 0, eofs = 0, writable = 0, closed = 0;
    std::vector<std::string> requests;
    std::vector<std::pair<std::uint64_t, bool>> replies;
    failure why;
    std::function<void(tube&, const mux::incoming_request&)> serve; ///< default: says yes

private:
    void told();
    void check(byte_view);

    std::function<void()>& hook_;
};

/// One engine and what it was told. Questions are answered by the script below, at once or when settle() is called.
class end final : public engine::observer {
public:
    end(role self, std::uint64_t seed);
    void create();
    /// Instead of create(): the engine belongs to somebody else, and is told what create() would tell it.
    void attach(engine::core& elsewhere);

    void on_host_key(transport::host_key_question) override;
    void on_sign(transport::host_sign_question) override;
    void on_established() override;
    void on_client_question(auth::client_question) override;
    void on_server_attempt(auth_attempt) override;
    void on_banner(std::string text) override;
    void on_authenticated() override;
    void on_open(const mux::incoming_open&) override;
    void on_global_request(const mux::incoming_global_request&) override;
    void on_global_reply(std::uint64_t token, bool success, byte_view body) override;
    void on_pong(std::uint64_t token) override;
    void on_rekey(bool finished) override;
    bool wants_events() const noexcept override { return keep_trace; }
    bool wants_packets() const noexcept override { return keep_trace; }
    void on_event(const event&) override;
    void on_end(const failure&) override;
    bool takes_work() const noexcept override { return hands_over; }
    void on_work(std::shared_ptr<job>) override;

    /// Answers the open question; false if there is none.
    bool settle();
    /// Does the oldest job and gives it back; false if there is none.
    bool do_job();
    tube& open(std::string_view type = "session");
    /// Our messages of this number so far; keep_trace only.
    std::size_t count_sent(std::uint8_t number) const;
    std::size_t count_heard(std::uint8_t number) const;

    engine::settings options;
    std::shared_ptr<engine::core> core;
    std::function<void()> hook; ///< runs inside every call that the engine or a channel makes

    // The script.
    bool answer_at_once = true;
    failure host_key_verdict;           ///< client
    auth::client_settings login;        ///< client
    bool log_in_at_once = true;         ///< client
    std::string password = "right";     ///< client
    std::vector<private_key> keys;      ///< client
    std::vector<std::string> factors;   ///< server: methods that must all pass; empty: one is enough
    bool let_in_without_proof = false;  ///< server: method none does
    bool sign_fails = false;            ///< server: the host key is gone
    std::function<void(tube&)> at_accept; ///< what to do with a channel of the peer
    bool accepts = true;                ///< false: opens wait in `undecided`
    bool answers_global = true;         ///< false: global requests wait in `global_tokens`
    bool keep_trace = true;
    bool hands_over = false;            ///< long computations become jobs
    bool jobs_at_once = false;          ///< and are done inside the call that gives them, else by do_job()
    std::function<void(std::shared_ptr<job>)> carry_job; ///< takes them instead

    // What was heard.
    std::size_t told = 0; ///< calls of any kind but traces
    std::size_t told_after_end = 0;
    std::vector<std::unique_ptr<tube>> tubes;
    std::vector<events::packet> trace;
    std::vector<event_kind> events_told; ///< all but packets
    std::optional<transport::host_key_question> host_key_asked;
    std::optional<transport::host_sign_question> sign_asked;
    std::optional<auth::client_question> question;
    std::optional<auth_attempt> attempt;
    std::vector<std::shared_ptr<job>> jobs;
    std::size_t jobs_given = 0;
    std::vector<std::string> rejected, banners, warnings;
    std::vector<std::uint64_t> undecided, global_tokens, pongs;
    std::vector<std::pair<std::uint64_t, bool>> global_replies;
    int established = 0, authenticated = 0, rekeys_begun = 0, rekeys_done = 0, debugs = 0, ignores = 0, globals = 0, ends = 0;
    failure why;

private:
    void heard();
    void complete_login();
    auth_decision decide(const auth_attempt&) const;
    auth::client_answer answer_to(const auth::client_question&) const;

    crypto::deterministic_random random_;
};

enum class chunks { whole, one_byte, random };

class pair {
public:
    explicit pair(chunks how = chunks::whole, std::uint64_t seed = 1);

    void start();
    /// Carries bytes and runs what is due until both ends are at rest. runtime_error where they never are.
    void run();
    /// start() and run(). `password` is the method unless the settings name others.
    void log_in();
    bool logged_in() const { return client.authenticated == 1 && server.authenticated == 1 && healthy(); }
    bool healthy() const { return !client.core->ended() && !server.core->ended(); }
    /// Moves the clock and lets both ends run what became due.
    void advance(duration);
    /// What `from` has written goes towards `to`, as far as `to` reads. Returns whether anything happened.
    bool carry(end& from, end& to);
    void lose();
    end& other(const end& e) noexcept { return &e == &client ? server : client; }

    end client, server;
    time_point now{std::chrono::hours(1)};
    std::optional<std::size_t> lose_after; ///< bytes that arrive, of both directions together, before the connection is lost
    std::size_t carried = 0;
    std::size_t pipe_room = ~std::size_t(0);  ///< bytes that may be under way in one direction
    bool client_reads = true, server_reads = true;
    std::function<void()> between_turns;
    bool ends_with_stream = true; ///< whoever has ended closes the stream when its last byte is out

private:
    bool tick(end&);

    chunks how_;
    crypto::deterministic_random random_;
    io_buffer to_client_, to_server_;
};

/// The inside of an engine's transport: lets a test play a peer that holds real keys and sends what it should not.
transport::transport::impl& guts(end&) noexcept;
/// Sends a payload under the present keys, whatever the engine thinks of it.
void inject(end& from, byte_view payload);
template <class M>
void inject_message(end& from, const M& m)
{
    inject(from, wire::encoded(m));
}
/// Begins a key exchange as a peer may at any time, where an engine of ours would wait for the end of the log-in.
void begin_rekey(end&);
/// Returns whether each tube of this end has received n bytes, and those the right ones.
bool all_received(const end& e, std::uint64_t n);
/// A message of nothing but its number.
bytes bare(int number);

} // namespace sshoal::engine::test
