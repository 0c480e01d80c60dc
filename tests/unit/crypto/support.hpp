// support.hpp - what several of the crypto room's tests need: hexadecimal text and bytes that look random but repeat.
#pragma once

#include "base/secure.hpp"
#include "catch.hpp"
#include "crypto/rng.hpp"
#include "sshoal/error.hpp"

#include <string>
#include <string_view>

// The operator<< that results have asks their values for one, which ours do not have.
template <class T>
struct Catch::StringMaker<boost::system::result<T, sshoal::error_code>> {
    static std::string convert(const boost::system::result<T, sshoal::error_code>& r)
    {
        return r ? "a value" : r.error().message();
    }
};

namespace sshoal::crypto::test {

inline bytes hex(std::string_view text)
{
    const auto digit = [](char c) { return unsigned(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); };
    bytes out;
    unsigned high = 0;
    bool have = false;
    for (char c : text) {
        if (c == ' ' || c == '\n')
            continue;
        if (have)
            out.push_back(std::byte(high << 4 | digit(c)));
        high = digit(c);
        have = !have;
    }
    return out;
}

inline std::string to_hex(byte_view from)
{
    std::string out;
    for (std::byte b : from) {
        out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4];
        out += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15];
    }
    return out;
}

inline bytes some_bytes(std::size_t size, std::uint64_t seed)
{
    bytes out(size);
    deterministic_random(seed).fill(out);
    return out;
}

} // namespace sshoal::crypto::test
