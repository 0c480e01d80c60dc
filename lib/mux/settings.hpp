// settings.hpp - the limits and window sizes of the connection protocol. Every number is an option of the public API.
#pragma once

#include "mux/idle_times.hpp"

#include <cstddef>
#include <cstdint>

namespace sshoal::mux {

struct settings {
    // Each receive window starts small and grows while the peer fills it within one or two round trips.
    std::uint32_t initial_window = 128 * 1024;
    std::uint32_t max_window = 64u << 20;        ///< ceiling for one channel
    std::size_t window_budget = 64u << 20;       ///< sum by which all windows may grow beyond their initial size
    std::uint32_t max_packet = 32 * 1024;        ///< data bytes that we accept in one packet
    std::uint32_t max_packet_out = 32 * 1024;    ///< data bytes that we put into one packet, even if the peer accepts more

    // Limits of our own sending of channel data, in bytes per second; zero: no limit.
    std::uint64_t send_rate = 0;                 ///< all channels together
    std::uint64_t channel_send_rate = 0;         ///< for each new channel

    std::size_t max_channels = 16384;            ///< open, opening and closing channels together
    std::size_t max_undecided_opens
        = 128; ///< unanswered opens of the peer; more are refused (resource shortage)
    std::size_t max_pending_requests
        = 64; ///< unanswered requests of the peer on one channel; more end the connection
    std::size_t max_pending_global_requests = 64;///< the same for global requests
    std::size_t max_outstanding_requests = 1024; ///< our own requests that wait for a reply, per channel and globally
    std::size_t max_message = 256 * 1024 - 256;  ///< longer messages of the caller are not sent, since peers would refuse them
    duration reply_timeout = duration::zero();   ///< longest wait for the reply to an open or a request; 0: for ever
    idle_times idle;                             ///< after which channels without data are closed
};

} // namespace sshoal::mux
