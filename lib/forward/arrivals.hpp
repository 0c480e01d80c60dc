// arrivals.hpp - the loops that take what the peer asks for.
#pragma once

#include "sshoal/acceptors.hpp"

#include <functional>

namespace sshoal::forward {

/// Gives each channel to `take`, which must not wait. Returns: when the acceptor has ended.
/// Cancellation: terminal, partial, total.
awaitable<outcome<void>> take_channels(channel_acceptor from, std::function<void(incoming_channel)> take);

/// Gives each request to `answer`, one after the other. The rest is as above.
awaitable<outcome<void>> take_requests(request_acceptor from, std::function<awaitable<void>(incoming_request)> answer);

} // namespace sshoal::forward
