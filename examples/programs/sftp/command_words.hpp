// command_words.hpp - the words of a line as sftp(1) cuts them: quotes, backslashes, and what these protect from patterns.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace programs {

/// The mistake in a line, in sftp(1)'s words.
class command_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Words are patterns: a character that a pattern must not interpret has a backslash before it.
struct command_words {
    std::vector<std::string> words;
    char open_quote = 0; ///< the last word stands in quotes that nothing closes
    bool between = true; ///< the line ends outside of a word
};

/// As far as it goes, for a line that is still being typed.
command_words cut_words(std::string_view line);
/// Errors: command_error for quotes that are not closed, and too many words.
std::vector<std::string> split_command(std::string_view line);

/// A word as it is, without the backslashes of a pattern.
std::string without_escapes(std::string_view pattern);
/// A pattern that is just this name.
std::string with_escapes(std::string_view name);
/// Returns: whether the pattern may match more than one name.
bool has_wildcard(std::string_view pattern);
/// "a{b,c}" is "ab" and "ac". Braces without a comma, and "{}", stay.
std::vector<std::string> expand_braces(const std::string& pattern);

} // namespace programs
