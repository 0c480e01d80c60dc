// message_io.cpp - message_writer and message_reader, the public forms of the writer and reader that the library itself uses.
#include "sshoal/error.hpp"
#include "sshoal/message.hpp"
#include "wire/name_list.hpp"

#include <limits>
#include <utility>

namespace sshoal {
namespace {

[[noreturn]] void refuse(const char* why) { throw error(failure(errc::invalid_argument, why)); }

/// Reads one value with a wire::reader that begins where the last one stopped.
template <class T>
T take_value(byte_view& left, bool& failed, T (wire::reader::*get)() noexcept)
{
    wire::reader r(left);
    const T value = (r.*get)();
    failed = failed || !r.ok();
    left = r.rest();
    return value;
}

} // namespace

message_writer& message_writer::byte(std::uint8_t v)
{
    wire::writer(body_).u8(v);
    return *this;
}

message_writer& message_writer::boolean(bool v) { return byte(v ? 1 : 0); }

message_writer& message_writer::uint32(std::uint32_t v)
{
    wire::writer(body_).u32(v);
    return *this;
}

message_writer& message_writer::uint64(std::uint64_t v)
{
    wire::writer(body_).u64(v);
    return *this;
}

message_writer& message_writer::string(std::span<const std::byte> v)
{
    if (v.size() > std::numeric_limits<std::uint32_t>::max())
        refuse("a string is longer than its length field can say");
    wire::writer(body_).string(v);
    return *this;
}

message_writer& message_writer::string(std::string_view v) { return string(view_of(v)); }

message_writer& message_writer::mpint(std::span<const std::byte> v)
{
    const auto high_bit = [](std::byte b) { return (b & std::byte(0x80)) != std::byte(0); };
    while (v.size() >= 2 && (v[0] == std::byte(0) || v[0] == std::byte(0xff)) && high_bit(v[0]) == high_bit(v[1]))
        v = v.subspan(1);
    return string(v.size() == 1 && v[0] == std::byte(0) ? v.subspan(1) : v);
}

message_writer& message_writer::unsigned_mpint(std::span<const std::byte> magnitude)
{
    if (magnitude.size() >= std::numeric_limits<std::uint32_t>::max())
        refuse("an integer is longer than its length field can say");
    wire::writer(body_).mpint(magnitude);
    return *this;
}

message_writer& message_writer::name_list(std::span<const std::string_view> names)
{
    const wire::name_list_limits limits;
    std::size_t size = names.empty() ? 0 : names.size() - 1;
    for (const std::string_view name : names) {
        if (!wire::valid_name(name, limits.name_bytes))
            refuse("a name is empty, too long, or has a character that names must not have");
        size += name.size();
    }
    if (names.size() > limits.names || size > limits.total_bytes)
        refuse("a list of names is too long");
    wire::writer w(body_);
    wire::write_name_list(w, names);
    return *this;
}

message_writer& message_writer::raw(std::span<const std::byte> v)
{
    append(body_, v);
    return *this;
}

std::vector<std::byte> message_writer::take() noexcept { return std::exchange(body_, {}); }

std::uint8_t message_reader::byte() noexcept { return take_value(left_, failed_, &wire::reader::u8); }
bool message_reader::boolean() noexcept { return take_value(left_, failed_, &wire::reader::boolean); }
std::uint32_t message_reader::uint32() noexcept { return take_value(left_, failed_, &wire::reader::u32); }
std::uint64_t message_reader::uint64() noexcept { return take_value(left_, failed_, &wire::reader::u64); }
std::span<const std::byte> message_reader::string() noexcept { return take_value(left_, failed_, &wire::reader::string); }
std::string_view message_reader::text() noexcept { return take_value(left_, failed_, &wire::reader::text); }
std::span<const std::byte> message_reader::mpint() noexcept { return take_value(left_, failed_, &wire::reader::mpint); }
std::span<const std::byte> message_reader::unsigned_mpint() noexcept
{
    return take_value(left_, failed_, &wire::reader::unsigned_mpint);
}
std::span<const std::byte> message_reader::rest() noexcept { return take_value(left_, failed_, &wire::reader::rest); }

std::vector<std::string_view> message_reader::name_list()
{
    auto list = wire::name_list::decode(string());
    if (list)
        return std::move(list->names);
    failed_ = true;
    left_ = {};
    return {};
}

} // namespace sshoal
