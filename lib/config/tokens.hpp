// tokens.hpp - expands tokens such as %h, and ${NAME}, in values (ssh_config(5), TOKENS and ENVIRONMENT VARIABLES).
#pragma once

#include "sshoal/error.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sshoal::conf {

/// Returns: the text of a token, by its letter; nothing for a token that stands for nothing here.
using token_source = std::function<std::optional<std::string>(char letter)>;
/// Returns: the value of a variable of the environment; nothing if it is not set.
using variable_source = std::function<std::optional<std::string>(const std::string& name)>;

/// Replaces the tokens whose letters are in `allowed`, and "%%".
/// Errors: errc::invalid_argument for another token, and for a '%' at the end.
outcome<std::string> expand_tokens(std::string_view text, std::string_view allowed, const token_source& source);

/// Replaces each "${NAME}". Errors: errc::invalid_argument for a variable that is not set, and for a '{' that stays open.
outcome<std::string> expand_variables(std::string_view text, const variable_source& source);

/// Returns: the home folder of a user; nothing if there is no such user.
using home_source = std::function<std::optional<std::string>(const std::string& user)>;

/// Replaces "~", "~/" and "~user/" at the head of a path. Errors: errc::invalid_argument if `home` is empty, and for a user who is not
/// there.
outcome<std::string> expand_tilde(std::string_view path, const std::string& home, const home_source& home_of = {});

} // namespace sshoal::conf
