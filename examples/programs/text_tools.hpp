// text_tools.hpp - the small languages of OpenSSH's command lines and configuration: words, times, sizes, patterns, tokens.
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
/// a word that begins with '#'. Nothing where a quote is not closed.
std::optional<std::vector<std::string>> split_words(std::string_view line);

/// "a,b,c"
std::vector<std::string> split_list(std::string_view list, char separator = ',');
std::string join(const std::vector<std::string>& words, std::string_view between = " ");

/// A decimal number of this range, nothing else around it.
std::optional<std::uint64_t> number(std::string_view text, std::uint64_t least, std::uint64_t most);
/// "30", "10m", "1h30m", "2d", "1w".
std::optional<std::chrono::seconds> duration(std::string_view text);
/// "1048576", "512K", "1G".
std::optional<std::uint64_t> byte_count(std::string_view text);

/// '*' and '?'.
bool matches(std::string_view pattern, std::string_view text);
/// Several patterns; one with '!' that fits decides against.
bool matches_any(const std::vector<std::string>& patterns, std::string_view text);

/// Replaces "%x" by what `value` says. Nothing where it says nothing about a token.
std::optional<std::string> expand_tokens(std::string_view text, const std::function<std::optional<std::string>(char)>& value);

/// What the system or the environment says, whatever it is.
std::string home_directory();
/// The folder in which this user keeps files: the account's, else that of HOME. Nothing where neither is a folder that exists, or
/// only the root of the file system, as for accounts of containers and services.
std::optional<std::string> home_folder();
/// "~" and "~/...".
bool is_below_home(std::string_view path);
/// "~" and "~/..." of this user, and "${NAME}". Nothing where a variable is not set or there is no home folder.
std::optional<std::string> expand_home(std::string_view path);

/// The content of a regular file of at most this size; `pipes`: also what comes through a pipe, as in "-F <(command)". Nothing, and
/// errno, where it cannot be read.
std::optional<std::string> read_file(const std::string& path, std::size_t most, bool pipes = false);

} // namespace programs
