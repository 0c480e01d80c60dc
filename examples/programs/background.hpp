// background.hpp - sends a program into the background; the first process waits until the second one is ready.
#pragma once

#include <sshoal/owned_descriptor.hpp>

namespace programs {

/// Forks. The first process waits for the second one: it exits with status 0 when the second is ready, and with 255 when the
/// second ends before.
/// Returns: in the second process only, a descriptor; writing one byte to it says that the process is ready. Errors (thrown):
/// config_error.
sshoal::owned_descriptor into_background();

} // namespace programs
