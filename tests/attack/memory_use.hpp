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

// AddressSanitizer keeps the memory that is freed. g++ and clang say in their own ways that it is there.
#if defined(__SANITIZE_ADDRESS__)
#define SSHOAL_KEEPS_FREED_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SSHOAL_KEEPS_FREED_MEMORY 1
#endif
#endif
#if defined(SSHOAL_KEEPS_FREED_MEMORY)
inline constexpr bool measures = false;
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
