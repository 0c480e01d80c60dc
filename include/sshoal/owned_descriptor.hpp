// owned_descriptor.hpp - a file descriptor that closes itself.
#pragma once

#include <sshoal/api.hpp>

#include <utility>

namespace sshoal SSHOAL_API {

/// Owns a descriptor, or none. Closing leaves errno alone. Any thread may use the object, one at a time.
class owned_descriptor {
public:
    owned_descriptor() noexcept = default; ///< no descriptor
    explicit owned_descriptor(int fd) noexcept : fd_(fd) {}
    owned_descriptor(owned_descriptor&& o) noexcept : fd_(o.release()) {}
    owned_descriptor& operator=(owned_descriptor&& o) noexcept
    {
        reset(o.release());
        return *this;
    }
    ~owned_descriptor() { reset(); }

    int get() const noexcept { return fd_; } ///< -1: none
    explicit operator bool() const noexcept { return fd_ >= 0; }
    /// Gives the descriptor away. Returns: the descriptor, which the caller has to close.
    int release() noexcept { return std::exchange(fd_, -1); }
    /// Closes the descriptor, and owns another one.
    void reset(int fd = -1) noexcept;

private:
    int fd_ = -1;
};

} // namespace sshoal
