#include "crypto/vaes.hpp"

namespace sshoal::crypto {

bool vaes_is_usable()
{
#if SSHOAL_HAS_VAES
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul")
           && __builtin_cpu_supports("vaes") && __builtin_cpu_supports("vpclmulqdq");
#else
    return false;
#endif
}

} // namespace sshoal::crypto
