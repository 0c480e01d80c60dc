#include "base/secure.hpp"

namespace sshoal {

void wipe(void* data, std::size_t size) noexcept
{
    if (size == 0)
        return;
    std::memset(data, 0, size);
    // Tells the compiler that the memory is read here, so the memset stays.
    asm volatile("" : : "r"(data) : "memory");
}

bool equal_constant_time(byte_view a, byte_view b) noexcept
{
    if (a.size() != b.size())
        return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= std::to_integer<unsigned>(a[i] ^ b[i]);
    return difference == 0;
}

} // namespace sshoal
