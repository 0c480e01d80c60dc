// The request for a tunnel and the reply of an HTTP proxy (RFC 9110 §9.3.6, RFC 9112).
#include "net/proxy/proxy_talk.hpp"

#include "keys/base64.hpp"

#include <algorithm>

namespace sshoal::net {
namespace {

constexpr std::string_view end_of_fields = "\r\n\r\n";

bool is_graphic_name(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Returns: whether this is "HTTP/1.1 200", with or without a reason behind it.
bool is_status_line(std::string_view line) noexcept
{
    return line.size() >= 12 && line.starts_with("HTTP/1.") && is_digit(line[7]) && line[8] == ' ' && is_digit(line[9])
           && is_digit(line[10]) && is_digit(line[11]) && (line.size() == 12 || line[12] == ' ');
}

class http_connect_talk final : public proxy_talk {
public:
    explicit http_connect_talk(std::string_view request) { append(sending_, view_of(request)); }

    /// A reply may be read in larger pieces as long as they cannot reach beyond its end.
    std::size_t wanted() const noexcept override
    {
        std::size_t matched = std::min(end_of_fields.size() - 1, text_.size());
        while (matched > 0 && !std::string_view(text_).ends_with(end_of_fields.substr(0, matched)))
            --matched;
        return std::min(end_of_fields.size() - matched, most_http_reply - text_.size());
    }
    state take(byte_view from) override
    {
        constexpr std::string_view begin = "HTTP/1.";
        text_ += text_of(from.first(std::min(from.size(), wanted())));
        const std::size_t known = std::min(text_.size(), begin.size());
        if (text_.compare(0, known, begin.substr(0, known)) != 0)
            return refuse("it is no HTTP proxy; its first bytes are \"" + printable(text_, 64) + '"');
        if (text_.ends_with(end_of_fields))
            return end_of_reply();
        if (text_.size() == most_http_reply)
            return refuse("its reply has no end within " + std::to_string(most_http_reply) + " bytes");
        return state::reading;
    }

private:
    state end_of_reply()
    {
        constexpr std::size_t at_status = 9;
        const std::string_view line = std::string_view(text_).substr(0, text_.find("\r\n"));
        if (!is_status_line(line))
            return refuse("its reply begins with \"" + printable(line, 64) + '"');
        return line[at_status] == '2' ? state::granted : refuse(printable(line.substr(at_status), 200));
    }

    std::string text_;
};

} // namespace

proxy_talk_outcome begin_http_connect(const proxy& through, const endpoint& target)
{
    if (!target.is_tcp() || !is_graphic_name(target.address()) || target.port() == 0)
        return failure(errc::invalid_argument, "no target for an HTTP proxy: " + printable(target.describe()));
    const std::string place = target.to_string();
    std::string request = "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\n";
    if (through.logs_in()) {
        const std::string both = through.user() + ':' + through.password();
        if (through.user().find(':') != std::string::npos)
            return failure(errc::invalid_argument, "a user of an HTTP proxy has no ':' in the name: " + printable(through.user(), 64));
        request += "Proxy-Authorization: Basic " + keys::base64(view_of(std::string_view(both))) + "\r\n";
    }
    return std::make_unique<http_connect_talk>(request + "\r\n");
}

} // namespace sshoal::net
