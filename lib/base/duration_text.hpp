// duration_text.hpp - a time limit as text for people.
#pragma once

#include <chrono>
#include <string>

namespace sshoal {

/// Returns: the time in the largest unit that needs no fraction: "3 s", "1500 ms", "20 us".
std::string duration_text(std::chrono::nanoseconds t);

} // namespace sshoal
