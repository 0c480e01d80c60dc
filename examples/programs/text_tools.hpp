// text_tools.hpp - reads the small languages of OpenSSH's command lines and configuration: words, times, sizes, patterns, tokens.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace programs {

std::string lower(std::string_view text);

/// Cuts a line into words as OpenSSH does: quotes of both kinds, backslash before quotes, blanks and backslashes, a comment from
/// a word that begins with '#'. Returns: the words; nothing if a quote is not closed.
std::optional<std::vector<std::string>> split_words(std::string_view line);

/// "a,b,c"
std::vector<std::string> split_list(std::string_view list, char separator = ',');
std::string join(const std::vector<std::string>& words, std::string_view between = " ");

/// Reads a decimal number of this range, without any other text around it.
std::optional<std::uint64_t> number(std::string_view text, std::uint64_t least, std::uint64_t most);

/// Replaces each token "%x" by its `value`. Returns: nothing if a token has no value.
std::optional<std::string> expand_tokens(std::string_view text, const std::function<std::optional<std::string>(char)>& value);

/// Returns: the folder that the system or the environment names, without a check.
std::string home_directory();

/// Returns: the content of a regular file of at most this size, and with `pipes` also of a pipe, as in "-F <(command)"; nothing,
/// with errno, if it cannot be read.
std::optional<std::string> read_file(const std::string& path, std::size_t most, bool pipes = false);

} // namespace programs
