#include "wire/connection_messages.hpp"

namespace sshoal::wire::msg {

namespace {

template <class M>
result<M> decode_recipient_only(byte_view payload)
{
    reader r = open_message(payload, M::number);
    M m;
    m.recipient = r.u32();
    return close_message(r, m);
}

} // namespace

void global_request::encode(writer& w) const { w.u8(number).string(name).boolean(want_reply).raw(rest); }

result<global_request> global_request::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    global_request m;
    m.name = r.text();
    m.want_reply = r.boolean();
    m.rest = r.rest();
    return close_message(r, m);
}

void request_success::encode(writer& w) const { w.u8(number).raw(rest); }

result<request_success> request_success::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    request_success m;
    m.rest = r.rest();
    return close_message(r, m);
}

void request_failure::encode(writer& w) const { w.u8(number); }

result<request_failure> request_failure::decode(byte_view payload)
{
    const reader r = open_message(payload, number);
    return close_message(r, request_failure{});
}

void channel_open::encode(writer& w) const { w.u8(number).string(type).u32(sender).u32(window).u32(max_packet).raw(rest); }

result<channel_open> channel_open::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    channel_open m;
    m.type = r.text();
    m.sender = r.u32();
    m.window = r.u32();
    m.max_packet = r.u32();
    m.rest = r.rest();
    return close_message(r, m);
}

void channel_open_confirmation::encode(writer& w) const
{
    w.u8(number).u32(recipient).u32(sender).u32(window).u32(max_packet).raw(rest);
}

result<channel_open_confirmation> channel_open_confirmation::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    channel_open_confirmation m;
    m.recipient = r.u32();
    m.sender = r.u32();
    m.window = r.u32();
    m.max_packet = r.u32();
    m.rest = r.rest();
    return close_message(r, m);
}

void channel_open_failure::encode(writer& w) const
{
    w.u8(number).u32(recipient).u32(reason).string(description).string(language);
}

result<channel_open_failure> channel_open_failure::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    channel_open_failure m;
    m.recipient = r.u32();
    m.reason = r.u32();
    m.description = r.text();
    m.language = r.text();
    return close_message(r, m);
}

void channel_window_adjust::encode(writer& w) const { w.u8(number).u32(recipient).u32(bytes); }

result<channel_window_adjust> channel_window_adjust::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    channel_window_adjust m;
    m.recipient = r.u32();
    m.bytes = r.u32();
    return close_message(r, m);
}

void channel_data::encode(writer& w) const { w.u8(number).u32(recipient).string(data); }

result<channel_data> channel_data::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    channel_data m;
    m.recipient = r.u32();
    m.data = r.string();
    return close_message(r, m);
}

void channel_extended_data::encode(writer& w) const { w.u8(number).u32(recipient).u32(code).string(data); }

result<channel_extended_data> channel_extended_data::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    channel_extended_data m;
    m.recipient = r.u32();
    m.code = r.u32();
    m.data = r.string();
    return close_message(r, m);
}

void channel_eof::encode(writer& w) const { w.u8(number).u32(recipient); }
result<channel_eof> channel_eof::decode(byte_view payload) { return decode_recipient_only<channel_eof>(payload); }

void channel_close::encode(writer& w) const { w.u8(number).u32(recipient); }
result<channel_close> channel_close::decode(byte_view payload) { return decode_recipient_only<channel_close>(payload); }

void channel_request::encode(writer& w) const { w.u8(number).u32(recipient).string(type).boolean(want_reply).raw(rest); }

result<channel_request> channel_request::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    channel_request m;
    m.recipient = r.u32();
    m.type = r.text();
    m.want_reply = r.boolean();
    m.rest = r.rest();
    return close_message(r, m);
}

void channel_success::encode(writer& w) const { w.u8(number).u32(recipient); }
result<channel_success> channel_success::decode(byte_view payload) { return decode_recipient_only<channel_success>(payload); }

void channel_failure::encode(writer& w) const { w.u8(number).u32(recipient); }
result<channel_failure> channel_failure::decode(byte_view payload) { return decode_recipient_only<channel_failure>(payload); }

} // namespace sshoal::wire::msg
