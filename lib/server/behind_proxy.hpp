// behind_proxy.hpp - reads the header of the PROXY protocol from a stream.
#pragma once

#include "net/dialling.hpp"
#include "sshoal/proxy_protocol.hpp"

namespace sshoal::server {

/// take_proxy_header() without exceptions.
awaitable<net::stream_outcome> read_proxy_header(std::unique_ptr<byte_stream> stream, trusted_proxies from);

} // namespace sshoal::server
