// agent_keeping.hpp - adds the key of a log-in to an agent.
#pragma once

#include "client/client_state.hpp"

namespace sshoal::client {

/// Adds the key that the log-in has used, if this process holds its private half. Errors go to the log.
awaitable<void> keep_in_agent(std::shared_ptr<client_state> state, std::shared_ptr<const agent_keeper> how);

} // namespace sshoal::client
