// channel_priority.hpp - which of a connection's channels sends its data first.
#pragma once

#include <sshoal/api.hpp>

#include <cstdint>

namespace sshoal SSHOAL_API {

/// Decides whose data is sent first when several channels of a connection have data and the stream is slower than they are. Being
/// first means little waiting, not a larger share: beyond a few packets, all channels get equal parts of the stream.
enum class channel_priority : std::uint8_t {
    automatic,   ///< a channel with a terminal is interactive; another one goes first while it has little data
    interactive, ///< goes first with up to 32 KiB of every 256 KiB that the connection sends
    bulk,        ///< never goes first
};

} // namespace sshoal
