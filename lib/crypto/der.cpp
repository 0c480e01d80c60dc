#include "crypto/der.hpp"

namespace sshoal::crypto::der {
namespace {

// OpenSSL reads any number of zeros in front.
constexpr std::size_t most_length_bytes = 16;

} // namespace

byte_view reader::read(tag t) noexcept
{
    if (!next_is(t) || rest_.size() < 2)
        return fail();
    std::size_t length = std::to_integer<std::size_t>(rest_[1]);
    std::size_t head = 2;
    if (length >= 0x80) {
        const std::size_t count = length - 0x80;
        if (count == 0 || count > most_length_bytes || rest_.size() < 2 + count)
            return fail();
        length = 0;
        for (; head < 2 + count; ++head) {
            if (length > rest_.size())
                return fail();
            length = length << 8 | std::to_integer<std::size_t>(rest_[head]);
        }
    }
    if (rest_.size() - head < length)
        return fail();
    const byte_view contents = rest_.subspan(head, length);
    rest_ = rest_.subspan(head + length);
    return contents;
}

byte_view reader::read_number() noexcept
{
    byte_view n = read(integer);
    if (n.empty() || (n.front() & std::byte(0x80)) != std::byte(0))
        return fail();
    while (!n.empty() && n.front() == std::byte(0))
        n = n.subspan(1);
    return n;
}

std::uint32_t reader::read_small() noexcept
{
    const byte_view n = read_number();
    if (n.size() > 4) {
        fail();
        return 0;
    }
    std::uint32_t v = 0;
    for (std::byte b : n)
        v = v << 8 | std::to_integer<std::uint32_t>(b);
    return v;
}

secure_bytes value(tag t, std::initializer_list<byte_view> parts)
{
    std::size_t length = 0;
    for (byte_view part : parts)
        length += part.size();
    secure_bytes out;
    out.reserve(length + 6);
    out.push_back(std::byte(t));
    if (length < 0x80) {
        out.push_back(std::byte(length));
    } else {
        std::size_t count = 1;
        while (length >> 8 * count != 0)
            ++count;
        out.push_back(std::byte(0x80 + count));
        while (count-- > 0)
            out.push_back(std::byte(length >> 8 * count));
    }
    for (byte_view part : parts)
        out.insert(out.end(), part.begin(), part.end());
    return out;
}

secure_bytes number(byte_view magnitude)
{
    while (!magnitude.empty() && magnitude.front() == std::byte(0))
        magnitude = magnitude.subspan(1);
    static constexpr std::byte zero{0};
    const bool pad = magnitude.empty() || (magnitude.front() & std::byte(0x80)) != std::byte(0);
    return value(integer, {byte_view(&zero, pad ? 1 : 0), magnitude});
}

} // namespace sshoal::crypto::der
