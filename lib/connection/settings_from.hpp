// settings_from.hpp - copies the public limits of either role's options to the engine's settings.
#pragma once

#include "engine/settings.hpp"
#include "sshoal/error.hpp"
#include "sshoal/limits.hpp"

namespace sshoal::conn {

/// Returns: whether this can be the software version of an identification string (RFC 4253 §4.2).
failure check_software(std::string_view name);

void apply(const limits&, engine::settings&);

} // namespace sshoal::conn
