// background.hpp - going on in the background, while the first process stays where the user sees it until all is well.
#pragma once

#include <sshoal/owned_descriptor.hpp>

namespace programs {

/// Forks. The first process waits: it ends with status 0 when the second has said that it is ready, and with 255 when that ends
/// before.
/// Returns: in the second process only, a descriptor to say so with one byte. Errors (thrown): config_error.
sshoal::owned_descriptor into_background();

} // namespace programs
