// client_link.hpp - the stream to the server: TCP, or the program of ProxyCommand.
#pragma once

#include "child_program.hpp"
#include "client_config.hpp"

namespace programs {

struct client_link {
    std::unique_ptr<sshoal::byte_stream> stream;
    std::unique_ptr<child_process> proxy;
};

sshoal::awaitable<sshoal::outcome<client_link>> reach_server(const client_config& c, std::string host);

} // namespace programs
