// packet_format.hpp - the fixed parts of a binary packet (RFC 4253 §6).
#pragma once

#include <cstddef>

namespace sshoal::transport {

constexpr std::size_t length_field = 4;
constexpr std::size_t least_padding = 4;
constexpr std::size_t most_padding = 255;

} // namespace sshoal::transport
