// clock.hpp - time as the rooms below net see it: a parameter, never something they look up.
#pragma once

#include <chrono>

namespace sshoal {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = clock::duration;

inline constexpr time_point never = time_point::max();

} // namespace sshoal
