// message_length.hpp - refuses to send messages that are too long for the peer. Most peers end the whole connection at a packet
// of more than 256 KiB.
#pragma once

#include "mux/settings.hpp"
#include "sshoal/error.hpp"

namespace sshoal::mux {

/// `what` and `name` are used in the error text: "the channel request" and "exec".
inline failure check_length(std::string_view what, std::string_view name, std::size_t size, const settings& s)
{
    if (size <= s.max_message)
        return {};
    return {errc::message_too_long, std::string(what) + " \"" + printable(name, 64) + "\" is " + std::to_string(size)
                                        + " bytes long, and limits::max_message is " + std::to_string(s.max_message)};
}

} // namespace sshoal::mux
