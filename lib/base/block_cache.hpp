// block_cache.hpp - blocks of memory that come and go with every turn: each thread keeps a few, so that they cost neither an
// allocation nor page faults.
#pragma once

#include <cstddef>

namespace sshoal {

/// The size of a connection's whole input or output buffer while it is busy.
constexpr std::size_t large_block = 320 * 1024;

/// Kept are large blocks, and powers of two from 2 KiB to 128 KiB; other sizes come from the system and go back there.
std::byte* take_block(std::size_t size);
void give_block(std::byte* block, std::size_t size) noexcept;

} // namespace sshoal
