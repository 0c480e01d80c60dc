// strand.hpp - finds or makes the strand of a connection.
#pragma once

#include "sshoal/executor.hpp"

#include <boost/asio/dispatch.hpp>

#include <new>

namespace sshoal::net {

bool is_strand(const executor& ex) noexcept;
/// Returns: `ex` itself if it is a strand; otherwise a new strand on it. The new strand is made from the concrete io_context
/// executor if there is one, since a strand around a type-erased executor is the slowest of all combinations.
executor strand_for(const executor& ex);
/// Returns: the executor that a strand was made from, for making another strand beside it.
executor inner_executor(const executor& ex);

/// Dispatches a function from a destructor or close(), which cannot fail. Without memory for the message, and without an executor,
/// the function is not called: what it would have ended goes with its connection or io_context.
template <class F>
void dispatch_if_possible(const executor& ex, F f) noexcept
{
    try {
        if (ex)
            asio::dispatch(ex, std::move(f));
    } catch (const std::bad_alloc&) {
    }
}

} // namespace sshoal::net
