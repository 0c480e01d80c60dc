#include "client/backoff.hpp"

#include <algorithm>

namespace sshoal::client {

failure check(const reconnect_options& o)
{
    using std::chrono::nanoseconds;
    const auto bad = [](const char* text) { return failure(errc::invalid_argument, std::string("reconnect_options: ") + text); };
    if (o.first_delay() < nanoseconds::zero())
        return bad("first_delay() is negative");
    if (o.most_delay() < o.first_delay())
        return bad("most_delay() is less than first_delay()");
    if (!(o.factor() >= 1)) // not a number, too
        return bad("factor() is less than 1");
    if (!(o.jitter() >= 0 && o.jitter() <= 1))
        return bad("jitter() is not from 0 to 1");
    if (o.settled_after() < nanoseconds::zero())
        return bad("settled_after() is negative");
    if (o.keepalive_interval() < nanoseconds::zero())
        return bad("keepalive() has a negative interval");
    return {};
}

backoff::backoff(const reconnect_options& o) noexcept
    : first_(double(o.first_delay().count()))
    , factor_(o.factor())
    , most_(double(o.most_delay().count()))
    , jitter_(o.jitter())
    , delay_(first_)
{
}

std::chrono::nanoseconds backoff::next(double chance) noexcept
{
    const double now = delay_;
    delay_ = std::min(most_, delay_ * factor_);
    return std::chrono::nanoseconds(std::chrono::nanoseconds::rep(now * (1 - jitter_ * chance)));
}

} // namespace sshoal::client
