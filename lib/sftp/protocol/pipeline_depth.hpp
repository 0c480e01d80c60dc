// pipeline_depth.hpp - how many bytes of one transfer are kept under way: enough to fill the path, and no more than twice that,
// so that other requests of the session do not wait behind them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sshoal::sftp_protocol {

class pipeline_depth {
public:
    using clock = std::chrono::steady_clock;
    /// Bytes, while nothing is known of the path.
    static constexpr std::size_t at_first = 4u << 20;

    /// What is remembered with each request.
    struct mark {
        clock::time_point sent;
        std::uint64_t delivered;
    };

    pipeline_depth(std::size_t piece, std::size_t most) noexcept
        : least_(std::min(piece * 8, most))
        , most_(most)
        , target_(std::clamp(at_first, least_, most))
        , piece_(piece)
    {
    }

    mark on_send(clock::time_point now) const noexcept { return {now, delivered_}; }

    /// The rate is that of what came between a request's start and its answer; twice what the shortest round trip holds at that
    /// rate doubles the depth each round trip until the path is full.
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
        // The first answers are those of a path that was empty before them, and say too little of it.
        target_ = m.delivered == 0 ? std::max(target_, found) : found;
    }

    std::size_t target() const noexcept { return target_; }

private:
    std::size_t least_, most_, target_, piece_;
    std::uint64_t delivered_ = 0;
    double shortest_ = 0, rate_ = 0;
};

} // namespace sshoal::sftp_protocol
