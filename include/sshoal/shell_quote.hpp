// shell_quote.hpp - text as one argument of a command for a POSIX shell.
#pragma once

#include <sshoal/api.hpp>

#include <string>
#include <string_view>

namespace sshoal SSHOAL_API {

/// Quotes a text for a command that a POSIX shell reads (sh, bash, zsh, dash, ksh), as SSH servers run commands with the user's
/// shell: co_await conn.run("rm -- " + shell_quote(name)). Other shells (csh, fish, PowerShell, cmd.exe) have rules of their own.
/// Returns: the text between single quotes, each single quote inside replaced by '\''. A text that begins with "-" is still an
/// option to the program: put "--" before it.
/// Errors (thrown): errc::invalid_argument for a text with a NUL, which no command can hold.
std::string shell_quote(std::string_view text);

} // namespace sshoal
