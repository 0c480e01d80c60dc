// fast_paths.hpp - several ways to compute the same thing, of which the fastest that works here is used. Each way is held against
// Botan's own on random input once, at its first use: a way that computes anything else, on a processor or with a compiler that
// nobody has seen, is not used and is reported. Private to lib/crypto and its tests.
#pragma once

#include "crypto/self_check.hpp"

#include <span>

namespace sshoal::crypto {

template <class Make>
struct way {
    const char* name;
    Make make;
    bool (*usable)(); ///< whether the processor can; null: any can
};

/// The first of `ways` that is usable and agrees with `reference`, or else the reference. `agree(make, reference)` throws
/// nothing.
template <class Make, class Agree>
Make choose_way(const char* primitive, std::span<const way<Make>> ways, Make reference, Agree agree, self_check_report& report)
{
    for (const way<Make>& w : ways) {
        if (w.usable && !w.usable())
            continue;
        if (agree(w.make, reference)) {
            report.use(primitive, w.name);
            return w.make;
        }
        report.refuse(primitive, w.name);
    }
    report.use(primitive, "Botan's own");
    return reference;
}

} // namespace sshoal::crypto
