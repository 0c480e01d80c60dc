#include "base/duration_text.hpp"
#include "catch.hpp"

using namespace sshoal;
using namespace std::chrono_literals;

TEST_CASE("duration_text: the largest unit without a fraction")
{
    CHECK(duration_text(3s) == "3 s");
    CHECK(duration_text(1h) == "3600 s");
    CHECK(duration_text(1500ms) == "1500 ms");
    CHECK(duration_text(999ms) == "999 ms");
    CHECK(duration_text(1000us) == "1 ms");
    CHECK(duration_text(20us) == "20 us");
    CHECK(duration_text(1ns) == "1 ns");
    CHECK(duration_text(0ns) == "0 ns");
}
