#include "wire/transport_messages.hpp"

namespace sshoal::wire::msg {

// Fields are assigned one statement at a time: the order of reads is the order on the wire.

void disconnect::encode(writer& w) const { w.u8(number).u32(reason).string(description).string(language); }

result<disconnect> disconnect::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    disconnect m;
    m.reason = r.u32();
    m.description = r.text();
    m.language = r.text();
    return close_message(r, m);
}

void ignore::encode(writer& w) const { w.u8(number).string(data); }

result<ignore> ignore::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    ignore m;
    m.data = r.string();
    return close_message(r, m);
}

void unimplemented::encode(writer& w) const { w.u8(number).u32(sequence); }

result<unimplemented> unimplemented::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    unimplemented m;
    m.sequence = r.u32();
    return close_message(r, m);
}

void debug::encode(writer& w) const { w.u8(number).boolean(always_display).string(text).string(language); }

result<debug> debug::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    debug m;
    m.always_display = r.boolean();
    m.text = r.text();
    m.language = r.text();
    return close_message(r, m);
}

void service_request::encode(writer& w) const { w.u8(number).string(name); }

result<service_request> service_request::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    service_request m;
    m.name = r.text();
    return close_message(r, m);
}

void service_accept::encode(writer& w) const { w.u8(number).string(name); }

result<service_accept> service_accept::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    service_accept m;
    m.name = r.text();
    return close_message(r, m);
}

void ext_info::encode(writer& w) const
{
    w.u8(number).u32(std::uint32_t(extensions.size()));
    for (const extension& e : extensions)
        w.string(e.name).string(e.value);
}

result<ext_info> ext_info::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    ext_info m;
    const std::uint32_t count = r.u32();
    // An extension takes at least its two lengths, so a count that cannot be true costs no memory.
    if (count > most_extensions || count > r.left() / 8)
        r.fail();
    else
        m.extensions.reserve(count);
    for (std::uint32_t i = 0; i < count && r.ok(); ++i) {
        extension e;
        e.name = r.text();
        e.value = r.string();
        m.extensions.push_back(e);
    }
    return close_message(r, std::move(m));
}

void ping::encode(writer& w) const { w.u8(number).string(data); }

result<ping> ping::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    ping m;
    m.data = r.string();
    return close_message(r, m);
}

void pong::encode(writer& w) const { w.u8(number).string(data); }

result<pong> pong::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    pong m;
    m.data = r.string();
    return close_message(r, m);
}

} // namespace sshoal::wire::msg
