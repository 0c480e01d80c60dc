// connecting.hpp - the part of connect() and handshake() that is the same.
#pragma once

#include "client/client_options_impl.hpp"
#include "connection/connection_state.hpp"

namespace sshoal::client {

/// Returns: "alice@example.org:22", for the errors.
std::string name_of(const client_options::impl& o, const std::string& host);
failure with_name(const std::string& name, const failure& f);

/// Connects, over `stream` if there is one, and verifies the host key.
/// Returns: when the client is logged in; if the log-in is made by steps, when the first key exchange is over. Errors (thrown), with
/// the name in front: those of connect().
awaitable<std::shared_ptr<conn::connection_handle>> reach_or_throw(std::unique_ptr<byte_stream> stream, std::string host,
                                                                   client_options options, bool by_steps);

} // namespace sshoal::client
