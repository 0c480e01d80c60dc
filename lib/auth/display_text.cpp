#include "auth/display_text.hpp"

#include "sshoal/error.hpp"

#include <algorithm>

namespace sshoal::auth {

std::string display_text(std::string_view text, std::size_t limit)
{
    std::string out;
    while (!text.empty()) {
        if (out.size() >= limit)
            return out + "...";
        const std::size_t plain = std::min(text.find_first_of("\n\t\\\r"), text.size());
        if (plain > 0) {
            out += printable(text.substr(0, plain), limit - out.size());
            text.remove_prefix(plain);
            continue;
        }
        if (text.front() != '\r')
            out += text.front();
        else if (!text.starts_with("\r\n"))
            out += "\\x0d";
        text.remove_prefix(1);
    }
    return out;
}

} // namespace sshoal::auth
