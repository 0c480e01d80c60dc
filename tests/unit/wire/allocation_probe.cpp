#include "allocation_probe.hpp"

#include <cstdlib>
#include <new>

namespace {
std::size_t largest = 0;
}

void reset_largest_allocation() noexcept { largest = 0; }
std::size_t largest_allocation() noexcept { return largest; }

void* operator new(std::size_t n, const std::nothrow_t&) noexcept
{
    if (n > largest)
        largest = n;
    return std::malloc(n == 0 ? 1 : n);
}
void* operator new(std::size_t n)
{
    if (void* p = operator new(n, std::nothrow))
        return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
