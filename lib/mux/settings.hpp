// settings.hpp - the limits and window sizes of the connection protocol. Every number is an option of the public API.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>

namespace sshoal::mux {

struct settings {
    // Receive windows: each channel starts small and grows while the peer fills it within a round trip or two.
    std::uint32_t initial_window = 128 * 1024;
    std::uint32_t max_window = 64u << 20;        ///< ceiling for one channel
    std::size_t window_budget = 64u << 20;       ///< all that windows may have grown to beyond their initial size, together
    std::uint32_t max_packet = 32 * 1024;        ///< data bytes we accept in one packet
    std::uint32_t max_packet_out = 32 * 1024;    ///< data bytes we put into one packet, whatever the peer would take

    // Limits to our own sending of channel data, in bytes per second; zero: none.
    std::uint64_t send_rate = 0;                 ///< all channels together
    std::uint64_t channel_send_rate = 0;         ///< of a new channel

    std::size_t max_channels = 16384;            ///< open, opening and closing channels together
    std::size_t max_undecided_opens
        = 128; ///< opens of the peer that nobody has answered yet; more are refused (resource shortage)
    std::size_t max_pending_requests
        = 64; ///< requests of the peer on one channel that nobody has answered yet; more end the connection
    std::size_t max_pending_global_requests = 64;///< the same for global requests
    std::size_t max_outstanding_requests = 1024; ///< our own requests that wait for a reply, per channel and globally
    std::size_t max_message = 256 * 1024 - 256;  ///< a longer message of the caller's is not sent: peers would not take it
    duration reply_timeout = duration::zero();   ///< for the reply to an open or a request; 0: for ever
};

} // namespace sshoal::mux
