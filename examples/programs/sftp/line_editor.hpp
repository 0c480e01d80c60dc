// line_editor.hpp - where commands come from: the user at a terminal, with history and completion, or any descriptor.
#pragma once

#include "completion.hpp"

#include <memory>
#include <optional>
#include <string>

namespace programs {

class line_source {
public:
    virtual ~line_source() = default;
    /// Blocks; for a thread that may. Returns: a line without its end; nothing at the end of input, and after interrupt().
    virtual std::optional<std::string> read(const std::string& prompt) = 0;
    /// Makes read() return; may be called on any thread.
    virtual void interrupt() noexcept = 0;
    /// Returns: whether the user sees the typed text, so that it need not be repeated.
    virtual bool echoes() const noexcept = 0;
};

/// Reads a descriptor as it is; owns it if it is not standard input. `prompting`: a terminal, without editing.
std::unique_ptr<line_source> make_plain_source(int fd, bool prompting);
/// The terminal at standard input. Returns: nothing where this program was built without a line editor, or the terminal cannot.
std::unique_ptr<line_source> make_terminal_source(directory_names names);

} // namespace programs
