#include "wire/forwarding_requests.hpp"

namespace sshoal::wire::msg {

void direct_tcpip::encode(writer& w) const { w.string(host).u32(port).string(originator).u32(originator_port); }

result<direct_tcpip> direct_tcpip::decode(byte_view rest)
{
    reader r(rest);
    direct_tcpip m;
    m.host = r.text();
    m.port = r.u32();
    m.originator = r.text();
    m.originator_port = r.u32();
    return close_message(r, m);
}

void forwarded_tcpip::encode(writer& w) const { w.string(host).u32(port).string(originator).u32(originator_port); }

result<forwarded_tcpip> forwarded_tcpip::decode(byte_view rest)
{
    reader r(rest);
    forwarded_tcpip m;
    m.host = r.text();
    m.port = r.u32();
    m.originator = r.text();
    m.originator_port = r.u32();
    return close_message(r, m);
}

void x11_open::encode(writer& w) const { w.string(originator).u32(originator_port); }

result<x11_open> x11_open::decode(byte_view rest)
{
    reader r(rest);
    x11_open m;
    m.originator = r.text();
    m.originator_port = r.u32();
    return close_message(r, m);
}

void direct_streamlocal::encode(writer& w) const { w.string(path).string(reserved).u32(reserved_port); }

result<direct_streamlocal> direct_streamlocal::decode(byte_view rest)
{
    reader r(rest);
    direct_streamlocal m;
    m.path = r.text();
    m.reserved = r.text();
    m.reserved_port = r.u32();
    return close_message(r, m);
}

void forwarded_streamlocal::encode(writer& w) const { w.string(path).string(reserved); }

result<forwarded_streamlocal> forwarded_streamlocal::decode(byte_view rest)
{
    reader r(rest);
    forwarded_streamlocal m;
    m.path = r.text();
    m.reserved = r.text();
    return close_message(r, m);
}

void tcpip_forward::encode(writer& w) const { w.string(address).u32(port); }

result<tcpip_forward> tcpip_forward::decode(byte_view rest)
{
    reader r(rest);
    tcpip_forward m;
    m.address = r.text();
    m.port = r.u32();
    return close_message(r, m);
}

void tcpip_forward_reply::encode(writer& w) const { w.u32(port); }

result<tcpip_forward_reply> tcpip_forward_reply::decode(byte_view rest)
{
    reader r(rest);
    tcpip_forward_reply m;
    m.port = r.u32();
    return close_message(r, m);
}

void streamlocal_forward::encode(writer& w) const { w.string(path); }

result<streamlocal_forward> streamlocal_forward::decode(byte_view rest)
{
    reader r(rest);
    streamlocal_forward m;
    m.path = r.text();
    return close_message(r, m);
}

void host_keys::encode(writer& w) const
{
    for (const byte_view entry : entries)
        w.string(entry);
}

result<host_keys> host_keys::decode(byte_view rest)
{
    reader r(rest);
    host_keys m;
    while (r.left() > 0) {
        if (m.entries.size() == most_entries) {
            r.fail();
            break;
        }
        m.entries.push_back(r.string());
    }
    return close_message(r, std::move(m));
}

} // namespace sshoal::wire::msg
