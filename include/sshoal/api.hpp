// api.hpp - SSHOAL_API, which marks what the shared library exports. Everything without the mark is hidden in the library. And the
// friend of all handles, with which the library makes them.
#pragma once

#if !defined(__cpp_impl_coroutine) || __cplusplus < 202002L
#error "sshoal needs C++20: compile with -std=c++20 (g++ 12.2 or later, clang 16 or later)"
#endif

#if defined(__GNUC__)
#define SSHOAL_API __attribute__((visibility("default")))
#else
#define SSHOAL_API
#endif

namespace sshoal::detail {
struct access;
} // namespace sshoal::detail
