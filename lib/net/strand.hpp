// strand.hpp - finds or makes the strand of a connection.
#pragma once

#include "sshoal/executor.hpp"

namespace sshoal::net {

bool is_strand(const executor& ex) noexcept;
/// `ex` itself if it is a strand; otherwise a new strand on it, made from the concrete io_context executor where there is one (a
/// strand around a type-erased executor is the slowest of all combinations).
executor strand_for(const executor& ex);
/// The executor that a strand was made from: for a strand of its own beside this one.
executor inner_executor(const executor& ex);

} // namespace sshoal::net
