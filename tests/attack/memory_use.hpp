// memory_use.hpp - how much memory the process has, where that can be measured.
#pragma once

#include "catch.hpp"

#include <cstddef>
#include <fstream>

#include <sys/resource.h>

namespace rig {

inline std::size_t resident_bytes()
{
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0, resident = 0;
    statm >> total >> resident;
    return resident * 4096;
}

/// Since the process began.
inline std::size_t most_resident_bytes()
{
    struct ::rusage used = {};
    ::getrusage(RUSAGE_SELF, &used);
    return std::size_t(used.ru_maxrss) * 1024;
}

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool measures = false; // the sanitizer keeps what is freed
#else
inline constexpr bool measures = true;
#endif

inline void check_growth(std::size_t before, std::size_t most)
{
    const std::size_t now = resident_bytes();
    CAPTURE(now > before ? now - before : 0);
    if (measures)
        CHECK(now <= before + most);
}

} // namespace rig
