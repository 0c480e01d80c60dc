// message_check.hpp - what must hold for the encoder and decoder of every message, whatever its fields.
// Samples keep to rules so that length fields can be found in the bytes: strings are 1 to 255 bytes without zero bytes,
// integers have a first byte other than zero.
#pragma once

#include "allocation_probe.hpp"
#include "base/bytes.hpp"
#include "catch.hpp"
#include "wire/message.hpp"

#include <memory>

namespace wire_test {

using sshoal::byte_view;
using sshoal::bytes;

/// Bytes in the notation of the RFCs' tables, independent of the writer under test.
class layout {
public:
    layout& byte(unsigned v)
    {
        data_.push_back(std::byte(v));
        return *this;
    }
    layout& boolean(bool v) { return byte(v ? 1 : 0); }
    layout& uint32(unsigned long v)
    {
        for (int shift = 24; shift >= 0; shift -= 8)
            byte(unsigned(v >> shift & 0xff));
        return *this;
    }
    layout& raw(std::string_view v)
    {
        for (const char c : v)
            byte(static_cast<unsigned char>(c));
        return *this;
    }
    layout& string(std::string_view v) { return uint32(v.size()).raw(v); }
    operator const bytes&() const { return data_; }
    operator byte_view() const { return data_; }

private:
    bytes data_;
};

/// A heap block of exactly the size, so that AddressSanitizer sees a read of one byte too much.
class exact_copy {
public:
    explicit exact_copy(byte_view from) : size_(from.size()), data_(new std::byte[from.size()])
    {
        for (std::size_t i = 0; i < size_; ++i)
            data_[i] = from[i];
    }
    byte_view view() const { return {data_.get(), size_}; }

private:
    std::size_t size_;
    std::unique_ptr<std::byte[]> data_;
};

template <class M>
bool accepted(byte_view payload)
{
    const exact_copy copy(payload);
    reset_largest_allocation();
    const auto m = M::decode(copy.view());
    // Nothing that a message of this size makes us keep may be larger than a small multiple of it.
    const std::size_t asked = largest_allocation();
    CHECK(asked <= 512 + 16 * payload.size());
    if (!m)
        CHECK(m.error() == make_error_code(sshoal::errc::malformed_message));
    return m.has_value();
}

/// `open_end` is the number of bytes of a trailing field without a length.
template <class M>
void check_message(const char* name, const M& sample, const bytes& expected, std::size_t open_end = 0, bool has_rest = false)
{
    INFO(name);
    const bytes wire = sshoal::wire::encoded(sample);
    REQUIRE(wire == expected);
    {
        const auto decoded = M::decode(wire);
        REQUIRE(decoded.has_value());
        CHECK(sshoal::wire::encoded(*decoded) == wire);
    }
    for (std::size_t n = 0; n < wire.size(); ++n) {
        INFO("cut after " << n);
        CHECK(accepted<M>(byte_view(wire).first(n)) == (has_rest && n >= wire.size() - open_end));
    }
    bytes longer = wire;
    longer.push_back(std::byte(0));
    CHECK(accepted<M>(longer) == has_rest);

    for (std::size_t at = 0; at + 4 <= wire.size(); ++at) {
        const std::uint32_t length = sshoal::load_u32(wire.data() + at);
        if (length == 0 || length > 255)
            continue;
        const auto left = std::uint32_t(wire.size() - at - 4);
        for (const std::uint32_t hostile : {0xffffffffu, 0xfffffffcu, 0x80000000u, 0x7fffffffu, left + 1}) {
            INFO("length at " << at << " is " << hostile);
            bytes damaged = wire;
            sshoal::store_u32(damaged.data() + at, hostile);
            CHECK_FALSE(accepted<M>(damaged));
        }
    }
    for (std::size_t at = 0; at < wire.size(); ++at) {
        bytes damaged = wire;
        damaged[at] ^= std::byte(0xff);
        const bool ok = accepted<M>(damaged);
        if constexpr (requires { M::number; }) {
            if (at == 0)
                CHECK_FALSE(ok);
        }
    }
}

template <class M>
void check_open_ended(const char* name, const M& sample, const bytes& expected)
{
    check_message(name, sample, expected, sample.rest.size(), true);
}

} // namespace wire_test
