// ways.hpp - all ways to compute one primitive that this machine can go, Botan's own among them, and the lengths to try them
// with.
#pragma once

#include "catch.hpp"
#include "crypto/fast_paths.hpp"

#include <initializer_list>
#include <string>
#include <vector>

namespace sshoal::crypto::test {

template <class Make>
struct named_way {
    std::string name;
    Make make;
};

template <class Make>
std::vector<named_way<Make>> all_ways(std::span<const way<Make>> ways, Make by_botan)
{
    std::vector<named_way<Make>> out{{"Botan's own", by_botan}};
    for (const auto& w : ways) {
        if (!w.usable || w.usable())
            out.push_back({w.name, w.make});
        else
            WARN("SKIPPED: " << w.name << " cannot be used on this machine");
    }
    return out;
}

/// 0 to 300, and 17 to either side of each edge.
inline std::vector<std::size_t> lengths_around(std::initializer_list<std::size_t> edges)
{
    std::vector<std::size_t> out;
    for (std::size_t n = 0; n <= 300; ++n)
        out.push_back(n);
    for (const std::size_t edge : edges)
        for (std::size_t n = edge < 17 ? 0 : edge - 17; n <= edge + 17; ++n)
            out.push_back(n);
    return out;
}

} // namespace sshoal::crypto::test
