// allocation_probe.hpp - the largest single piece of memory that was asked for since the last reset.
#pragma once

#include <cstddef>

void reset_largest_allocation() noexcept;
std::size_t largest_allocation() noexcept;
