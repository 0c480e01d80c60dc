// settings_from.hpp - carries the public limits of either role's options to the engine's settings.
#pragma once

#include "engine/settings.hpp"
#include "sshoal/limits.hpp"

namespace sshoal::session {

void apply(const limits&, engine::settings&);

} // namespace sshoal::session
