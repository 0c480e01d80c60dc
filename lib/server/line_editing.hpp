// line_editing.hpp - edits lines on a terminal, without I/O: the bytes of the keyboard go in, and the bytes for the screen come
// out. The line is shown in one row of the screen, which is scrolled sideways if the line is longer than the row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshoal::server {

class line_editing {
public:
    enum class event : std::uint8_t {
        none,        ///< everything has been taken, and the line goes on
        line,        ///< the line is complete: take_line()
        interrupted, ///< Ctrl-C: the line is dropped
        end,         ///< Ctrl-D on an empty line
    };

    /// `terminal`: false for input that is no terminal's: lines end with "\n" or "\r\n", and nothing is edited or shown.
    line_editing(bool terminal, std::uint32_t columns) : terminal_(terminal), columns_(columns) {}

    /// Begins a line, or goes on with one that was being typed, and shows the prompt. `hidden`: what is typed is not shown, and
    /// not remembered.
    void begin(std::string_view prompt, bool hidden);
    /// Takes bytes up to the first event and removes them from the front of `keys`.
    event take(std::string_view& keys);
    /// The end of the input. Returns: line if there is a line without an end on input that is no terminal's; else end.
    event finish();
    std::string take_line();

    /// Shows text above the line that is being typed. "\n" ends a row; the last end may be left out.
    void print(std::string_view text);
    void resize(std::uint32_t columns);

    /// The bytes for the screen. The caller removes those that have been sent.
    std::string& output() noexcept { return out_; }

    void limit_line(std::size_t bytes) noexcept { longest_ = bytes; }
    void limit_history(std::size_t lines);
    /// The lines that were typed, the oldest first.
    const std::vector<std::string>& history() const noexcept { return history_; }
    void set_history(std::vector<std::string> lines)
    {
        history_ = std::move(lines);
        limit_history(most_history_);
    }

private:
    enum class escape : std::uint8_t { none, begun, bracket, letter };

    event key(unsigned char c);
    event plain_byte(char c);
    void escape_key(unsigned char c);
    void sequence_key(char last);
    void typed(unsigned char c);
    void insert(std::string_view character);
    void move_to(std::size_t at) noexcept;
    void erase(std::size_t from, std::size_t to);
    void recall(std::size_t entry);
    std::size_t before() const noexcept;      ///< where the character before the cursor begins
    std::size_t after() const noexcept;       ///< where the character under the cursor ends
    std::size_t word_before() const noexcept; ///< where the word before the cursor begins
    std::size_t word_after() const noexcept;
    void keep_line();
    void end_line(std::string_view shown);
    void reset();
    std::size_t room() const noexcept; ///< the cells of the row that the line may take
    std::size_t left_of_cursor() const noexcept;
    void draw();

    const bool terminal_;
    std::uint32_t columns_;
    bool active_ = false, hidden_ = false, stale_ = false, after_return_ = false;
    escape escape_ = escape::none;
    std::string prompt_, line_, out_;
    std::string sequence_;  // the bytes of an escape sequence, or of a character, that are here so far
    std::size_t at_ = 0;    // the cursor's place in the line
    std::size_t left_ = 0;  // the first byte of the line that is shown
    std::size_t prompt_cells_ = 0, shown_cells_ = 0; // the cells of the prompt, and of the part of the line that is shown
    std::size_t longest_ = 4096;
    std::size_t most_history_ = 500;
    std::vector<std::string> history_;
    std::size_t entry_ = 0; // the entry of the history that is shown; its size: the line that is being typed
    std::string draft_;     // that line, while an entry is shown
};

} // namespace sshoal::server
