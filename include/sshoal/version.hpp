// version.hpp - which sshoal this is.
#pragma once

#include <sshoal/api.hpp>

namespace sshoal SSHOAL_API {
/// "major.minor.patch" of the library that is linked.
const char* version() noexcept;
} // namespace sshoal
