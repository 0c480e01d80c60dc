// parallel.hpp - several coroutines of a kind on one strand, awaited together.
#pragma once

#include <sshoal/executor.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace programs {

/// Starts `n` (a power of two) of them and waits for all. The first that throws cancels the others, and comes out.
template <class F>
sshoal::awaitable<void> side_by_side(unsigned n, const F& worker)
{
    using namespace boost::asio::experimental::awaitable_operators;
    if (n <= 1) {
        auto one = worker();
        co_await std::move(one);
    } else {
        auto both = side_by_side(n / 2, worker) && side_by_side(n / 2, worker);
        co_await std::move(both);
    }
}

} // namespace programs
