// message_length.hpp - a message that peers would refuse as too long is not sent: most end the connection at a packet of more
// than 256 KiB, and with it everything else that goes on there.
#pragma once

#include "mux/settings.hpp"
#include "sshoal/error.hpp"

namespace sshoal::mux {

/// `what` and `name` are for the error: "the channel request" and "exec".
inline failure check_length(std::string_view what, std::string_view name, std::size_t size, const settings& s)
{
    if (size <= s.max_message)
        return {};
    return {errc::message_too_long, std::string(what) + " \"" + printable(name, 64) + "\" is " + std::to_string(size)
                                        + " bytes long, and limits::max_message is " + std::to_string(s.max_message)};
}

} // namespace sshoal::mux
