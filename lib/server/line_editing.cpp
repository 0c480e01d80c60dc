#include "server/line_editing.hpp"

#include "server/text_cells.hpp"

#include <algorithm>
#include <utility>

namespace sshoal::server {
namespace {

constexpr char escape_byte = '\x1b';
constexpr unsigned char delete_byte = 0x7f;
constexpr std::size_t longest_sequence = 16;
constexpr std::string_view erase_row = "\r\x1b[K";

constexpr unsigned char control(char letter) noexcept { return static_cast<unsigned char>(letter & 0x1f); }

} // namespace

void line_editing::begin(std::string_view prompt, bool hidden)
{
    prompt_ = prompt;
    prompt_cells_ = cells_of(prompt);
    hidden_ = hidden;
    active_ = true;
    entry_ = history_.size();
    if (terminal_)
        draw();
}

void line_editing::limit_history(std::size_t lines)
{
    most_history_ = lines;
    if (history_.size() > lines)
        history_.erase(history_.begin(), history_.end() - std::ptrdiff_t(lines));
    entry_ = history_.size();
}

std::string line_editing::take_line()
{
    std::string line = std::move(line_);
    reset();
    return line;
}

void line_editing::reset()
{
    line_.clear();
    draft_.clear();
    sequence_.clear();
    escape_ = escape::none;
    at_ = left_ = 0;
    entry_ = history_.size();
    active_ = false;
}

line_editing::event line_editing::finish()
{
    return !terminal_ && !line_.empty() ? event::line : event::end;
}

// -- keys ---------------------------------------------------------------------------------------------------------------------

line_editing::event line_editing::take(std::string_view& keys)
{
    event e = event::none;
    while (!keys.empty() && e == event::none) {
        const char c = keys.front();
        keys.remove_prefix(1);
        e = terminal_ ? key(static_cast<unsigned char>(c)) : plain_byte(c);
    }
    if (stale_ && e == event::none)
        draw(); // once for all of the keys
    return e;
}

line_editing::event line_editing::plain_byte(char c)
{
    if (c == '\n') {
        if (line_.ends_with('\r'))
            line_.pop_back();
        return event::line;
    }
    if (line_.size() < longest_)
        line_ += c;
    return event::none;
}

line_editing::event line_editing::key(unsigned char c)
{
    const bool second_half = std::exchange(after_return_, c == '\r') && c == '\n';
    if (second_half)
        return event::none;
    if (escape_ != escape::none) {
        escape_key(c);
        return event::none;
    }
    if (c >= 0x20 && c != delete_byte) {
        typed(c);
        return event::none;
    }
    sequence_.clear(); // a character that was cut short
    switch (c) {
    case '\r':
    case '\n': keep_line(); end_line(""); return event::line;
    case control('C'): end_line("^C"); reset(); return event::interrupted;
    case control('D'):
        if (line_.empty()) {
            end_line("");
            return event::end;
        }
        erase(at_, after());
        break;
    case control('H'):
    case delete_byte: erase(before(), at_); break;
    case control('A'): move_to(0); break;
    case control('E'): move_to(line_.size()); break;
    case control('B'): move_to(before()); break;
    case control('F'): move_to(after()); break;
    case control('K'): erase(at_, line_.size()); break;
    case control('U'): erase(0, at_); break;
    case control('W'): erase(word_before(), at_); break;
    case control('P'): recall(entry_ > 0 ? entry_ - 1 : 0); break;
    case control('N'): recall(entry_ + 1); break;
    case control('L'):
        out_ += "\x1b[H\x1b[2J";
        stale_ = true;
        break;
    case static_cast<unsigned char>(escape_byte): escape_ = escape::begun; break;
    default: break;
    }
    return event::none;
}

void line_editing::escape_key(unsigned char c)
{
    if (c == static_cast<unsigned char>(escape_byte)) {
        escape_ = escape::begun;
        return;
    }
    switch (std::exchange(escape_, escape::none)) {
    case escape::begun:
        sequence_.clear();
        if (c == '[')
            escape_ = escape::bracket;
        else if (c == 'O')
            escape_ = escape::letter;
        else if (c == 'b')
            move_to(word_before());
        else if (c == 'f')
            move_to(word_after());
        else if (c == 'd')
            erase(at_, word_after());
        else if (c == delete_byte || c == control('H'))
            erase(word_before(), at_);
        return;
    case escape::bracket:
        if (c >= 0x20 && c < 0x40) { // a parameter
            if (sequence_.size() < longest_sequence)
                sequence_ += char(c);
            escape_ = escape::bracket;
            return;
        }
        sequence_key(char(c));
        sequence_.clear();
        return;
    case escape::letter: sequence_key(char(c)); return;
    case escape::none: return;
    }
}

void line_editing::sequence_key(char last)
{
    const bool with_control = sequence_.ends_with(";5") || sequence_.ends_with(";3");
    switch (last) {
    case 'A': recall(entry_ > 0 ? entry_ - 1 : 0); break;
    case 'B': recall(entry_ + 1); break;
    case 'C': move_to(with_control ? word_after() : after()); break;
    case 'D': move_to(with_control ? word_before() : before()); break;
    case 'H': move_to(0); break;
    case 'F': move_to(line_.size()); break;
    case '~':
        if (sequence_ == "1" || sequence_ == "7")
            move_to(0);
        else if (sequence_ == "4" || sequence_ == "8")
            move_to(line_.size());
        else if (sequence_ == "3")
            erase(at_, after());
        break;
    default: break;
    }
}

/// A byte of a character. Characters come in pieces; what is no UTF-8 is dropped.
void line_editing::typed(unsigned char c)
{
    const bool begins = (c & 0xc0) != 0x80;
    if (begins)
        sequence_.clear();
    else if (sequence_.empty())
        return;
    sequence_ += char(c);
    const std::size_t wanted = sequence_length(static_cast<unsigned char>(sequence_.front()));
    if (sequence_.size() < wanted)
        return;
    if (is_typed_character(sequence_))
        insert(std::exchange(sequence_, {}));
    sequence_.clear();
}

// -- the line -----------------------------------------------------------------------------------------------------------------

void line_editing::insert(std::string_view character)
{
    if (line_.size() + character.size() > longest_) {
        out_ += '\a';
        return;
    }
    const bool at_end = at_ == line_.size();
    line_.insert(at_, character);
    at_ += character.size();
    if (hidden_)
        return;
    const std::size_t cells = shown_cells_ + character_at(character).cells;
    if (at_end && !stale_ && cells <= room()) {
        out_ += character;
        shown_cells_ = cells;
    } else {
        stale_ = true;
    }
}

void line_editing::move_to(std::size_t at) noexcept
{
    stale_ = stale_ || at != at_;
    at_ = at;
}

void line_editing::erase(std::size_t from, std::size_t to)
{
    if (from == to)
        return;
    line_.erase(from, to - from);
    at_ = from;
    stale_ = true;
}

std::size_t line_editing::before() const noexcept { return at_ - last_character(std::string_view(line_).substr(0, at_)); }

std::size_t line_editing::after() const noexcept { return at_ + character_at(std::string_view(line_).substr(at_)).bytes; }

std::size_t line_editing::word_before() const noexcept
{
    std::size_t at = at_;
    while (at > 0 && line_[at - 1] == ' ')
        --at;
    while (at > 0 && line_[at - 1] != ' ')
        --at;
    return at;
}

std::size_t line_editing::word_after() const noexcept
{
    std::size_t at = at_;
    while (at < line_.size() && line_[at] == ' ')
        ++at;
    while (at < line_.size() && line_[at] != ' ')
        ++at;
    return at;
}

/// Shows another entry of the history.
void line_editing::recall(std::size_t entry)
{
    if (hidden_ || entry > history_.size() || entry == entry_)
        return;
    if (entry_ == history_.size())
        draft_ = line_;
    entry_ = entry;
    line_ = entry == history_.size() ? draft_ : history_[entry];
    at_ = line_.size();
    left_ = 0;
    stale_ = true;
}

void line_editing::keep_line()
{
    if (hidden_ || line_.empty() || most_history_ == 0 || (!history_.empty() && history_.back() == line_))
        return;
    if (history_.size() >= most_history_)
        history_.erase(history_.begin());
    history_.push_back(line_);
}

/// Leaves the row of the line.
void line_editing::end_line(std::string_view shown)
{
    if (stale_)
        draw();
    out_ += shown;
    out_ += "\r\n";
    active_ = false;
}

// -- the screen ---------------------------------------------------------------------------------------------------------------

std::size_t line_editing::room() const noexcept
{
    constexpr std::size_t least = 4;
    const std::size_t columns = columns_ > 0 ? columns_ : 80;
    const std::size_t taken = prompt_cells_ + 1; // the cursor may stand behind the line
    return columns > taken + least ? columns - taken : least;
}

/// Returns: the first character of the longest part before the cursor that the row has room for.
std::size_t line_editing::left_of_cursor() const noexcept
{
    const std::string_view line = line_;
    std::size_t left = at_, cells = 0;
    while (left > 0) {
        const std::size_t to = left - last_character(line.substr(0, left));
        cells += character_at(line.substr(to)).cells;
        if (cells > room())
            break;
        left = to;
    }
    return left;
}

void line_editing::draw()
{
    stale_ = false;
    out_ += '\r';
    out_ += prompt_;
    if (hidden_) {
        out_ += "\x1b[K";
        return;
    }
    const std::string_view line = line_;
    if (cells_of(line) <= room())
        left_ = 0;
    left_ = std::min(left_, at_);
    if (cells_of(line.substr(left_, at_ - left_)) > room())
        left_ = left_of_cursor();
    std::size_t end = left_, cells = 0;
    while (end < line.size()) {
        const first_character c = character_at(line.substr(end));
        if (cells + c.cells > room())
            break;
        cells += c.cells;
        end += c.bytes;
    }
    shown_cells_ = cells;
    out_ += line.substr(left_, end - left_);
    out_ += "\x1b[K";
    if (at_ == end)
        return;
    out_ += '\r';
    if (const std::size_t to = prompt_cells_ + cells_of(line.substr(left_, at_ - left_)); to > 0)
        out_ += "\x1b[" + std::to_string(to) + "C";
}

void line_editing::print(std::string_view text)
{
    if (active_ && terminal_)
        out_ += erase_row;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view row = text.substr(0, end);
        if (row.ends_with('\r'))
            row.remove_suffix(1);
        out_ += row;
        out_ += terminal_ ? "\r\n" : "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (active_ && terminal_)
        draw();
}

void line_editing::resize(std::uint32_t columns)
{
    if (std::exchange(columns_, columns) != columns && active_ && terminal_)
        draw();
}

} // namespace sshoal::server
