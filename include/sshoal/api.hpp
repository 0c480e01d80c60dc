// api.hpp - SSHOAL_API, which marks what the shared library exports. Everything without the mark is hidden in the library. And the
// friend of all handles, with which the library makes them.
#pragma once

#if defined(__GNUC__)
#define SSHOAL_API __attribute__((visibility("default")))
#else
#define SSHOAL_API
#endif

namespace sshoal::detail {
struct access;
} // namespace sshoal::detail
