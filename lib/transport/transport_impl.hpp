// transport_impl.hpp - the state behind transport. Its functions are spread over transport_receive.cpp (packets in and their
// dispatch), transport_send.cpp (packets out and the queue behind a key exchange), transport_kex.cpp (key exchanges) and
// transport.cpp (the rest).
#pragma once

#include "transport/compression.hpp"
#include "transport/identification.hpp"
#include "transport/kex.hpp"
#include "transport/negotiate.hpp"
#include "transport/packet_reader.hpp"
#include "transport/packet_writer.hpp"
#include "transport/transport.hpp"

#include <optional>

namespace sshoal::transport {

/// The transport answers no PING while more output than this is unsent.
inline constexpr std::size_t pong_output_limit = 1024 * 1024;

/// Returns the default disconnect reason of a failure.
disconnect_reason reason_for(const failure&) noexcept;

/// The state of a key exchange, from the first KEXINIT of either end to the later NEWKEYS.
struct kex_state {
    bytes our_init, peer_init; ///< payloads
    bool peer_arrived = false; ///< peer_init has arrived; the peer may only send messages of the key exchange
    bool skip_guess = false;   ///< the next kex packet was sent on a wrong guess
    bool newkeys_sent = false;
    agreement plan;
    kex_context context;
    kex_inbox inbox;
    flow<outcome<kex_result>> exchange;
    std::unique_ptr<crypto::packet_opener> next_opener; ///< for the packets behind the peer's NEWKEYS
};

struct transport::impl final : kex_port {
    impl(const settings&, crypto::random_source&, handler&);

    // -- transport.cpp --------------------------------------------------------------------------------------------------------
    void start(time_point now);
    void fail(failure, disconnect_reason);
    void fail(failure);
    void disconnect(disconnect_reason, std::string_view text);
    phase current_phase() const noexcept;
    bool can_send() const noexcept { return established_ && !kex_ && pending_.empty() && !failed_; }
    time_point next_deadline() const noexcept;
    void handle_deadline(time_point now);
    void tell(log_level, std::string_view text);
    std::string late_handshake() const;
    void arm(time_point now) noexcept;
    duration kex_limit() const noexcept;
    void release_if_failed() noexcept;

    // -- transport_receive.cpp ------------------------------------------------------------------------------------------------
    bool receive(time_point now, std::size_t budget);
    bool read_identification(time_point now);
    void take_packet(byte_view payload, std::uint32_t sequence);
    void take_transport_message(std::uint8_t number, byte_view payload);
    void trace(bool outgoing, byte_view head, byte_view body = {});
    void tell_debug(byte_view payload);
    void tell_ignore(byte_view payload);
    void take_disconnect(byte_view payload);
    void take_ext_info(byte_view payload);
    void take_ping(byte_view payload);
    void take_unimplemented(byte_view payload);
    void malformed(std::uint8_t number);
    failure odd_message(std::string_view what);

    // -- transport_send.cpp ---------------------------------------------------------------------------------------------------
    void send(byte_view payload, std::uint32_t ticket);
    void send_data(byte_view head, byte_view body);
    void write(byte_view head, byte_view body = {}); ///< writes at once, even during a key exchange
    void rekey_if_due();
    std::uint64_t rekey_bytes() const noexcept { return own_rekey_ ? own_rekey_->first : config_.rekey_bytes; }
    duration rekey_time() const noexcept { return own_rekey_ ? own_rekey_->second : config_.rekey_time; }
    void drain();
    void send_ext_info();
    void start_delayed_compression();

    // -- transport_kex.cpp ----------------------------------------------------------------------------------------------------
    bool may_rekey() const noexcept;
    void request_rekey();
    void begin_kex();
    void take_kexinit(byte_view payload);
    void take_kex_packet(byte_view payload);
    void take_newkeys(byte_view payload);
    void settle_exchange();
    void finish_exchange(kex_result&);
    void host_key_verdict(const failure& refused);
    void signature(outcome<bytes>);
    void work_done(const job&);
    template <class Answer>
    void resume_exchange(mailbox<Answer>& box, Answer answer);
    // kex_port
    void send_kex(byte_view payload) override;
    void ask_host_key(host_key_question) override;
    void ask_signature(host_sign_question) override;
    void note(std::string_view text) override { tell(log_level::debug, text); }
    bool takes_work() const noexcept override { return handler_.takes_work(); }
    void on_work(std::shared_ptr<job>) override;

    const settings& config_;
    std::optional<std::pair<std::uint64_t, duration>> own_rekey_; ///< of set_rekey_limits()
    crypto::random_source& random_;
    handler& handler_;

    io_buffer in_, out_;
    packet_reader reader_;
    packet_writer writer_;
    key_budget budget_in_, budget_out_;
    std::unique_ptr<inflater> inflater_;
    std::unique_ptr<deflater> deflater_;

    std::unique_ptr<identification_reader> identification_; ///< exists until the peer's line has arrived
    std::string our_line_, peer_line_;
    std::vector<std::string> pre_lines_;

    std::unique_ptr<kex_state> kex_;
    secure_bytes pending_;        ///< messages that wait for a key exchange, each behind its ticket and length
    std::size_t pending_at_ = 0;  ///< position of the first message that has not been sent
    std::size_t pending_size_ = 0; ///< payload bytes in pending_

    enum class question : std::uint8_t { none, host_key, signature, work };
    question question_ = question::none;
    const job* job_ = nullptr;      ///< the job that is running; question::work only. The exchange owns it
    bool refused_host_key_ = false; ///< for reasons that are not told to the peer
    phase upper_phase_ = phase::service;
    bool started_ = false;
    bool trace_ = false;
    bool strict_ = false;
    bool peer_reads_ext_info_ = false;
    bool established_ = false;
    bool authenticated_ = false;
    bool rekey_wanted_ = false;
    bool in_exchange_ = false;         ///< the exchange flow is running
    bool draining_ = false;
    bool pause_behind_keys_ = false;   ///< the layers above have not run since new keys came into use
    bool odd_now_ = false;             ///< the present message makes no sense
    bool arm_ = false;                 ///< a key exchange began at an unknown time; the next `now` sets its deadline

    unsigned odd_in_a_row_ = 0;
    time_point now_{};           ///< time of the latest receive()
    time_point deadline_ = never; ///< deadline of the identification or the key exchange
    time_point rekey_at_ = never;

    bytes session_id_;
    negotiated agreed_;
    peer_extensions extensions_;
    presented_key host_key_;
    failure failed_;
    peer_disconnect peer_;
    std::uint32_t sent_disconnect_ = 0;
    counters count_;
};

} // namespace sshoal::transport
