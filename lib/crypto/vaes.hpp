// vaes.hpp - detects the processor's instructions for AES and carry-less multiplication. Private to lib/crypto.
//
// These instructions work on two or four blocks at once and take the same time for all data, so they leak nothing through tables.
// Functions that use them are marked one by one, so that no other function is compiled for a processor that may be absent.
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
