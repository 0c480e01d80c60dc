// arrivals.hpp - the loops that take what the peer asks for.
#pragma once

#include "sshoal/acceptors.hpp"

#include <functional>

namespace sshoal::forward {

/// The number of channels that may wait for such a loop. All that arrive in one piece of input wait at once; the streams are
/// limited elsewhere, and so are the undecided opens of a connection.
constexpr std::size_t most_arriving = 16384;

/// Gives each channel to `take`, which must not wait. Returns: when the acceptor has ended.
/// Cancellation: terminal, partial, total.
awaitable<outcome<void>> take_channels(channel_acceptor from, std::function<void(incoming_channel)> take);

/// Gives each request to `answer`, one after the other. The rest is as above.
awaitable<outcome<void>> take_requests(request_acceptor from, std::function<awaitable<void>(incoming_request)> answer);

} // namespace sshoal::forward
