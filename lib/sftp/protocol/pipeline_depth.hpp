// pipeline_depth.hpp - decides how many bytes of one transfer are kept under way: enough to fill the path, and no more than twice
// that, so that other requests of the session do not wait long, and data is still in the processor's caches when it is used.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sshoal::sftp_protocol {

class pipeline_depth {
public:
    using clock = std::chrono::steady_clock;
    /// The bytes under way until something is known of the path.
    static constexpr std::size_t at_first = 4u << 20;
    /// The number of answers after which the shortest round trip is looked for again; see on_answer().
    static constexpr unsigned settled = 64;

    /// The values that are noted when a request is sent.
    struct mark {
        clock::time_point sent;
        std::uint64_t delivered;
        bool almost_alone;
    };

    /// `idle_round_trip`: the round trip of a small request that was alone on the path, if that is known.
    pipeline_depth(std::size_t piece, std::size_t most, clock::duration idle_round_trip = {}) noexcept
        : least_(std::min(piece * 8, most))
        , most_(most)
        , target_(std::clamp(at_first, least_, most))
        , piece_(piece)
        , idle_(std::chrono::duration<double>(idle_round_trip).count())
    {
    }

    mark on_send(clock::time_point now) const noexcept { return {now, delivered_, looking_ > 0}; }

    /// The rate is measured between a request's start and its answer. The depth is twice the product of that rate and the
    /// shortest round trip, so it doubles with each round trip until the path is full.
    ///
    /// On a short path, however, the round trips of pieces consist only of waiting for one another. If they are much longer than
    /// the round trip of a single request, two pieces at a time show once whether the pieces wait for one another, or the server
    /// takes that long.
    void on_answer(const mark& m, std::size_t bytes, clock::time_point now) noexcept
    {
        delivered_ += bytes;
        const double took = std::max(std::chrono::duration<double>(now - m.sent).count(), 1e-6);
        if (shortest_ == 0 || took < shortest_)
            shortest_ = took;
        const double rate = double(delivered_ - m.delivered) / took;
        rate_ = std::max(rate, rate_ * 0.99);
        const double wanted = 2 * rate_ * shortest_ + 2 * double(piece_);
        const auto found = std::size_t(std::clamp(wanted, double(least_), double(most_)));
        // The path was empty before the first answers, so their rate says too little.
        target_ = m.delivered == 0 ? std::max(target_, found) : found;
        if (looking_ > 0 && m.almost_alone)
            --looking_;
        if (++answers_ == settled && idle_ > 0 && shortest_ > 4 * idle_ && target_ > least_)
            looking_ = 4;
    }

    std::size_t target() const noexcept { return looking_ > 0 ? std::min(2 * piece_, most_) : target_; }

private:
    std::size_t least_, most_, target_, piece_;
    std::uint64_t delivered_ = 0;
    unsigned answers_ = 0;
    unsigned looking_ = 0; ///< the answers still to come of requests that are almost alone under way
    double idle_, shortest_ = 0, rate_ = 0; ///< seconds, seconds, bytes per second; 0: not known
};

} // namespace sshoal::sftp_protocol
