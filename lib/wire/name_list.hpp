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

/// Real lists stay below 2 KiB and 60 names; the limits bound the work that a hostile list can cause.
struct name_list_limits {
    std::size_t total_bytes = 16 * 1024;
    std::size_t names = 1024;
    std::size_t name_bytes = 64;
};

/// Returns whether `name` has 1 to 64 printable US-ASCII characters, no comma and no space (RFC 4251 §6).
bool valid_name(std::string_view name, std::size_t most_bytes = name_list_limits{}.name_bytes) noexcept;

/// Names in order of preference. Decoded names point into the payload.
struct name_list {
    std::vector<std::string_view> names;

    auto begin() const noexcept { return names.begin(); }
    auto end() const noexcept { return names.end(); }
    std::size_t size() const noexcept { return names.size(); }
    bool empty() const noexcept { return names.empty(); }

    /// Duplicates are accepted, since negotiation uses the first one. A comma after the last name is accepted too.
    /// Errors: malformed_message for an empty name, a character that a name must not have, or a list beyond the limits.
    static result<name_list> decode(byte_view body, const name_list_limits& limits = {});
};

bool contains(std::span<const std::string_view> list, std::string_view name) noexcept;
inline bool contains(const name_list& list, std::string_view name) noexcept { return contains(std::span(list.names), name); }

/// Returns the names joined by commas: "a,b,c".
std::string join(std::span<const std::string_view> names);

/// Reads a name-list with its length. The reader fails if decode() refuses the list.
name_list read_name_list(reader& r, const name_list_limits& limits = {});

/// Writes a name-list with its length. Every name must satisfy valid_name().
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
