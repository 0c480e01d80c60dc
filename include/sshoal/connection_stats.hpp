// connection_stats.hpp - the counters of a connection.
#pragma once

#include <sshoal/api.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sshoal SSHOAL_API {

/// Counters of one connection, from its start. Bytes and packets are those of the stream: key exchange, log-in, padding and
/// integrity codes included.
struct connection_stats {
    std::uint64_t bytes_in = 0, bytes_out = 0;
    std::uint64_t packets_in = 0, packets_out = 0;
    std::uint64_t key_exchanges = 0;   ///< the first one included
    std::size_t channels = 0;          ///< open now, opening and closing ones included
    std::uint64_t channels_opened = 0; ///< opened so far, by either end
    std::chrono::nanoseconds rtt{0};   ///< the round trip, measured by filled windows and pings; 0: not measured yet
};

} // namespace sshoal
