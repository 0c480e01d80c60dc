// transport.hpp - the transport layer of one connection (RFC 4253): identification, packets, key exchange, rekeying. Without I/O:
// bytes come in through input(), leave through output(), time is a parameter.
#pragma once

#include "base/clock.hpp"
#include "base/io_buffer.hpp"
#include "base/role.hpp"
#include "base/work.hpp"
#include "crypto/key_agreement.hpp"
#include "crypto/rng.hpp"
#include "sshoal/algorithms.hpp"
#include "sshoal/key.hpp"
#include "transport/message_policy.hpp"

#include <memory>

namespace sshoal::transport {

/// What a transport is told once. Shared by the connections of one listener, so it must not change while they live.
struct settings {
    role self = role::client;
    algorithms algos;
    std::string software = "sshoal";       ///< softwareversion of the identification string
    std::vector<public_key> host_keys;     ///< server: in order of preference; the private halves answer on_sign()
    std::vector<crypto::dh_group> moduli;  ///< server: for group exchange, on top of the fixed groups
    std::size_t max_packet = 256 * 1024;   ///< largest packet_length accepted; at least 35,000
    std::size_t max_pending = 1024 * 1024; ///< bytes that may queue up behind a key exchange
    unsigned max_odd_messages = 16384; ///< in a row that make no sense and do no harm; more end the connection
    std::uint64_t rekey_bytes = std::uint64_t(1) << 30; ///< either direction; 0: only the cipher's own limit
    std::uint64_t rekey_packets = std::uint64_t(1) << 31; ///< either direction; never above 2^31
    duration rekey_time = duration::zero(); ///< 0: never by time
    duration identification_timeout = std::chrono::seconds(30);
    duration kex_timeout = std::chrono::seconds(60); ///< from either KEXINIT to NEWKEYS, every time
    duration first_kex_timeout = duration::zero(); ///< for the first one; 0: as every time
};

struct host_key_question {
    public_key key;
    std::string algorithm;
};
struct sign_question {
    std::size_t host_key;  ///< index into settings::host_keys
    std::string algorithm;
    bytes data;
};
struct trace_event {
    bool outgoing;
    std::uint8_t number;
    std::size_t size; ///< payload bytes
};

/// The engine's side of a transport. Called from inside receive() and the senders; must not destroy the transport.
///
/// The jobs of a key exchange go to on_work(), where takes_work(); call work_done() when one is done, from inside that call or
/// later. Input waits until then, and limits::kex_timeout begins anew with each job and behind it.
class handler : public work_port {
public:
    virtual ~handler() = default;
    /// A message of the layers above (numbers 5, 6 and 50 and up, except ping and pong), allowed by the policy. The view dies
    /// with the call.
    /// A failure ends the connection with the given reason.
    virtual failure on_payload(byte_view payload) = 0;
    /// A key exchange is complete and what waited for it has left, so data may flow again where can_send() agrees: a queue can
    /// have run into the next key exchange. Where limits are tiny, send at least one packet from inside this call.
    virtual void on_keys(bool first) = 0;
    /// can_send() has become false: a key exchange began.
    virtual void on_rekey_started() = 0;
    /// Client: verify this key and call host_key_verdict(), from inside this call or later. Input and the deadline of the key
    /// exchange wait until then. Asked once: a rekey must show the same key. The signature has been verified already.
    virtual void on_host_key(host_key_question) = 0;
    /// Server: sign and call signature(), from inside this call or later. Input and the deadline wait until then.
    virtual void on_sign(sign_question) = 0;
    virtual void on_debug(bool always_display, std::string_view text) = 0;
    virtual void on_pong(byte_view data) = 0;
    /// A message that was sent with a ticket has become the packet of this number, from inside send() or later.
    virtual void on_sent(std::uint32_t ticket, std::uint32_t sequence) { (void)ticket, (void)sequence; }
    /// The peer does not know the message of this packet of ours (RFC 4253 §11.4). Returns: whether it was one that matters.
    virtual bool on_unimplemented(std::uint32_t sequence) { return (void)sequence, true; }
    /// Something about this process that its user should know.
    virtual void on_warning(std::string_view) {}
    virtual bool wants_trace() const noexcept { return false; }
    virtual void on_trace(const trace_event&) {}
    /// A step of a key exchange, for the log.
    virtual void on_note(std::string_view) {}
};

/// What the peer told about itself in SSH_MSG_EXT_INFO (RFC 8308).
struct peer_extensions {
    std::vector<std::string> server_sig_algs;
    bool has_server_sig_algs = false;
    bool ping = false;
};

class transport {
public:
    /// All references outlive the transport.
    transport(const settings&, crypto::random_source&, handler&);
    ~transport();

    /// Puts our identification string and KEXINIT into the output.
    void start(time_point now);

    /// Where the driver reads to: input().prepare(n), read, input().commit(n), then receive(now).
    io_buffer& input() noexcept;
    /// Works through the input: as far as it goes, until `budget` payload bytes are handled, until new keys are in use, or until a
    /// question is open. Returns true when complete packets may be left though no question is open. After a failure (see
    /// failed()) it does nothing.
    bool receive(time_point now, std::size_t budget);
    /// A question is open; reading more input is pointless.
    bool paused() const noexcept;

    /// Bytes for the wire. The driver may swap it for another empty buffer.
    io_buffer& output() noexcept;

    /// True outside of key exchanges, once the first is complete: send_data() is allowed.
    bool can_send() const noexcept;
    /// Sends a message, now or after the key exchange that is under way. More than max_pending bytes waiting is a failure. With
    /// a ticket other than 0, handler::on_sent() tells which packet it became.
    void send(byte_view payload, std::uint32_t ticket = 0);
    /// One packet from two parts, on the path that must not allocate. Precondition: can_send().
    void send_data(byte_view head, byte_view body);
    /// Sends DISCONNECT and closes: nothing is sent or handled after it.
    void disconnect(disconnect_reason, std::string_view text);

    /// Begins a key exchange, unless one is under way; where the log-in is not over, behind it.
    void rekey(time_point now);
    /// Answers to on_host_key() and on_sign(). A failure or a refusal ends the connection. Then call receive() again.
    void host_key_verdict(const failure& refused);
    void signature(outcome<bytes>);
    /// A job given to on_work() is done, without trouble. Nothing happens where it is not waited for any more. Then call
    /// receive() again.
    void work_done(const job&);

    /// Log-in succeeded. Delayed compression starts by itself behind USERAUTH_SUCCESS, sent or received; calling this is allowed
    /// at the same moment and changes nothing.
    void authenticated();
    /// The phase of the layers above, for the policy: service, auth, auth_busy or connected.
    void set_phase(phase) noexcept;
    phase current_phase() const noexcept; ///< as the policy sees it for the next message

    bool established() const noexcept; ///< the first key exchange is complete
    byte_view session_id() const noexcept;
    const negotiated& agreed() const noexcept;
    const peer_extensions& extensions() const noexcept;
    std::string_view peer_identification() const noexcept; ///< without CR LF; as received
    /// The server's lines before its identification string, printable.
    const std::vector<std::string>& pre_lines() const noexcept;
    const public_key& host_key() const noexcept; ///< client: the verified one

    /// SSH_MSG_PING (ping@openssh.com); only where extensions().ping. The pong arrives at on_pong().
    void ping(byte_view data);

    /// A time in the past asks for handle_deadline() at once: a key exchange began in a sender, which is not told the time.
    time_point next_deadline() const noexcept;
    void handle_deadline(time_point now);

    /// The message that on_payload() is being called with makes no sense and does no harm. Returns: a failure for on_payload() to
    /// return, where the peer sends nothing else.
    failure odd_message(std::string_view what);

    /// The first failure, its disconnect reason, and whether the peer sent DISCONNECT.
    const failure& failed() const noexcept;
    /// Ends the connection from above: stores the failure and sends DISCONNECT where that makes sense.
    void fail(failure, disconnect_reason);
    struct peer_disconnect {
        bool received = false;
        std::uint32_t reason = 0;
        std::string text;
    };
    const peer_disconnect& disconnected_by_peer() const noexcept;

    struct counters {
        std::uint64_t bytes_in = 0, bytes_out = 0, packets_in = 0, packets_out = 0, key_exchanges = 0;
    };
    const counters& count() const noexcept;

    struct impl;

private:
    std::unique_ptr<impl> impl_;
};

} // namespace sshoal::transport
