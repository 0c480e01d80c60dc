// rng.hpp - random bytes: one cryptographic generator per thread, seeded once from the system, reseeded after fork().
#pragma once

#include "base/bytes.hpp"

namespace sshoal::crypto {

/// A source of random bytes. Tests use a deterministic one; all other code uses system_random().
class random_source {
public:
    virtual ~random_source() = default;
    virtual void fill(byte_span to) = 0;
};

/// Returns a source that uses the generator of the calling thread, so that a connection that moves between threads may keep the
/// reference.
random_source& system_random();

/// Gives the same bytes for the same seed. For tests and fuzzers only.
class deterministic_random final : public random_source {
public:
    explicit deterministic_random(std::uint64_t seed) noexcept : state_(seed) { }
    void fill(byte_span to) override;

private:
    std::uint64_t state_;
};

} // namespace sshoal::crypto
