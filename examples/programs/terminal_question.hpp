// terminal_question.hpp - asks a question at a terminal and reads the typed answer. The terminal's modes are restored however
// that ends.
#pragma once

#include <optional>
#include <string>

namespace programs {

/// Asks at the terminal `fd`. Blocks the calling thread, and only one may ask at a time.
///
/// If the answer must not be shown (`echo` is false), the terminal is never left without echo: SIGINT, SIGTERM, SIGHUP and
/// SIGQUIT restore the echo and then act as they would have without the question. So do SIGTSTP, SIGTTIN and SIGTTOU; when the
/// process is continued (SIGCONT), the question is asked again, without echo. Returns: the line; nothing at end of file, or if a
/// signal came that did not end the process.
std::optional<std::string> ask_at_terminal(int fd, const std::string& prompt, bool echo);

} // namespace programs
