#include "escape_sequences.hpp"

#include <utility>

namespace programs {
namespace {

constexpr char control_z = 'Z' - 64;

constexpr std::pair<char, escape> meanings[] = {
    {'.', escape::disconnect}, {control_z, escape::suspend},   {'B', escape::send_break},   {'R', escape::rekey},
    {'V', escape::less_talk},  {'v', escape::more_talk},       {'#', escape::connections},  {'?', escape::help},
    {'C', escape::command_line}, {'&', escape::background},
};

escape meaning_of(char c) noexcept
{
    for (const auto& [typed, what] : meanings)
        if (typed == c)
            return what;
    return escape::none;
}

} // namespace

escape escape_sequences::take(std::string_view& typed, std::string& to_send)
{
    while (!typed.empty()) {
        const char c = typed.front();
        typed.remove_prefix(1);
        if (std::exchange(pending_, false)) {
            // Behind a sequence the line still begins, since the program at the server has not seen the sequence.
            if (const escape what = meaning_of(c); what != escape::none)
                return what;
            if (c != character_)
                to_send += *character_;
        } else if (line_begins_ && character_ && c == *character_) {
            pending_ = true;
            continue;
        }
        line_begins_ = c == '\r' || c == '\n';
        to_send += c;
    }
    return escape::none;
}

std::string escape_sequences::shown() const
{
    if (!character_)
        return "none";
    const auto c = static_cast<unsigned char>(*character_);
    return c < 32 ? std::string{'^', static_cast<char>(c + 64)} : std::string(1, *character_);
}

std::string escape_sequences::help(bool with_command_line) const
{
    constexpr std::pair<std::string_view, std::string_view> lines[] = {
        {".", "  - terminate connection"},
        {"B", "  - send a BREAK to the remote system"},
        {"C", "  - open a command line"},
        {"R", "  - request rekey"},
        {"V/v", "- decrease/increase verbosity (LogLevel)"},
        {"^Z", " - suspend ssh"},
        {"#", "  - list open channels"},
        {"?", "  - this message"},
    };
    const std::string mark = shown();
    std::string text = "Supported escape sequences:\r\n";
    for (const auto& [typed, meaning] : lines)
        if (with_command_line || typed != "C")
            text.append(" ").append(mark).append(typed).append(" ").append(meaning).append("\r\n");
    text.append(" ").append(mark).append(mark).append("   - send the escape character by typing it twice\r\n");
    return text + "(Note that escapes are only recognized immediately after newline.)";
}

} // namespace programs
