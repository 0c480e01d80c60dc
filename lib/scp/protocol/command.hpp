// command.hpp - the command line that starts scp at a server: how a client writes it for a shell, and how a server without a shell
// reads it.
#pragma once

#include "sshoal/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal::scp_protocol {

/// What `scp -t` and `scp -f` are told.
class command {
public:
    command() {}
    enum class direction { to, from };
    direction where = direction::to;
    bool recursive = false, preserve = false, target_is_directory = false;
    std::vector<std::string> paths; ///< patterns: wildcards that stood in quotes have a backslash
};

/// Words as a shell separates them, with '...', "..." and backslashes. All else is taken as it stands: there are no variables, no
/// substitution, no operators. Wildcards in quotes, and all backslashes that remain, get a backslash. Nothing for a quote that
/// is not closed, and for NUL.
std::optional<std::vector<std::string>> words_of(std::string_view line);

/// Nothing for what is not `scp -t` or `scp -f`.
std::optional<command> parse_command(std::string_view line);

enum class wildcards { quoted, live };
/// A path as one word for a shell: in single quotes, except where it needs none, and except for a ~ or ~user at its head. Live
/// wildcards remain the shell's, and a backslash makes one of them an ordinary character. Nothing for a path with NUL.
std::optional<std::string> quoted_for_shell(std::string_view path, wildcards w);

} // namespace sshoal::scp_protocol
