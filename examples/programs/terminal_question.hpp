// terminal_question.hpp - a question and a typed answer at a terminal, which is left as it was found however the asking ends.
#pragma once

#include <optional>
#include <string>

namespace programs {

/// Asks at the terminal `fd`. Blocks the calling thread, and only one may ask at a time.
///
/// Where the answer is not to be seen (`echo` is false), no way out leaves the terminal without echo: SIGINT, SIGTERM, SIGHUP and
/// SIGQUIT restore it and then do what they would have done without the question; so do SIGTSTP, SIGTTIN and SIGTTOU, and when
/// the process is continued (SIGCONT), the question is asked again, without echo again. Returns: the line; nothing at end of file
/// or where a signal that did not end the process came instead.
std::optional<std::string> ask_at_terminal(int fd, const std::string& prompt, bool echo);

} // namespace programs
