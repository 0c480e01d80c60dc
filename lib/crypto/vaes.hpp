// vaes.hpp - which of the processor's instructions for AES and carry-less multiplication may be used. Private to lib/crypto.
//
// They work on two or four blocks at once and take the same time for any data, so there is nothing to look up and nothing to
// leak. Code that uses them is marked function by function: no other function is compiled for a processor that may not be there.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__)
#define SSHOAL_HAS_VAES 1
#define SSHOAL_VAES_CODE __attribute__((target("vaes,vpclmulqdq,avx2,aes,pclmul,sse4.1,ssse3")))
#define SSHOAL_VAES_INLINE SSHOAL_VAES_CODE inline __attribute__((always_inline))
#else
#define SSHOAL_HAS_VAES 0
#endif

namespace sshoal::crypto {

/// VAES and VPCLMULQDQ in registers of 256 bits: AMD since Zen 3, Intel since Ice Lake.
bool vaes_is_usable();

} // namespace sshoal::crypto
