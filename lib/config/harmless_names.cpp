#include "sshoal/ssh_config.hpp"

#include <algorithm>

namespace sshoal {
namespace {

bool has_control(std::string_view text) noexcept
{
    return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; });
}

} // namespace

bool is_harmless_host(std::string_view name) noexcept
{
    return !name.starts_with('-') && name.find_first_of("'`\"$\\;&<>|(){} ") == std::string_view::npos && !has_control(name);
}

bool is_harmless_user(std::string_view name) noexcept
{
    // "DOMAIN\user" and "machine$" are names of users on some systems.
    return !name.starts_with('-') && name.find_first_of("'`\";&<>|(){}") == std::string_view::npos
           && name.find(" -") == std::string_view::npos && !name.ends_with('\\') && !has_control(name);
}

} // namespace sshoal
