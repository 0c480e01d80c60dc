// through_proxy.hpp - connects to a target by way of a proxy.
#pragma once

#include "net/dialling.hpp"

namespace sshoal::net {

/// Connects through options.proxy(), which must be set. The timeout of the options holds for the connection to the proxy and once
/// more for what the proxy takes to answer. Errors: those of the way to the proxy; errc::proxy_refused with the proxy's words. All
/// begin with the address of the proxy. The rest is as for dial_tcp().
awaitable<stream_outcome> dial_through_proxy(endpoint target, dial_options options);

/// Makes a stream that has these addresses.
std::unique_ptr<byte_stream> with_addresses(std::unique_ptr<byte_stream> inner, endpoint remote, endpoint local);

} // namespace sshoal::net
