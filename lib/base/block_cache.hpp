// block_cache.hpp - a cache of memory blocks for each thread. Connections take and give back blocks in every turn; the cache
// saves them the allocation and the page faults.
#pragma once

#include <cstddef>

namespace sshoal {

/// The size of a connection's whole input or output buffer while it is busy.
constexpr std::size_t large_block = 320 * 1024;

/// The cache keeps large blocks and powers of two from 2 KiB to 128 KiB. Blocks of other sizes come from the system and return to
/// it.
std::byte* take_block(std::size_t size);
void give_block(std::byte* block, std::size_t size) noexcept;

} // namespace sshoal
