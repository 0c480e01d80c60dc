// clock.hpp - the types of time. The rooms below net take the time as a parameter; they never read a clock.
#pragma once

#include <chrono>

namespace sshoal {

using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = clock::duration;

inline constexpr time_point never = time_point::max();

} // namespace sshoal
