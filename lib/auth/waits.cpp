#include "auth/waits.hpp"

#include "wire/numbers.hpp"

namespace sshoal::auth {

flow<received> next_message(port& p)
{
    for (;;) {
        wake w = co_await p.inbox.next();
        if (w.what == wake::kind::message)
            co_return received(std::move(w.payload));
    }
}

flow<outcome<void>> answer_ready(port& p)
{
    for (;;) {
        wake w = co_await p.inbox.next();
        if (w.what == wake::kind::answer) {
            p.busy(false);
            co_return outcome<void>();
        }
        if (w.what == wake::kind::message) {
            const received early(std::move(w.payload));
            co_return unexpected(early.number(), "while a decision is awaited");
        }
    }
}

flow<outcome<void>> time_reached(port& p, time_point when)
{
    if (p.now() >= when)
        co_return outcome<void>();
    p.busy(true);
    p.wake_at(when);
    while (p.now() < when) {
        wake w = co_await p.inbox.next();
        if (w.what == wake::kind::message) {
            const received early(std::move(w.payload));
            co_return unexpected(early.number(), "while an answer is delayed");
        }
    }
    p.wake_at(never);
    p.busy(false);
    co_return outcome<void>();
}

failure unexpected(std::uint8_t number, std::string_view where)
{
    std::string text(wire::message_name(number));
    text.append(" not allowed ").append(where);
    return failure(errc::unexpected_message, std::move(text));
}

failure malformed(std::string_view what) { return failure(errc::malformed_message, std::string(what)); }

} // namespace sshoal::auth
