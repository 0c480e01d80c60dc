// limits.hpp - the sizes, counts and times that both ends of a connection may set. Each limit has a default that suits servers on
// the open network.
#pragma once

#include <sshoal/api.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {

/// The most channels or requests of the peer that wait for one acceptor, unless the program says another number.
inline constexpr std::size_t default_waiting = 64;

/// Times after which things that nobody uses are ended (sshd_config(5), ChannelTimeout and UnusedConnectionTimeout). A server may set
/// them for each log-in: permissions::idle.
class idle_limits {
public:
    idle_limits() {} // not an aggregate: g++ 12 destroys braced aggregates in co_await statements twice

    /// A channel is closed if no data has moved on it, in either direction, for this long; 0: never. The first entry whose pattern
    /// ('*' and '?') fits the channel's type counts. Types have the names of RFC 4254, or those of sshd_config: "agent-connection",
    /// "x11-connection" and "tun-connection". A session with a program has the name "session:command", "session:shell" or
    /// "session:subsystem:sftp"; it keeps the time of "session" if no entry fits that name. An entry "global" closes all channels
    /// if no data has moved on any of them; no pattern fits that name.
    std::vector<std::pair<std::string, std::chrono::milliseconds>> channels;
    /// The connection ends with errc::timed_out if it is logged in and has had no channel for this long; 0: never. Listeners of
    /// forwarded ports are no channels.
    std::chrono::milliseconds connection{0};
};

/// Key exchanges that are due after an amount of data or a time. A server may set them for each log-in: permissions::rekey.
class rekey_limits {
public:
    rekey_limits() {} // not an aggregate: g++ 12 destroys braced aggregates in co_await statements twice
    rekey_limits(std::uint64_t most_bytes, std::chrono::seconds most_time) : bytes(most_bytes), time(most_time) {}

    std::uint64_t bytes = 0;      ///< in either direction, in place of limits::rekey_bytes; 0: the cipher's own limit
    std::chrono::seconds time{0}; ///< in place of limits::rekey_time; 0: time does not count
};

/// Classes of traffic (IPQoS): the octet that marks a connection's packets in the IP header, for the routers on the way (RFC 2474).
class traffic_classes {
public:
    traffic_classes() {} // not an aggregate: g++ 12 destroys braced aggregates in co_await statements twice
    traffic_classes(int with_terminal, int without_terminal) : interactive(with_terminal), bulk(without_terminal) {}

    int interactive = -1; ///< while a channel with a terminal is open; -1: the system's own class
    int bulk = -1;        ///< otherwise, from the end of the log-in on
};

/// The limits that client_options and server_options have in common. Sizes are in bytes.
class limits {
public:
    limits() {} // not an aggregate: g++ 12 destroys braced aggregates in co_await statements twice

    std::size_t max_packet = 256 * 1024;                 ///< largest packet accepted; at least 35,000 (RFC 4253 §6.1)
    std::size_t max_pending = 1024 * 1024;               ///< bytes that may wait behind a key exchange; more end the connection

    std::uint32_t initial_window = 128 * 1024;           ///< receive window of a new channel
    std::uint32_t max_window = 64u << 20;                ///< the most that one channel's window may grow to
    std::size_t window_budget = 64u << 20;               ///< the most that all windows of a connection may grow by, together
    std::uint32_t max_data = 32 * 1024;                  ///< most data in one packet, both ways

    std::uint64_t send_rate = 0;                         ///< channel data that this side sends, in bytes per second; 0: no limit
    std::uint64_t channel_send_rate = 0;                 ///< the same for each new channel

    std::size_t max_channels = 16384;                    ///< open channels; more are refused (resource shortage)
    std::size_t max_undecided_opens = 1024;              ///< channels of the peer that the program has not decided about yet
    std::size_t max_pending_requests = 64; ///< unanswered requests of the peer, per channel; more end the connection
    std::size_t max_pending_global_requests = 64;        ///< unanswered global requests of the peer; more end the connection

    std::size_t max_message = 256 * 1024 - 256; ///< sending a longer command, name or body fails with errc::message_too_long
    unsigned max_odd_messages = 16384; ///< harmless but senseless messages in a row; more end the connection

    std::uint64_t rekey_bytes = std::uint64_t(1)
                                << 30; ///< new keys after this many bytes in either direction; 0: the cipher's own limit
    std::uint64_t rekey_packets = std::uint64_t(1) << 31;///< new keys after this many packets in either direction
    std::chrono::seconds rekey_time{0};                  ///< new keys after this time; 0: time does not count

    std::chrono::milliseconds identification_timeout{30'000}; ///< for the peer's identification string
    std::chrono::milliseconds kex_timeout{60'000};       ///< for every key exchange, without the application's time to answer
    std::chrono::milliseconds first_kex_timeout{0};      ///< for the first key exchange; 0: kex_timeout
    std::chrono::milliseconds login_timeout{120'000};    ///< from the first byte to the end of log-in; 0: none
    std::chrono::milliseconds keepalive_interval{0};     ///< ask a silent peer for a sign of life; 0: never
    unsigned keepalive_count = 3;                        ///< unanswered keepalives that end the connection
    std::chrono::milliseconds reply_timeout{0};          ///< for the peer's answer to an open or a request, which the peer may
                                                         ///< still grant and carry out later; 0: for ever
    std::chrono::milliseconds channel_timeout{0};        ///< for each wait of reads and writes on a new channel, as
                                                         ///< channel::set_timeout(); 0: for ever
    idle_limits idle;                                    ///< for channels, and for a connection without any
    std::chrono::milliseconds stall_timeout{60'000};     ///< for a peer that asks and does not read the answers; 0: for ever
};

} // namespace sshoal
