// version.hpp - which sshoal this is.
#pragma once

namespace sshoal {
/// "major.minor.patch" of the library that is linked.
const char* version() noexcept;
} // namespace sshoal
