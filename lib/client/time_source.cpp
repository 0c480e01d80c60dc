#include "sshoal/time_source.hpp"

#include "crypto/rng.hpp"
#include "sshoal/task.hpp"

namespace sshoal {

time_source::~time_source() = default;

std::chrono::steady_clock::time_point time_source::now() { return std::chrono::steady_clock::now(); }

awaitable<void> time_source::sleep(std::chrono::nanoseconds t) { return sleep_for(t); }

double time_source::chance()
{
    std::uint32_t drawn = 0;
    crypto::system_random().fill(std::as_writable_bytes(std::span(&drawn, 1)));
    constexpr double values = 4294967296.0;
    return double(drawn) / values;
}

awaitable<void> sleep(std::shared_ptr<time_source> by, std::chrono::nanoseconds t)
{
    auto sleeping = by->sleep(t);
    co_await std::move(sleeping);
}

} // namespace sshoal
