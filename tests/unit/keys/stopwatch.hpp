// stopwatch.hpp - processor time, which a busy machine does not change: for tests of how much work something is.
#pragma once

#include <ctime>

namespace sshoal::test {

class stopwatch {
public:
    double seconds() const noexcept { return double(std::clock() - begin_) / CLOCKS_PER_SEC; }

private:
    std::clock_t begin_ = std::clock();
};

} // namespace sshoal::test
