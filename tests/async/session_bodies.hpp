// session_bodies.hpp - the bodies of session requests (RFC 4254 §6), as a client of one's own would send them.
#pragma once

#include "wire/session_requests.hpp"

namespace rig {

inline std::vector<std::byte> env_body(std::string_view name, std::string_view value)
{
    sshoal::wire::msg::env m;
    m.variable = name;
    m.value = value;
    return sshoal::wire::encoded(m);
}

inline std::vector<std::byte> exec_body(std::string_view command)
{
    sshoal::wire::msg::exec m;
    m.command = command;
    return sshoal::wire::encoded(m);
}

} // namespace rig
