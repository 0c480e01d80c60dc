// events.hpp - events on connections, as structs for programs. The text log has the same events for people.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/endpoint.hpp>
#include <sshoal/error.hpp>
#include <sshoal/log.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sshoal SSHOAL_API {

class presented_key;
class public_key;
struct negotiated;

/// The kinds of events; each is the type of the same name in namespace events. Later versions add kinds.
enum class event_kind : std::uint8_t {
    message,
    listening,
    connection_dropped,
    connection_started,
    version_exchanged,
    key_exchange_started,
    host_key_shown,
    key_exchange_done,
    auth_attempted,
    auth_accepted,
    auth_refused,
    logged_in,
    channel_opened,
    channel_refused,
    channel_closed,
    request_received,
    request_answered,
    peer_debug,
    peer_ignore,
    packet,
    connection_ended,
    forwarding_started,
    forwarding_ended,
    forwarding_refused,
    forwarding_failed,
    link_up,
    link_down,
    link_ended,
};

/// The common part of all events. An event and everything that it refers to live until event_sink::on_event() returns.
/// Text that came from the peer is unchanged; printable() makes it fit to be shown.
class event {
public:
    event_kind kind() const noexcept { return kind_; }
    /// Returns: the event as an E, such as events::logged_in; nullptr where it is of another kind.
    template <class E>
    const E* as() const noexcept
    {
        return kind_ == E::own_kind ? static_cast<const E*>(this) : nullptr;
    }

protected:
    explicit event(event_kind k) noexcept : kind_(k) {}
    event(const event&) noexcept = default;
    event& operator=(const event&) noexcept = default;
    ~event() = default;

private:
    event_kind kind_;
};

/// The connection, or the listener, that an event is about.
struct event_origin {
    std::uint64_t connection = 0;  ///< the connection's number, connection::number(); 0: a listener, or what outlives connections
    bool server = false;           ///< this end is the server
    std::string_view user;         ///< the user who is logged in; empty before that
    const endpoint* remote = nullptr; ///< the peer's address; null for a listener
    const endpoint* local = nullptr;  ///< this end's address
};

namespace events {

template <event_kind Kind>
struct of_kind : event {
    static constexpr event_kind own_kind = Kind;
    of_kind() noexcept : event(Kind) {}
};

/// One line of the log that belongs to no other event. Only sinks that want messages of its level get it.
struct message : of_kind<event_kind::message> {
    log_level level = log_level::info;
    std::string_view text; ///< printable
};

/// A listener waits for connections.
struct listening : of_kind<event_kind::listening> {
    const endpoint* address = nullptr;
};

/// The reasons for which a listener closes a connection at once.
enum class drop_reason : std::uint8_t {
    max_connections,  ///< server_options::max_connections()
    max_startups,     ///< too many connections are not logged in yet
    max_per_source,   ///< too many connections come from this address
    source_penalty,   ///< this address has failed to log in too often
};

/// A listener has closed a connection as soon as it arrived.
struct connection_dropped : of_kind<event_kind::connection_dropped> {
    drop_reason reason = drop_reason::max_connections;
    const endpoint* remote = nullptr; ///< the peer's address
    std::size_t count = 0;    ///< the number of connections that the limit counts
};

/// A stream joins the two ends, and the protocol begins.
struct connection_started : of_kind<event_kind::connection_started> {};

/// The peer's identification string has arrived (RFC 4253 §4.2).
struct version_exchanged : of_kind<event_kind::version_exchanged> {
    std::string_view peer; ///< "SSH-2.0-OpenSSH_9.2p1"
};

/// A key exchange begins (RFC 4253 §7).
struct key_exchange_started : of_kind<event_kind::key_exchange_started> {
    bool first = false; ///< the connection's first one
};

/// Client: the server has proved that it owns this key. The verifier is asked next.
struct host_key_shown : of_kind<event_kind::host_key_shown> {
    const public_key* key = nullptr;
    std::string_view type, fingerprint; ///< "ssh-ed25519", "SHA256:..."
};

/// New keys are in use in both directions.
struct key_exchange_done : of_kind<event_kind::key_exchange_done> {
    bool first = false;
    const negotiated* algorithms = nullptr;
    std::string_view peer;                ///< the peer's identification string
    std::chrono::nanoseconds duration{0}; ///< the time since key_exchange_started, questions to people included
};

/// A request to log in has been sent (client) or has arrived (server) (RFC 4252 §5). A method may need several: a query about a
/// key and the signature, for instance.
struct auth_attempted : of_kind<event_kind::auth_attempted> {
    std::string_view user, method;
};

/// A method has succeeded.
struct auth_accepted : of_kind<event_kind::auth_accepted> {
    std::string_view user, method;
    bool partial = false; ///< the server wants more methods
};

/// The reasons for which a request to log in was refused, as far as this end knows.
enum class auth_refusal : std::uint8_t {
    by_peer,          ///< client: the server has refused the request, and does not say why
    by_authenticator, ///< the application has refused the request
    not_offered,      ///< the server does not offer this method to this user
    bad_user,         ///< the user's name is too long or holds a zero byte
    bad_request,      ///< the request is malformed or too long
    bad_key,          ///< the key is damaged, too short, or its algorithm is not allowed
    bad_signature,    ///< the signature does not verify
    abandoned,        ///< the client has begun another request in the midst of a dialogue
};

/// A request to log in was refused. There is no event for the first request of method "none", which only asks for the list of
/// methods.
struct auth_refused : of_kind<event_kind::auth_refused> {
    std::string_view user, method;
    auth_refusal reason = auth_refusal::by_peer;
    std::span<const std::string> methods; ///< the methods that can continue, as the server says
    const presented_key* key = nullptr;   ///< publickey: the key, if it is one that this end can read; otherwise null
    std::string_view key_type, fingerprint; ///< the key's: "ssh-ed25519", "SHA256:..."
};

/// The log-in is complete.
struct logged_in : of_kind<event_kind::logged_in> {
    std::string_view user;
    std::span<const std::string> methods; ///< the methods that succeeded, in order
    const presented_key* key = nullptr;   ///< the key that was proved last; null if there was none
    std::string_view key_type, fingerprint; ///< the key's: "ssh-ed25519", "SHA256:..."
};

/// A channel is open (RFC 4254 §5.1).
struct channel_opened : of_kind<event_kind::channel_opened> {
    std::uint32_t number = 0; ///< this end's number of the channel; a later channel may have it again
    std::string_view type;
    bool by_peer = false;
    std::string_view name; ///< the application's name for the channel; empty: none
};

/// A channel was not opened.
struct channel_refused : of_kind<event_kind::channel_refused> {
    std::string_view type;
    bool by_peer = false; ///< the peer wanted to open the channel, and this end has refused
    open_failure reason = open_failure::administratively_prohibited;
    std::string_view text; ///< the description in the message, beside the reason
};

/// An open channel is over: both ends have closed it, or the connection has ended.
struct channel_closed : of_kind<event_kind::channel_closed> {
    std::uint32_t number = 0;
    std::string_view type;
    std::uint64_t bytes_in = 0, bytes_out = 0;
    std::string_view name; ///< the application's name for the channel; empty: none
};

/// The peer has made a request: about a channel (RFC 4254 §5.4) or about the connection (RFC 4254 §4).
struct request_received : of_kind<event_kind::request_received> {
    static constexpr std::uint32_t no_channel = ~std::uint32_t(0);
    std::uint32_t channel = no_channel; ///< no_channel: a global request
    std::string_view name;
    bool want_reply = false;
};

/// A request of the peer that wants a reply has got one.
struct request_answered : of_kind<event_kind::request_answered> {
    std::uint32_t channel = request_received::no_channel;
    std::string_view name;
    bool granted = false;
};

/// The peer has sent SSH_MSG_DEBUG (RFC 4253 §11.3). There is no event before the connection is encrypted.
struct peer_debug : of_kind<event_kind::peer_debug> {
    bool always_display = false; ///< the peer wants the text to be shown to people; the log has it at info then, else at debug
    std::string_view text; ///< printable, cut after 256 bytes
};

/// The peer has sent SSH_MSG_IGNORE (RFC 4253 §11.2), which says nothing. There is no event before the connection is encrypted,
/// and the log has no line for it.
struct peer_ignore : of_kind<event_kind::peer_ignore> {
    std::span<const std::byte> data;
};

/// A packet has left or arrived. Only sinks that want packets get it.
struct packet : of_kind<event_kind::packet> {
    bool outgoing = false;
    std::uint8_t number = 0;  ///< of the message
    std::string_view name;    ///< "SSH_MSG_CHANNEL_DATA"
    std::size_t size = 0;     ///< bytes of the payload
    /// The first bytes of the payload, as many as dump_packets() shows; empty without that option.
    std::span<const std::byte> bytes;
};

/// The connection is over. Only forwarding_ended can follow.
struct connection_ended : of_kind<event_kind::connection_ended> {
    const failure* why = nullptr;
    std::uint32_t disconnect_reason = 0; ///< the number in the SSH_MSG_DISCONNECT that was sent or received; 0: there was none
    bool by_peer = false;                ///< the peer has sent that message
};

/// The common fields of events about a forwarding.
struct of_forwarding {
    std::string_view what;            ///< "local", "dynamic", "remote", "remote dynamic"; at a server "direct", "remote"
    const endpoint* bound = nullptr;  ///< the address that takes connections; an endpoint without address if there is none
    const endpoint* target = nullptr; ///< an endpoint without address if each stream names its own
};

/// A forwarding takes connections.
struct forwarding_started : of_kind<event_kind::forwarding_started>, of_forwarding {};

/// A forwarding is over: it takes no connections, and all its streams have ended.
struct forwarding_ended : of_kind<event_kind::forwarding_ended>, of_forwarding {
    const failure* why = nullptr;
    std::uint64_t opened = 0, refused = 0; ///< streams
    std::uint64_t bytes_to_target = 0, bytes_from_target = 0;
};

/// A forwarding could not open a stream. `target` is that of the stream. A stream that is opened is a channel, and has the events
/// of channels.
struct forwarding_refused : of_kind<event_kind::forwarding_refused>, of_forwarding {
    const endpoint* originator = nullptr; ///< an endpoint without address if it is not known
    const failure* why = nullptr;
};

/// A forwarding of a tunnel cannot take connections at `bound`; it is tried again.
struct forwarding_failed : of_kind<event_kind::forwarding_failed>, of_forwarding {
    const failure* why = nullptr;
};

/// The common field of events about a connection that is kept: a reconnector's, a tunnel's or a pool's.
struct of_link {
    std::string_view name; ///< reconnect_options::name(), or the target: "alice@example.org"
};

/// There is a connection.
struct link_up : of_kind<event_kind::link_up>, of_link {
    std::uint64_t connection = 0;  ///< the number that events have for the connection
    std::uint64_t connections = 0; ///< made so far
};

/// The connection was lost, or an attempt to make it has failed; another attempt follows.
struct link_down : of_kind<event_kind::link_down>, of_link {
    const failure* why = nullptr;
    unsigned failures = 0;             ///< attempts that have failed since there was a connection
    std::chrono::nanoseconds delay{0}; ///< the time until the next attempt
};

/// There will be no connection any more.
struct link_ended : of_kind<event_kind::link_ended>, of_link {
    const failure* why = nullptr; ///< errc::closed: the program has stopped it
};

} // namespace events

/// Receives events; implemented by applications. One sink may serve many connections and listeners.
///
/// Executor: on_event() is called on the strand of the connection or listener that the event is about, so calls for different
/// connections may come from several threads at once. Errors: exceptions of on_event() are ignored. on_event() must not wait, and
/// operations that it starts on the connection begin after it has returned.
/// Lifetime: connections hold their sink until they are gone.
class event_sink {
public:
    virtual ~event_sink() = default;
    virtual void on_event(const event_origin& from, const event& e) = 0;
    /// Returns: whether the sink wants events::message of this level.
    virtual bool wants_messages(log_level) const noexcept { return false; }
    /// Returns: whether the sink wants events::packet. Each connection asks once, at its start.
    virtual bool wants_packets() const noexcept { return false; }

protected:
    event_sink() = default;
    event_sink(const event_sink&) = default;
    event_sink& operator=(const event_sink&) = default;
};

} // namespace sshoal
