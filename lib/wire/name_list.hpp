// name_list.hpp - comma-separated lists of names (RFC 4251 §5 and §6).
#pragma once

#include "wire/message.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal::wire {

/// Real lists stay below 2 KiB and 60 names; the bounds keep the work for a hostile one small.
struct name_list_limits {
    std::size_t total_bytes = 16 * 1024;
    std::size_t names = 1024;
    std::size_t name_bytes = 64;
};

/// RFC 4251 §6: 1 to 64 printable US-ASCII characters, no comma, no space.
bool valid_name(std::string_view name, std::size_t most_bytes = name_list_limits{}.name_bytes) noexcept;

/// Names in order of preference. After decoding they point into the payload.
struct name_list {
    std::vector<std::string_view> names;

    auto begin() const noexcept { return names.begin(); }
    auto end() const noexcept { return names.end(); }
    std::size_t size() const noexcept { return names.size(); }
    bool empty() const noexcept { return names.empty(); }

    /// Duplicates are let through: the first one counts, as in negotiation. So is a comma after the last name.
    /// Errors: malformed_message for an empty element, a character that a name must not have, or a limit passed.
    static result<name_list> decode(byte_view body, const name_list_limits& limits = {});
};

bool contains(std::span<const std::string_view> list, std::string_view name) noexcept;
inline bool contains(const name_list& list, std::string_view name) noexcept { return contains(std::span(list.names), name); }

/// "a,b,c", the body of the list.
std::string join(std::span<const std::string_view> names);

/// Takes a name-list, length included, off the reader; the reader fails where the list is not acceptable.
name_list read_name_list(reader& r, const name_list_limits& limits = {});

/// Writes a name-list, length included. Every name must satisfy valid_name().
template <class Buffer, class Names>
void write_name_list(basic_writer<Buffer>& w, const Names& names)
{
    std::size_t size = 0;
    bool first = true;
    for (const std::string_view name : names) {
        size += name.size() + (first ? 0 : 1);
        first = false;
    }
    w.u32(std::uint32_t(size));
    first = true;
    for (const std::string_view name : names) {
        if (!first)
            w.u8(std::uint8_t(','));
        w.raw(view_of(name));
        first = false;
    }
}

} // namespace sshoal::wire
