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

opening named(std::string_view name, bytes body)
{
    opening o;
    o.type = name;
    o.body = std::move(body);
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

opening forwarded_opening(const endpoint& listening, const endpoint& originator)
{
    if (listening.is_unix()) {
        msg::forwarded_streamlocal m;
        m.path = listening.path();
        return opening_of(m);
    }
    msg::forwarded_tcpip m;
    m.host = listening.address();
    m.port = listening.port();
    m.originator = originator.is_tcp() ? std::string_view(originator.address()) : no_originator;
    m.originator_port = originator.port();
    return opening_of(m);
}

outcome<opening> listen_request(const endpoint& at, listen_verb v)
{
    const bool begin = v == listen_verb::begin;
    if (at.is_unix()) {
        msg::streamlocal_forward m;
        m.path = at.path();
        return named(begin ? msg::streamlocal_forward::name : msg::streamlocal_forward::cancel_name, wire::encoded(m));
    }
    if (!at.is_tcp())
        return failure(errc::invalid_argument, "an endpoint without address");
    msg::tcpip_forward m;
    m.address = at.address();
    m.port = at.port();
    return named(begin ? msg::tcpip_forward::name : msg::tcpip_forward::cancel_name, wire::encoded(m));
}

outcome<endpoint> read_listen(std::string_view name, byte_view body)
{
    if (name == msg::streamlocal_forward::name || name == msg::streamlocal_forward::cancel_name) {
        const result<msg::streamlocal_forward> m = msg::streamlocal_forward::decode(body);
        if (!m)
            return failure(m.error(), std::string(name));
        if (m->path.empty() || !is_text(m->path))
            return failure(errc::invalid_argument, "no path of a socket: " + printable(m->path, 64));
        return endpoint::unix_socket(std::string(m->path));
    }
    const result<msg::tcpip_forward> m = msg::tcpip_forward::decode(body);
    if (!m)
        return failure(m.error(), std::string(name));
    if (!is_text(m->address) || m->port > 0xffff)
        return failure(errc::invalid_argument, "no address: " + printable(m->address, 64) + " port " + std::to_string(m->port));
    return endpoint(std::string(m->address), std::uint16_t(m->port));
}

bytes listen_reply(std::uint16_t port)
{
    msg::tcpip_forward_reply m;
    m.port = port;
    return wire::encoded(m);
}

outcome<std::uint16_t> read_listen_reply(byte_view body)
{
    const result<msg::tcpip_forward_reply> m = msg::tcpip_forward_reply::decode(body);
    if (!m || m->port == 0 || m->port > 0xffff)
        return failure(m ? make_error_code(errc::malformed_message) : m.error(), "the port in the reply to tcpip-forward");
    return std::uint16_t(m->port);
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
