// transport.hpp - the transport layer of one connection (RFC 4253): identification, packets, key exchange, rekeying. Without I/O:
// bytes come in through input(), leave through output(), time is a parameter.
#pragma once

#include "base/clock.hpp"
#include "base/event_port.hpp"
#include "base/io_buffer.hpp"
#include "base/role.hpp"
#include "base/work.hpp"
#include "crypto/key_agreement.hpp"
#include "crypto/rng.hpp"
#include "sshoal/algorithms.hpp"
#include "sshoal/presented_key.hpp"
#include "transport/message_policy.hpp"

#include <memory>
#include <optional>

namespace sshoal::transport {

/// The settings of a transport. The connections of one listener share them, so they must not change while a connection lives.
struct settings {
    role self = role::client;
    algorithms algos;
    std::string software = "sshoal";       ///< softwareversion of the identification string, and a comment behind a space
    std::vector<presented_key> host_keys;  ///< server: in order of preference; on_sign() uses the private halves
    std::vector<crypto::dh_group> moduli;  ///< server: for group exchange, besides the fixed groups
    std::size_t max_packet = 256 * 1024;   ///< largest packet_length accepted; at least 35,000
    std::size_t max_pending = 1024 * 1024; ///< bytes that may wait for the end of a key exchange
    unsigned max_odd_messages = 16384; ///< harmless messages in a row that make no sense; more end the connection
    std::uint64_t rekey_bytes = std::uint64_t(1) << 30; ///< either direction; 0: only the cipher's own limit
    std::uint64_t rekey_packets = std::uint64_t(1) << 31; ///< either direction; never above 2^31
    duration rekey_time = duration::zero(); ///< 0: never by time
    duration identification_timeout = std::chrono::seconds(30);
    duration kex_timeout = std::chrono::seconds(60); ///< from either KEXINIT to NEWKEYS, in every exchange
    duration first_kex_timeout = duration::zero(); ///< for the first exchange; 0: kex_timeout
    std::optional<std::size_t> dump; ///< events::packet has bytes, at most so many of data; none: it has no bytes
};

struct host_key_question {
    presented_key key;
    std::string algorithm; ///< the public key algorithm that was negotiated
    bytes peer_init;       ///< the server's KEXINIT, with the lists of what it offers
};
struct host_sign_question {
    std::size_t host_key;  ///< index into settings::host_keys
    std::string algorithm; ///< of the signature
    bytes data;
};

/// The engine's side of a transport. The calls come from inside receive() and the sending functions; they must not destroy the
/// transport.
///
/// The jobs of a key exchange go to on_work() if takes_work() returns true. Call work_done() when a job is done, inside on_work()
/// or later. Input waits until then, and kex_timeout starts again with each job and after it.
class handler : public work_port, public event_port {
public:
    virtual ~handler() = default;
    /// Handles a message of the layers above (numbers 5, 6 and 50 and up, except ping and pong) that the policy allows. The view
    /// is valid during the call only. A failure ends the connection with its reason.
    virtual failure on_payload(byte_view payload) = 0;
    /// A key exchange is complete and the messages that waited for it have been sent. Data may be sent again if can_send()
    /// returns true: the queue can have started the next key exchange. With tiny limits, send at least one packet inside this
    /// call.
    virtual void on_keys(bool first) = 0;
    /// can_send() has become false, since a key exchange began.
    virtual void on_rekey_started() = 0;
    /// Client: verify this key and call host_key_verdict(), inside this call or later. Input and the deadline of the key exchange
    /// wait until then. The question is asked once, since a rekey must show the same key. The signature has been verified
    /// already.
    virtual void on_host_key(host_key_question) = 0;
    /// Server: sign and call signature(), inside this call or later. Input and the deadline wait until then.
    virtual void on_sign(host_sign_question) = 0;
    virtual void on_pong(byte_view data) = 0;
    /// A message that was sent with a ticket has become the packet with this number. Called inside send() or later.
    virtual void on_sent(std::uint32_t ticket, std::uint32_t sequence) { (void)ticket, (void)sequence; }
    /// The peer does not know the message in this packet of ours (RFC 4253 §11.4). Returns: whether the message mattered.
    virtual bool on_unimplemented(std::uint32_t sequence) { return (void)sequence, true; }
};

/// The extensions that the peer named in SSH_MSG_EXT_INFO (RFC 8308).
struct peer_extensions {
    std::vector<std::string> server_sig_algs;
    bool has_server_sig_algs = false;
    bool ping = false;
};

class transport {
public:
    /// All references must outlive the transport.
    transport(const settings&, crypto::random_source&, handler&);
    ~transport();

    /// Puts our identification string and KEXINIT into the output.
    void start(time_point now);

    /// Returns the buffer for received bytes: call input().prepare(n), read, input().commit(n), then receive(now).
    io_buffer& input() noexcept;
    /// Handles the packets in the input until it has no complete packet, `budget` payload bytes are handled, new keys are in use,
    /// or a question is open. Returns true if complete packets may be left although no question is open. Does nothing after a
    /// failure; see failed().
    bool receive(time_point now, std::size_t budget);
    /// Returns whether a question is open, so that reading more input is pointless.
    bool paused() const noexcept;

    /// Returns the buffer of bytes to send. The driver may swap it for another empty buffer.
    io_buffer& output() noexcept;

    /// Returns whether send_data() is allowed: the first key exchange is complete and no other is running.
    bool can_send() const noexcept;
    /// Sends a message, now or after the present key exchange. More than max_pending waiting bytes are a failure. If the ticket
    /// is not 0, handler::on_sent() tells the number of the packet.
    void send(byte_view payload, std::uint32_t ticket = 0);
    /// Returns the bytes of the messages that wait for the end of the present key exchange.
    std::size_t waiting() const noexcept;
    /// Sends one packet from two parts, without an allocation. Precondition: can_send().
    void send_data(byte_view head, byte_view body);
    /// Sends DISCONNECT and closes. No message is sent or handled afterwards.
    void disconnect(disconnect_reason, std::string_view text);

    /// Begins a key exchange, unless one is running. Before the end of the log-in, the exchange waits for that end.
    void rekey(time_point now);
    /// Replaces settings::rekey_bytes and rekey_time, also for the keys that are in use.
    void set_rekey_limits(std::uint64_t bytes, duration time);
    /// These are the answers to on_host_key() and on_sign(). A failure or a refusal ends the connection. Call receive()
    /// afterwards.
    void host_key_verdict(const failure& refused);
    void signature(outcome<bytes>);
    /// Tells that a job given to on_work() is done and has not failed. A job whose result is not needed any more has no effect.
    /// Call receive() afterwards.
    void work_done(const job&);

    /// Tells that the log-in has succeeded. Delayed compression starts by itself after USERAUTH_SUCCESS, sent or received; a call
    /// at that moment changes nothing.
    void authenticated();
    /// Sets the phase of the layers above, for the policy: service, auth, auth_busy or connected.
    void set_phase(phase) noexcept;
    phase current_phase() const noexcept; ///< the phase that the policy uses for the next message

    bool established() const noexcept; ///< the first key exchange is complete
    byte_view session_id() const noexcept;
    const negotiated& agreed() const noexcept;
    const peer_extensions& extensions() const noexcept;
    std::string_view peer_identification() const noexcept; ///< without CR LF; as received
    /// Returns the lines that the server sent before its identification string, made printable.
    const std::vector<std::string>& pre_lines() const noexcept;
    const presented_key& host_key() const noexcept; ///< client: the verified host key

    /// Sends SSH_MSG_PING (ping@openssh.com). Precondition: extensions().ping. The pong arrives at on_pong().
    void ping(byte_view data);

    /// Returns when handle_deadline() is due. A time in the past asks for a call at once, since a key exchange began in a sending
    /// function, which does not know the time.
    time_point next_deadline() const noexcept;
    void handle_deadline(time_point now);

    /// Tells that the message in the present call of on_payload() is harmless but makes no sense. Returns: a failure for
    /// on_payload() to return, if the peer has sent too many such messages in a row.
    failure odd_message(std::string_view what);

    /// These return the first failure, its disconnect reason, and whether the peer sent DISCONNECT.
    const failure& failed() const noexcept;
    /// Ends the connection from above: stores the failure and sends DISCONNECT if the peer can read it.
    void fail(failure, disconnect_reason);
    struct peer_disconnect {
        bool received = false;
        std::uint32_t reason = 0;
        std::string text;
    };
    const peer_disconnect& disconnected_by_peer() const noexcept;
    /// The reason in the DISCONNECT that this end has sent; 0: it has sent none.
    std::uint32_t sent_disconnect() const noexcept;

    struct counters {
        std::uint64_t bytes_in = 0, bytes_out = 0, packets_in = 0, packets_out = 0, key_exchanges = 0;
    };
    const counters& count() const noexcept;

    struct impl;

private:
    std::unique_ptr<impl> impl_;
};

} // namespace sshoal::transport
