#include "transport/identification.hpp"

#include <algorithm>

namespace sshoal::transport {
namespace {

constexpr std::string_view prefix = "SSH-";

failure bad(std::string why)
{
    return {errc::bad_identification, std::move(why)};
}

/// Returns whether `version` is "2." and a number.
bool is_version_2(std::string_view version) noexcept
{
    constexpr std::string_view digits = "0123456789";
    return version.size() > 2 && version.size() < 8 && version.starts_with("2.")
           && version.find_first_not_of(digits, 2) == std::string_view::npos;
}

} // namespace

std::string make_identification(std::string_view software)
{
    std::string line(own_version);
    line += software.substr(0, max_own_software);
    for (char& c : line)
        if (c < 0x20 || c > 0x7e)
            c = '_';
    return line;
}

outcome<identification_reader::progress> identification_reader::read(io_buffer& in)
{
    for (;;) {
        const std::string_view text = text_of(in.view());
        const std::size_t start = std::min(prefix.size(), text.size());
        const bool may_be_version = text.substr(0, start) == prefix.substr(0, start);
        // A client sends no lines before its version line, so a wrong first line is refused at once.
        if (!may_be_version && self_ == role::server)
            return bad("the client did not begin with an SSH identification");

        const std::size_t end = text.find('\n', scanned_);
        const bool complete = end != std::string_view::npos;
        const std::size_t most = may_be_version ? max_version_line : max_pre_line + 2;
        if ((complete ? end + 1 : text.size() + 1) > most)
            return bad(may_be_version ? "the identification line is too long" : "a line before the identification is too long");
        if (!complete) {
            scanned_ = text.size();
            return progress::need_more;
        }
        scanned_ = 0;
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (line.find('\0') != std::string_view::npos)
            return bad("the identification contains a NUL character");
        if (line.starts_with(prefix)) {
            if (failure f = accept_version(line))
                return f;
            in.consume(end + 1);
            return progress::done;
        }
        if (failure f = accept_pre_line(line))
            return f;
        in.consume(end + 1);
    }
}

failure identification_reader::accept_version(std::string_view line)
{
    if (line.find('\r') != std::string_view::npos)
        return bad("a carriage return inside the identification");
    // RFC 4253 §5.1: a server that also speaks version 1 sends 1.99, and some clients send it too. OpenSSH accepts every minor
    // number of version 2, so peers with other minor numbers exist.
    const std::string_view version = line.substr(prefix.size(), line.find('-', prefix.size()) - prefix.size());
    if (version != "1.99" && !is_version_2(version))
        return bad("the other end does not speak SSH 2.0: " + printable(line));
    if (line.size() <= prefix.size() + version.size() + 1)
        return bad("the identification names no software");
    line_ = line;
    return {};
}

failure identification_reader::accept_pre_line(std::string_view line)
{
    if (self_ == role::server)
        return bad("the client did not begin with an SSH identification");
    if (line.size() > max_pre_line)
        return bad("a line before the identification is too long");
    if (++pre_line_count_ > max_pre_lines)
        return bad("too many lines before the identification");
    const std::size_t room = max_kept_pre_text - kept_;
    if (room > 0) {
        std::string kept = printable(line, room);
        kept_ += std::min(room, kept.size() + 1); // empty lines count too
        pre_lines_.push_back(std::move(kept));
    }
    return {};
}

} // namespace sshoal::transport
