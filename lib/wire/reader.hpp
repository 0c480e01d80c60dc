// reader.hpp - reads RFC 4251 §5 values from a run of bytes, never past its end.
// After the first value that does not fit, every further call returns an empty value and ok() is false, so a decoder reads all
// its fields in a row and checks finished() once.
#pragma once

#include "base/bytes.hpp"

namespace sshoal::wire {

class reader {
public:
    explicit reader(byte_view from) noexcept : at_(from.data()), end_(from.data() + from.size()) {}

    std::uint8_t u8() noexcept { return need(1) ? std::uint8_t(*at_++) : std::uint8_t(0); }
    std::uint32_t u32() noexcept
    {
        if (!need(4))
            return 0;
        const std::uint32_t v = load_u32(at_);
        at_ += 4;
        return v;
    }
    std::uint64_t u64() noexcept
    {
        const std::uint64_t high = u32();
        return high << 32 | u32();
    }
    /// RFC 4251: any value other than zero is TRUE.
    bool boolean() noexcept { return u8() != 0; }

    byte_view take(std::size_t n) noexcept
    {
        if (!need(n))
            return {};
        const byte_view v(at_, n);
        at_ += n;
        return v;
    }
    byte_view string() noexcept { return take(u32()); }
    std::string_view text() noexcept { return text_of(string()); }
    /// Returns an mpint as its bytes on the wire. The read fails if the mpint has a needless leading 0 or 0xff byte.
    byte_view mpint() noexcept
    {
        const byte_view v = string();
        if (v.size() >= 1 && v[0] == std::byte(0) && (v.size() == 1 || (v[1] & std::byte(0x80)) == std::byte(0)))
            return fail();
        if (v.size() >= 2 && v[0] == std::byte(0xff) && (v[1] & std::byte(0x80)) != std::byte(0))
            return fail();
        return v;
    }
    /// Returns the magnitude of an mpint without the leading zero byte. The read fails if the mpint is negative.
    byte_view unsigned_mpint() noexcept
    {
        const byte_view v = mpint();
        if (!v.empty() && (v[0] & std::byte(0x80)) != std::byte(0))
            return fail();
        return !v.empty() && v[0] == std::byte(0) ? v.subspan(1) : v;
    }

    std::size_t left() const noexcept { return std::size_t(end_ - at_); }
    byte_view rest() noexcept { return take(left()); }

    bool ok() const noexcept { return !failed_; }
    /// Returns whether every read succeeded and no bytes are left.
    bool finished() const noexcept { return !failed_ && at_ == end_; }
    byte_view fail() noexcept
    {
        failed_ = true;
        at_ = end_;
        return {};
    }

private:
    bool need(std::size_t n) noexcept
    {
        if (n <= left())
            return true;
        fail();
        return false;
    }

    const std::byte* at_;
    const std::byte* end_;
    bool failed_ = false;
};

} // namespace sshoal::wire
