// rng.hpp - random bytes: one cryptographic generator per thread, seeded once from the system, reseeded after fork().
#pragma once

#include "base/bytes.hpp"

namespace sshoal::crypto {

/// Where random bytes come from. Tests give a deterministic one; everything else uses system_random().
class random_source {
public:
    virtual ~random_source() = default;
    virtual void fill(byte_span to) = 0;
};

/// The generator of whichever thread asks, so that a connection that moves between threads may keep the reference.
random_source& system_random();

/// Repeats the same bytes for the same seed. For tests and fuzzers only.
class deterministic_random final : public random_source {
public:
    explicit deterministic_random(std::uint64_t seed) noexcept : state_(seed) { }
    void fill(byte_span to) override;

private:
    std::uint64_t state_;
};

} // namespace sshoal::crypto
