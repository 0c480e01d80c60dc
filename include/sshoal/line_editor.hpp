// line_editor.hpp - reads lines from the user of a server's session, who edits them on a terminal.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/server_connection.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshoal SSHOAL_API {

/// Reads lines from a session, with the keys of shells: arrows, Home, End and Delete, Ctrl-A, E, B, F, K, U, W, H, D, L, P and N,
/// and Alt-B, F and D. Up and Down go through the lines that were typed before. Text is UTF-8; wide and combining characters take
/// their cells. A line that is longer than the row scrolls sideways, and follows changes of the window.
///
///     line_editor editor(request->accept());
///     while (std::optional<std::string> line = co_await editor.read_line("> "))
///         room.say(*line);
///
/// On a session without a terminal, lines are read as they come, and no prompt is shown.
/// A cheap handle: copies share the editor. Executor: any for read_line(), read_hidden(), flush() and print(); the strand for
/// the others.
/// Lifetime: the editor keeps its session.
class line_editor {
public:
    explicit line_editor(server_session s);

    /// Shows the prompt and reads a line. Returns: the line without its end, in which there are no control characters if it comes
    /// from a terminal; nothing at the end of the input, and after Ctrl-D on an empty line. Ctrl-C drops the line and shows the
    /// prompt again, unless interrupts() says otherwise.
    /// Errors: as channel::read_some(). Cancellation: terminal, partial, total - what has been typed stays for the next call.
    awaitable<std::optional<std::string>> read_line(std::string prompt = {});
    /// The same for a password: what is typed is not shown, and not kept in the history.
    awaitable<std::optional<std::string>> read_hidden(std::string prompt);

    /// Shows text above the line that is being typed; "\n" ends its rows. Does not wait: text waits here while the client does
    /// not read, and is dropped while as many bytes wait as limit_output() says. The text goes to the terminal as it is, so the text of strangers must go
    /// through printable() first. Nothing else may write to the session while a line is read.
    void print(std::string text);
    /// Waits until all text has been sent. To be called before the program writes to the session itself, or ends it.
    /// Errors: as channel::write(). Cancellation: terminal, partial, total - the text stays for the next call.
    awaitable<void> flush();

    /// Ctrl-C ends read_line() with nothing, and interrupted() tells it from the end of the input. Default: off.
    void interrupts(bool on = true);
    /// Returns: whether Ctrl-C has ended the last read_line().
    bool interrupted() const noexcept;
    void limit_line(std::size_t bytes);    ///< longer lines are cut, with a sound. Default 4096
    /// Limits the bytes that wait here for a client that does not read: from this number on, print() drops its text and no more
    /// keys are taken from the client. Default 1 MiB.
    void limit_output(std::size_t bytes);
    void limit_history(std::size_t lines); ///< the oldest lines are dropped; 0: there is no history. Default 500
    /// The lines that were typed, the oldest first, for a program that keeps them in a file.
    const std::vector<std::string>& history() const noexcept;
    void set_history(std::vector<std::string> lines);

    const server_session& session() const noexcept;
    executor get_executor() const noexcept;

    struct state;

private:
    std::shared_ptr<state> self_;
};

} // namespace sshoal
