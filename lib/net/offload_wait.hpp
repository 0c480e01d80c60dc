// offload_wait.hpp - lets a coroutine wait for a job that runs on another executor.
#pragma once

#include "base/work.hpp"
#include "sshoal/executor.hpp"

namespace sshoal::net {

/// Runs the job on the executor `there` and waits for its end. The calling coroutine runs on a strand.
/// Returns: false if the wait was cancelled; the job goes on, and its result is dropped.
/// Cancellation: terminal, partial, total.
awaitable<bool> wait_for_offloaded(executor there, std::shared_ptr<job> j);

} // namespace sshoal::net
