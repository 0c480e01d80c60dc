#include "wire/kex_messages.hpp"

#include <algorithm>

namespace sshoal::wire::msg {

namespace {

byte_view positive_mpint(reader& r) noexcept
{
    const byte_view magnitude = r.unsigned_mpint();
    return magnitude.empty() ? r.fail() : magnitude;
}

} // namespace

void kexinit::encode(writer& w) const
{
    w.u8(number).raw(cookie);
    write_name_list(w, kex_algorithms);
    write_name_list(w, server_host_key_algorithms);
    write_name_list(w, encryption_client_to_server);
    write_name_list(w, encryption_server_to_client);
    write_name_list(w, mac_client_to_server);
    write_name_list(w, mac_server_to_client);
    write_name_list(w, compression_client_to_server);
    write_name_list(w, compression_server_to_client);
    write_name_list(w, languages_client_to_server);
    write_name_list(w, languages_server_to_client);
    w.boolean(first_kex_packet_follows).u32(reserved);
}

result<kexinit> kexinit::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    kexinit m;
    const byte_view cookie = r.take(m.cookie.size());
    std::copy(cookie.begin(), cookie.end(), m.cookie.begin());
    m.kex_algorithms = read_name_list(r);
    m.server_host_key_algorithms = read_name_list(r);
    m.encryption_client_to_server = read_name_list(r);
    m.encryption_server_to_client = read_name_list(r);
    m.mac_client_to_server = read_name_list(r);
    m.mac_server_to_client = read_name_list(r);
    m.compression_client_to_server = read_name_list(r);
    m.compression_server_to_client = read_name_list(r);
    m.languages_client_to_server = read_name_list(r);
    m.languages_server_to_client = read_name_list(r);
    m.first_kex_packet_follows = r.boolean();
    m.reserved = r.u32();
    return close_message(r, std::move(m));
}

void newkeys::encode(writer& w) const { w.u8(number); }

result<newkeys> newkeys::decode(byte_view payload)
{
    const reader r = open_message(payload, number);
    return close_message(r, newkeys{});
}

void ecdh_init::encode(writer& w) const { w.u8(number).string(public_value); }

result<ecdh_init> ecdh_init::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    ecdh_init m;
    m.public_value = r.string();
    return close_message(r, m);
}

void ecdh_reply::encode(writer& w) const { w.u8(number).string(host_key).string(public_value).string(signature); }

result<ecdh_reply> ecdh_reply::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    ecdh_reply m;
    m.host_key = r.string();
    m.public_value = r.string();
    m.signature = r.string();
    return close_message(r, m);
}

void dh_init::encode(writer& w) const { w.u8(number).mpint(e); }

result<dh_init> dh_init::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    dh_init m;
    m.e = positive_mpint(r);
    return close_message(r, m);
}

void dh_reply::encode(writer& w) const { w.u8(number).string(host_key).mpint(f).string(signature); }

result<dh_reply> dh_reply::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    dh_reply m;
    m.host_key = r.string();
    m.f = positive_mpint(r);
    m.signature = r.string();
    return close_message(r, m);
}

void gex_request_old::encode(writer& w) const { w.u8(number).u32(preferred); }

result<gex_request_old> gex_request_old::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    gex_request_old m;
    m.preferred = r.u32();
    return close_message(r, m);
}

void gex_request::encode(writer& w) const { w.u8(number).u32(min).u32(preferred).u32(max); }

result<gex_request> gex_request::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    gex_request m;
    m.min = r.u32();
    m.preferred = r.u32();
    m.max = r.u32();
    return close_message(r, m);
}

void gex_group::encode(writer& w) const { w.u8(number).mpint(p).mpint(g); }

result<gex_group> gex_group::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    gex_group m;
    m.p = positive_mpint(r);
    m.g = positive_mpint(r);
    return close_message(r, m);
}

void gex_init::encode(writer& w) const { w.u8(number).mpint(e); }

result<gex_init> gex_init::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    gex_init m;
    m.e = positive_mpint(r);
    return close_message(r, m);
}

void gex_reply::encode(writer& w) const { w.u8(number).string(host_key).mpint(f).string(signature); }

result<gex_reply> gex_reply::decode(byte_view payload)
{
    reader r = open_message(payload, number);
    gex_reply m;
    m.host_key = r.string();
    m.f = positive_mpint(r);
    m.signature = r.string();
    return close_message(r, m);
}

} // namespace sshoal::wire::msg
