#include "config/forward_spec.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace sshoal::conf {
namespace {

constexpr std::string_view socks_host = "socks"; ///< how a remote forwarding without target is shown
constexpr std::size_t most_fields = 4, longest_host = 1024, longest_path = 107;

struct field {
    std::string text;
    bool is_path = false;
};

/// Takes the next field and the colon behind it. Returns: nothing for a bracket without its partner, or a backslash at the end.
std::optional<field> take_field(std::string_view& rest)
{
    field f;
    if (rest.starts_with('[')) {
        const std::size_t end = rest.find(']');
        const std::string_view behind = end == rest.npos ? rest : rest.substr(end + 1);
        if (end == rest.npos || (!behind.empty() && !behind.starts_with(':')))
            return std::nullopt;
        f.text = rest.substr(1, end - 1);
        rest = behind.substr(std::min<std::size_t>(behind.size(), 1));
    } else {
        std::size_t i = 0;
        for (; i < rest.size() && rest[i] != ':'; ++i) {
            if (rest[i] == '\\' && ++i == rest.size())
                return std::nullopt;
            f.text += rest[i];
        }
        rest = rest.substr(std::min(i + 1, rest.size()));
    }
    f.is_path = f.text.find('/') != f.text.npos;
    return f;
}

/// The fields of a specification from the left to the right.
class reader {
public:
    explicit reader(std::vector<field> fields) : fields_(std::move(fields)) {}

    std::size_t left() const noexcept { return fields_.size() - at_; }
    bool path_next() const noexcept { return left() > 0 && fields_[at_].is_path; }

    bool take_path(forward_end& to)
    {
        if (left() == 0)
            return false;
        to.path = fields_[at_++].text;
        return !to.path.empty() && to.path.size() <= longest_path;
    }
    bool take_host(forward_end& to)
    {
        if (left() == 0)
            return false;
        to.host = fields_[at_++].text;
        return to.host->size() < longest_host;
    }
    bool take_port(forward_end& to)
    {
        if (left() == 0)
            return false;
        const std::string& digits = fields_[at_++].text;
        const auto [end, why] = std::from_chars(digits.data(), digits.data() + digits.size(), to.port);
        return !digits.empty() && why == std::errc() && end == digits.data() + digits.size();
    }

private:
    std::vector<field> fields_;
    std::size_t at_ = 0;
};

/// The number of fields says whether the listening end has a host.
bool take_listen(reader& r, forward_end& to, std::size_t fields_of_target)
{
    if (r.path_next())
        return r.take_path(to);
    return (r.left() <= fields_of_target + 1 || r.take_host(to)) && r.take_port(to);
}

bool take_target(reader& r, forward_end& to) { return r.path_next() ? r.take_path(to) : r.take_host(to) && r.take_port(to); }

bool is_socks(const forward_end& e) { return e.path.empty() && e.port == 0 && e.host == socks_host; }

std::string shown_end(const forward_end& e)
{
    if (!e.path.empty())
        return e.path.find_first_of(": \\") == e.path.npos ? e.path : '[' + e.path + ']';
    const std::string port = std::to_string(e.port);
    return e.host ? '[' + *e.host + "]:" + port : port;
}

} // namespace

forward_kind forward_kind_of(const keyword& k) noexcept
{
    if (k.name == "LocalForward")
        return forward_kind::local;
    return k.name == "RemoteForward" ? forward_kind::remote : forward_kind::dynamic;
}

outcome<forward_spec> parse_forward(std::string_view text, forward_kind kind)
{
    const failure bad(errc::invalid_argument, "bad forwarding specification \"" + printable(text) + '"');
    std::vector<field> fields;
    std::string_view rest = text;
    while (!rest.empty()) {
        std::optional<field> next = take_field(rest);
        if (!next || fields.size() == most_fields)
            return bad;
        fields.push_back(std::move(*next));
    }
    if (fields.empty())
        return bad;
    const bool path_last = fields.back().is_path;
    const bool socks = kind == forward_kind::dynamic
                       || (kind == forward_kind::remote && fields.size() == 1)
                       || (kind == forward_kind::remote && fields.size() == 2 && !fields.front().is_path && !path_last);
    reader r(std::move(fields));
    forward_spec f;
    if (!take_listen(r, f.listen, socks ? 0 : path_last ? 1 : 2))
        return bad;
    if (!socks) {
        f.target.emplace();
        if (!take_target(r, *f.target))
            return bad;
        if (kind == forward_kind::remote && is_socks(*f.target))
            f.target.reset();
        else if (f.target->path.empty() && f.target->port == 0)
            return bad;
    }
    if (r.left() > 0 || (f.listen.path.empty() && f.listen.port == 0 && kind != forward_kind::remote))
        return bad;
    return f;
}

std::string shown_forward(const forward_spec& f, forward_kind kind)
{
    if (f.target)
        return shown_end(f.listen) + ' ' + shown_end(*f.target);
    return shown_end(f.listen) + (kind == forward_kind::remote ? " [socks]:0" : "");
}

outcome<forward_spec> parse_shown_forward(std::string_view text, forward_kind kind)
{
    // One of the blanks separates the ends; the others are parts of paths.
    for (std::size_t at = text.find(' '); at != text.npos; at = text.find(' ', at + 1)) {
        std::string joined(text);
        joined[at] = ':';
        if (outcome<forward_spec> f = parse_forward(joined, kind))
            return f;
    }
    return parse_forward(text, kind);
}

} // namespace sshoal::conf
