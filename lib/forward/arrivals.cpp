#include "forward/arrivals.hpp"

#include "sshoal/result_of.hpp"

namespace sshoal::forward {

awaitable<outcome<void>> take_channels(channel_acceptor from, std::function<void(incoming_channel)> take)
{
    for (;;) {
        auto accepting = result_of(from.accept());
        outcome<incoming_channel> next = co_await std::move(accepting);
        if (!next)
            co_return next.error();
        take(std::move(*next));
    }
}

awaitable<outcome<void>> take_requests(request_acceptor from, std::function<awaitable<void>(incoming_request)> answer)
{
    for (;;) {
        auto accepting = result_of(from.accept());
        outcome<incoming_request> next = co_await std::move(accepting);
        if (!next)
            co_return next.error();
        auto answering = answer(std::move(*next));
        co_await std::move(answering);
    }
}

} // namespace sshoal::forward
