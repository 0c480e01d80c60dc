// command.hpp - the command line that starts scp at a server: a client writes it for a shell, and a server without a shell reads
// it.
#pragma once

#include "sshoal/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal::scp_protocol {

/// The options and paths of `scp -t` and `scp -f`.
class command {
public:
    command() {}
    enum class direction { to, from };
    direction where = direction::to;
    bool recursive = false, preserve = false, target_is_directory = false;
    std::vector<std::string> paths; ///< patterns, in which quoted wildcards have a backslash
};

/// Splits a line into words as a shell does, with '...', "..." and backslashes. All other characters are taken as they are: there
/// are no variables, substitutions or operators. Quoted wildcards and the remaining backslashes get a backslash.
/// Returns: the words; nothing if a quote is not closed or the line has a NUL.
std::optional<std::vector<std::string>> words_of(std::string_view line);

/// Returns: the command; nothing if the line is not `scp -t` or `scp -f`.
std::optional<command> parse_command(std::string_view line);

enum class wildcards { quoted, live };
/// Quotes a path as one word for a shell, with single quotes where they are needed, and without quotes around ~ or ~user at its
/// head. The shell expands wildcards, unless they have a backslash. Returns: nothing for a path with NUL.
std::optional<std::string> quoted_for_shell(std::string_view path, wildcards w);

} // namespace sshoal::scp_protocol
