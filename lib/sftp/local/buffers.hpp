// buffers.hpp - memory for jobs of the pool. All files of a file system share a few spare buffers for the next jobs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace sshoal::sftp::local {

struct buffer {
    explicit buffer(std::size_t n) : bytes(new std::byte[n]), size(n) {}
    std::unique_ptr<std::byte[]> bytes; // not filled with zeros
    std::size_t size;
};

/// Thread-safe.
class buffers {
public:
    static constexpr std::size_t most_spare = 4;

    buffers() { spare_.reserve(most_spare); }

    std::unique_ptr<buffer> take(std::size_t size)
    {
        {
            const std::lock_guard hold(guard_);
            const auto fits = std::find_if(spare_.begin(), spare_.end(), [size](const auto& b) { return b->size >= size; });
            if (fits != spare_.end()) {
                std::swap(*fits, spare_.back());
                std::unique_ptr<buffer> b = std::move(spare_.back());
                spare_.pop_back();
                return b;
            }
        }
        return std::make_unique<buffer>(size);
    }
    /// Keeps the largest buffers, which serve for every size.
    void give_back(std::unique_ptr<buffer> b) noexcept
    {
        const std::lock_guard hold(guard_);
        if (spare_.size() < most_spare) {
            spare_.push_back(std::move(b));
            return;
        }
        const auto smaller = [](const auto& x, const auto& y) { return x->size < y->size; };
        const auto smallest = std::min_element(spare_.begin(), spare_.end(), smaller);
        if (smaller(*smallest, b))
            smallest->swap(b);
    }
    std::size_t spare_bytes() const
    {
        const std::lock_guard hold(guard_);
        std::size_t sum = 0;
        for (const auto& b : spare_)
            sum += b->size;
        return sum;
    }

private:
    mutable std::mutex guard_;
    std::vector<std::unique_ptr<buffer>> spare_;
};

} // namespace sshoal::sftp::local
