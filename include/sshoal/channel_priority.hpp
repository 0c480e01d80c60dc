// channel_priority.hpp - what a channel's data is to the others of its connection.
#pragma once

#include <cstdint>

namespace sshoal {

/// Whose data goes first when several channels of a connection have some and the stream is slower than they are. Being first
/// means little waiting, not a larger share: what all of them want to send beyond a few packets is shared out in equal parts.
enum class channel_priority : std::uint8_t {
    automatic,   ///< a channel with a terminal is interactive; others go first with little data, as requests and answers are
    interactive, ///< goes first with up to 32 KiB of every 256 KiB that the connection sends
    bulk,        ///< never goes first
};

} // namespace sshoal
