// escape_commands.hpp - the escapes "~#", which lists connections that are forwarded, and "~C", which changes the forwardings.
#pragma once

#include "client_forwards.hpp"

#include <memory>
#include <string>

namespace programs {

/// Returns: the session and the streams of all forwardings, one in each line; each line ends as in a terminal in raw mode.
std::string list_connections(const client_forwards& all);

/// Does what a line of "~C" asks for: "-L", "-R", "-D" begin a forwarding, "-KL", "-KR", "-KD" end one, "!" runs a command here if
/// PermitLocalCommand says yes, "?" and "-h" tell about these. Returns: text for the user, "\n" at its ends of lines.
/// Errors (thrown): the end of the connection.
sshoal::awaitable<std::string> obey_command_line(std::string line, const client_settings& c, sshoal::connection connection,
                                                 std::shared_ptr<client_forwards> all);

} // namespace programs
