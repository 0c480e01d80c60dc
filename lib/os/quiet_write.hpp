// quiet_write.hpp - write(2) that never raises SIGPIPE: a library must not end its process because a program has closed its
// input, and must not change how the process handles the signal either.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

namespace sshoal::os {

/// Like write(2), errno included.
::ssize_t quiet_write(int fd, std::span<const std::byte> bytes) noexcept;

} // namespace sshoal::os
