#include "base/duration_text.hpp"

#include <cstdint>
#include <utility>

namespace sshoal {

std::string duration_text(std::chrono::nanoseconds t)
{
    constexpr std::pair<std::int64_t, const char*> units[] = {{1'000'000'000, " s"}, {1'000'000, " ms"}, {1000, " us"}};
    for (const auto& [size, name] : units)
        if (t.count() >= size && t.count() % size == 0)
            return std::to_string(t.count() / size) + name;
    return std::to_string(t.count()) + " ns";
}

} // namespace sshoal
