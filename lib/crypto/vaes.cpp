#include "crypto/vaes.hpp"

#if SSHOAL_HAS_VAES
#include <cpuid.h>
#endif

namespace sshoal::crypto {

bool vaes_is_usable()
{
#if SSHOAL_HAS_VAES
    // clang 16 does not know the names of these four; that the system saves the wide registers, AVX2 tells.
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d))
        return false;
    const bool narrow = (c & bit_AES) != 0 && (c & bit_PCLMUL) != 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return false;
    const bool wide = (c & bit_VAES) != 0 && (c & bit_VPCLMULQDQ) != 0;
    __builtin_cpu_init();
    return narrow && wide && __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

} // namespace sshoal::crypto
