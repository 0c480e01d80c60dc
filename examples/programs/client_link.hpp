// client_link.hpp - the stream to the server: TCP, or the program of ProxyCommand.
#pragma once

#include "client_settings.hpp"

#include <sshoal/byte_stream.hpp>

#include <memory>

namespace programs {

using client_link = std::unique_ptr<sshoal::byte_stream>;

sshoal::awaitable<sshoal::outcome<client_link>> reach_server(const client_settings& c);

} // namespace programs
