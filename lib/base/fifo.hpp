// fifo.hpp - a short queue in a growing ring; unlike std::deque it owns no memory while it is empty.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace sshoal {

/// T must be default-constructible and movable.
template <class T>
class fifo {
public:
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    void push(T value)
    {
        if (size_ == capacity_)
            grow();
        (*this)[size_] = std::move(value);
        ++size_;
    }
    /// Returns the i-th element, counted from the front.
    T& operator[](std::size_t i) noexcept { return ring_[(head_ + i) & (capacity_ - 1)]; }
    const T& operator[](std::size_t i) const noexcept { return ring_[(head_ + i) & (capacity_ - 1)]; }
    T& front() noexcept { return (*this)[0]; }

    T pop()
    {
        T value = std::exchange(front(), T());
        head_ = (head_ + 1) & (capacity_ - 1);
        if (--size_ == 0)
            clear();
        return value;
    }
    void clear() noexcept
    {
        ring_.reset();
        capacity_ = head_ = size_ = 0;
    }

private:
    void grow()
    {
        const std::size_t bigger = capacity_ == 0 ? 4 : capacity_ * 2;
        auto ring = std::make_unique<T[]>(bigger);
        for (std::size_t i = 0; i < size_; ++i)
            ring[i] = std::move((*this)[i]);
        ring_ = std::move(ring);
        capacity_ = bigger;
        head_ = 0;
    }

    std::unique_ptr<T[]> ring_;
    std::size_t capacity_ = 0; // zero or a power of two
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

} // namespace sshoal
