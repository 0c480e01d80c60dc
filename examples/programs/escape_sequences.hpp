// escape_sequences.hpp - typed sequences that are meant for this program and not for the one at the server: a line that begins
// with the escape character, as in "~.".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace programs {

/// The request of a sequence. `none`: there was no sequence.
enum class escape {
    none, disconnect, suspend, send_break, rekey, less_talk, more_talk, connections, help, command_line, background
};

/// Finds sequences in typed text, which may come in pieces of any length.
class escape_sequences {
public:
    /// If there is no character, there are no sequences.
    explicit escape_sequences(std::optional<char> character) noexcept
        : character_(character)
    {
    }

    /// Moves text for the server from the front of `typed` to the end of `to_send`, up to a sequence. Returns: the request of
    /// that sequence; `none` if `typed` has no sequence.
    escape take(std::string_view& typed, std::string& to_send);

    /// Returns: the character as it is shown: "~", "^A"; "none" if there is none.
    std::string shown() const;
    /// Returns: the text of "~?", with the line ends of a terminal in raw mode, except behind the last line.
    std::string help(bool with_command_line = false) const;

private:
    std::optional<char> character_;
    bool line_begins_ = true;
    bool pending_ = false; ///< the escape character was typed, and the next character decides
};

} // namespace programs
