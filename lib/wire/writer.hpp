// writer.hpp - appends RFC 4251 §5 values to a buffer.
#pragma once

#include "base/secure.hpp"

#include <initializer_list>

namespace sshoal::wire {

template <class Buffer>
class basic_writer {
public:
    explicit basic_writer(Buffer& to) noexcept : to_(to) {}

    basic_writer& u8(std::uint8_t v)
    {
        to_.push_back(std::byte(v));
        return *this;
    }
    basic_writer& u32(std::uint32_t v)
    {
        std::byte b[4];
        store_u32(b, v);
        return raw(b);
    }
    basic_writer& u64(std::uint64_t v) { return u32(std::uint32_t(v >> 32)).u32(std::uint32_t(v)); }
    basic_writer& boolean(bool v) { return u8(v ? 1 : 0); }
    basic_writer& raw(byte_view v)
    {
        to_.insert(to_.end(), v.begin(), v.end());
        return *this;
    }
    basic_writer& string(byte_view v) { return u32(std::uint32_t(v.size())).raw(v); }
    basic_writer& string(std::string_view v) { return string(view_of(v)); }
    /// Appends a non-negative integer, given by its big-endian magnitude. Leading zeros are dropped; a sign byte is added if
    /// needed.
    basic_writer& mpint(byte_view magnitude)
    {
        while (!magnitude.empty() && magnitude.front() == std::byte(0))
            magnitude = magnitude.subspan(1);
        if (magnitude.empty())
            return u32(0);
        if ((magnitude.front() & std::byte(0x80)) == std::byte(0))
            return string(magnitude);
        u32(std::uint32_t(magnitude.size() + 1)).u8(0);
        return raw(magnitude);
    }

    Buffer& buffer() noexcept { return to_; }

private:
    Buffer& to_;
};

using writer = basic_writer<bytes>;
using secure_writer = basic_writer<secure_bytes>;

} // namespace sshoal::wire
