// fast_paths.hpp - chooses the fastest usable implementation of a primitive. At its first use each implementation is compared
// with Botan's on random input: one that differs, because of an unknown processor or compiler, is not used and is reported.
// Private to lib/crypto and its tests.
#pragma once

#include "crypto/self_check.hpp"

#include <span>

namespace sshoal::crypto {

template <class Make>
struct way {
    const char* name;
    Make make;
    bool (*usable)(); ///< whether the processor supports it; null: every processor does
};

/// Returns the first of `ways` that is usable and agrees with `reference`, or else `reference`. `agree(make, reference)` must not
/// throw.
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
