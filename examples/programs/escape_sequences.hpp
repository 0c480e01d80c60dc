// escape_sequences.hpp - what a user types at a terminal to speak to this program and not to the one at the server: a line that
// begins with the escape character, as in "~.".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace programs {

/// What a sequence asks for. `none`: there was none.
enum class escape {
    none, disconnect, suspend, send_break, rekey, less_talk, more_talk, connections, help, command_line, background
};

/// Finds sequences in what is typed, in pieces of any length.
class escape_sequences {
public:
    /// Without a character there are no sequences.
    explicit escape_sequences(std::optional<char> character) noexcept
        : character_(character)
    {
    }

    /// Moves what goes to the server from the front of `typed` to the end of `to_send`. Returns: what the sequence asks for that
    /// ended this; `none` where `typed` ended it.
    escape take(std::string_view& typed, std::string& to_send);

    /// How the character is shown: "~", "^A"; "none" where there is none.
    std::string shown() const;
    /// What "~?" shows, with the line ends of a terminal in raw mode, but for the last.
    std::string help() const;

private:
    std::optional<char> character_;
    bool line_begins_ = true;
    bool pending_ = false; ///< the character was typed; what comes behind it says what is asked for
};

/// "~", "^A"; nothing for "none". Errors: config_error, for anything else.
std::optional<char> escape_character(std::string_view text);

} // namespace programs
