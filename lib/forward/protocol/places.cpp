#include "forward/protocol/places.hpp"

#include "wire/forwarding_requests.hpp"

namespace sshoal::forward {
namespace {

namespace msg = wire::msg;

/// The originator of a stream that has no TCP address, as OpenSSH writes it.
constexpr std::string_view no_originator = "127.0.0.1";

template <class Message>
opening opening_of(const Message& m)
{
    opening o;
    o.type = Message::name;
    o.body = wire::encoded(m);
    return o;
}

bool is_text(std::string_view host) noexcept
{
    return host.size() <= most_host && host.find('\0') == host.npos;
}

template <class Message>
outcome<stream_ends> read_tcp(byte_view body, bool may_be_empty)
{
    const result<Message> m = Message::decode(body);
    if (!m)
        return failure(m.error(), std::string(Message::name));
    if (!is_text(m->host) || m->port > 0xffff || (m->host.empty() && !may_be_empty))
        return failure(errc::invalid_argument, "no address: " + printable(m->host, 64) + " port " + std::to_string(m->port));
    stream_ends ends;
    ends.target = endpoint(std::string(m->host), std::uint16_t(m->port));
    if (!m->originator.empty() && is_text(m->originator) && m->originator_port <= 0xffff)
        ends.originator = endpoint(std::string(m->originator), std::uint16_t(m->originator_port));
    return ends;
}

template <class Message>
outcome<stream_ends> read_path(byte_view body)
{
    const result<Message> m = Message::decode(body);
    if (!m)
        return failure(m.error(), std::string(Message::name));
    if (m->path.empty() || !is_text(m->path))
        return failure(errc::invalid_argument, "no path of a socket: " + printable(m->path, 64));
    stream_ends ends;
    ends.target = endpoint::unix_socket(std::string(m->path));
    return ends;
}

} // namespace

outcome<opening> direct_opening(const endpoint& target, const endpoint& originator)
{
    if (target.is_unix()) {
        msg::direct_streamlocal m;
        m.path = target.path();
        return opening_of(m);
    }
    if (!target.is_tcp() || target.address().empty())
        return failure(errc::invalid_argument, "not an address to connect to: \"" + printable(target.to_string(), 64) + "\"");
    msg::direct_tcpip m;
    m.host = target.address();
    m.port = target.port();
    m.originator = originator.is_tcp() ? std::string_view(originator.address()) : no_originator;
    m.originator_port = originator.port();
    return opening_of(m);
}

outcome<stream_ends> read_opening(std::string_view type, byte_view body)
{
    if (type == msg::direct_tcpip::name)
        return read_tcp<msg::direct_tcpip>(body, false);
    if (type == msg::forwarded_tcpip::name)
        return read_tcp<msg::forwarded_tcpip>(body, true);
    if (type == msg::direct_streamlocal::name)
        return read_path<msg::direct_streamlocal>(body);
    return read_path<msg::forwarded_streamlocal>(body);
}

} // namespace sshoal::forward
