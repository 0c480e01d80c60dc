#include "sshoal/shell_quote.hpp"

#include "sshoal/error.hpp"

namespace sshoal {

std::string shell_quote(std::string_view text)
{
    if (text.find('\0') != std::string_view::npos)
        throw error(failure(errc::invalid_argument, "\"" + printable(text, 64) + "\" has a NUL, which no command can hold"));
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted + "'";
}

} // namespace sshoal
