// fuzz_scp.cpp - lines of a source, commands for a server and patterns. The first character of the input chooses.
#include "base/bytes.hpp"
#include "scp/protocol/command.hpp"
#include "scp/protocol/pattern.hpp"
#include "scp/protocol/receiving_order.hpp"
#include "sshoal/sftp_types.hpp"

#include <cstdlib>

using namespace sshoal;
using namespace sshoal::scp_protocol;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

std::string_view next_line(std::string_view& text)
{
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// The first line is what was asked for, the others are what a source says.
void receive(std::string_view text)
{
    const request asked(next_line(text));
    receiving_order order(true, 4, asked);
    std::size_t depth = 0;
    while (!text.empty()) {
        const auto c = parse_control(next_line(text), asked.is_dots());
        if (!c)
            break;
        const bool entry = c->what == record::file || c->what == record::directory;
        const bool dots = c->name == "." || c->name == "..";
        require(!entry || dots || sftp::is_plain_name(c->name));
        require(c->mode <= mode_bits && c->size <= most_size);
        if (entry && !dots) {
            const std::string said = c->what == record::file ? file_line(c->mode, c->size, c->name) : directory_line(c->mode, c->name);
            const auto again = parse_control(std::string_view(said).substr(0, said.size() - 1));
            require(said.size() > most_line || (again && again->name == c->name && again->mode == c->mode));
        }
        const auto verdict = order.check(*c);
        if (!verdict)
            break;
        if (entry && depth == 0)
            require(asked.accepts(c->name));
        if (entry && dots)
            require(depth == 0);
        if (*verdict == receiving_order::verdict::accepted && c->what == record::directory)
            ++depth;
        if (c->what == record::end)
            --depth;
        require(depth == order.depth() && depth <= 4);
    }
    (void)order.end();
}

void quote(std::string_view path)
{
    const auto quoted = quoted_for_shell(path, wildcards::quoted);
    if (!quoted)
        return;
    const auto words = words_of("scp -t -- " + *quoted);
    require(words && words->size() == 4 && !has_wildcards(words->back()));
    require(literal(words->back()) == (path.empty() ? "." : path));
    const auto live = quoted_for_shell(path, wildcards::live);
    const auto again = words_of(*live);
    require(again && again->size() == 1 && has_wildcards(again->front()) == has_wildcards(path));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::string_view rest = text_of(view_of(std::span(data + 1, size - 1)));
    switch (char(data[0])) {
    case 'r': receive(rest); break;
    case 'q': quote(rest); break;
    case 'm': {
        const std::string_view pattern = next_line(rest);
        (void)matches(pattern, rest);
        require(rest.starts_with('.') || matches(escaped(rest), rest));
        break;
    }
    default:
        if (const auto c = parse_command(rest))
            for (const std::string& path : c->paths)
                require(path.find('\0') == path.npos);
    }
    return 0;
}
