#include "wire/name_list.hpp"

namespace sshoal::wire {

bool valid_name(std::string_view name, std::size_t most_bytes) noexcept
{
    if (name.empty() || name.size() > most_bytes)
        return false;
    return std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f' && c != ','; });
}

result<name_list> name_list::decode(byte_view body, const name_list_limits& limits)
{
    name_list list;
    if (body.empty())
        return list;
    std::string_view text = text_of(body);
    const auto malformed = make_error_code(errc::malformed_message);
    if (text.size() > limits.total_bytes)
        return malformed;
    const std::size_t count = std::size_t(std::count(text.begin(), text.end(), ',')) + 1;
    if (count > limits.names)
        return malformed;
    list.names.reserve(count);
    for (;;) {
        const std::string_view name = text.substr(0, text.find(','));
        if (!valid_name(name, limits.name_bytes))
            return malformed;
        list.names.push_back(name);
        if (name.size() == text.size())
            return list;
        text.remove_prefix(name.size() + 1);
        if (text.empty()) // libssh 0.10 ends its list of ciphers with a comma
            return list;
    }
}

bool contains(std::span<const std::string_view> list, std::string_view name) noexcept
{
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::string join(std::span<const std::string_view> names)
{
    std::string text;
    for (const std::string_view name : names) {
        if (!text.empty())
            text += ',';
        text += name;
    }
    return text;
}

name_list read_name_list(reader& r, const name_list_limits& limits)
{
    auto list = name_list::decode(r.string(), limits);
    if (!list) {
        r.fail();
        return {};
    }
    return std::move(*list);
}

} // namespace sshoal::wire
