// settings_from.hpp - copies the public limits of either role's options to the engine's settings.
#pragma once

#include "engine/settings.hpp"
#include "sshoal/error.hpp"
#include "sshoal/limits.hpp"

namespace sshoal::conn {

/// Checks the software version and the comment of an identification string (RFC 4253 §4.2). An empty comment stands for none.
/// Returns: invalid_argument if they cannot be sent.
failure check_software(std::string_view version, std::string_view comment);

void apply(const limits&, engine::settings&);

} // namespace sshoal::conn
