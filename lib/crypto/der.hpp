// der.hpp - reads and writes the part of DER (X.690) that private keys use. Reading never leaves the bounds. Private to
// lib/crypto.
#pragma once

#include "base/secure.hpp"

#include <initializer_list>

namespace sshoal::crypto::der {

enum tag : std::uint8_t {
    integer = 0x02,
    bit_string = 0x03,
    octet_string = 0x04,
    null = 0x05,
    object_id = 0x06,
    sequence = 0x30,
    implicit_1 = 0x81,
    context_0 = 0xa0,
    context_1 = 0xa1,
};

/// Reads one value after the other. After a value that is not of the requested kind, no more values can be read: check ok() once.
class reader {
public:
    explicit reader(byte_view data) noexcept : rest_(data) { }

    bool ok() const noexcept { return ok_; }
    bool empty() const noexcept { return rest_.empty(); }
    bool next_is(tag t) const noexcept { return ok_ && !rest_.empty() && rest_.front() == std::byte(t); }

    /// Returns the contents of the next value. A length may be longer than necessary, since OpenSSL reads such files too;
    /// indefinite lengths are refused.
    byte_view read(tag t) noexcept;
    reader enter(tag t) noexcept { return reader(read(t), ok_); }
    /// Returns a number that is not negative, without leading zeros.
    byte_view read_number() noexcept;
    /// Returns a number of at most four bytes.
    std::uint32_t read_small() noexcept;

private:
    reader(byte_view data, bool ok) noexcept : rest_(data), ok_(ok) { }
    byte_view fail() noexcept
    {
        ok_ = false;
        rest_ = {};
        return {};
    }

    byte_view rest_;
    bool ok_ = true;
};

/// Returns one value: tag, length, and the parts one after the other.
secure_bytes value(tag t, std::initializer_list<byte_view> parts);
/// Returns the INTEGER of a number that is not negative.
secure_bytes number(byte_view magnitude);

} // namespace sshoal::crypto::der
