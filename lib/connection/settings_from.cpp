#include "connection/settings_from.hpp"

#include "transport/identification.hpp"

#include <algorithm>

namespace sshoal::conn {
namespace {

/// The packet size that every implementation must accept (RFC 4253 §6.1).
constexpr std::size_t least_packet = 35'000;
/// Room in a packet beside the data: header, channel number, length, padding, and growth by compression.
constexpr std::size_t packet_overhead = 1'024;

} // namespace

failure check_software(std::string_view version, std::string_view comment)
{
    bool good = !version.empty();
    for (const char c : version)
        good = good && c > 0x20 && c < 0x7f && c != '-';
    const auto refused = [&](const std::string& why) {
        return failure(errc::invalid_argument, "software(\"" + printable(version, 64)
                                                   + (comment.empty() ? "" : "\", \"" + printable(comment, 64)) + "\"): " + why);
    };
    if (!good)
        return refused("the version is printable ASCII without spaces and '-'");
    for (const char c : comment)
        good = good && c >= 0x20 && c < 0x7f;
    if (!good)
        return refused("the comment is printable ASCII");
    if (version.size() + (comment.empty() ? 0 : 1) + comment.size() > transport::max_own_software)
        return refused("more than " + std::to_string(transport::max_own_software) + " bytes");
    return {};
}

void apply(const limits& l, engine::settings& s)
{
    transport::settings& t = s.transport;
    t.max_packet = std::max(l.max_packet, least_packet);
    t.max_pending = std::max(l.max_pending, t.max_packet);
    t.max_odd_messages = l.max_odd_messages;
    t.rekey_bytes = l.rekey_bytes;
    t.rekey_packets = l.rekey_packets;
    t.rekey_time = l.rekey_time;
    t.identification_timeout = l.identification_timeout;
    t.kex_timeout = l.kex_timeout;
    t.first_kex_timeout = l.first_kex_timeout;

    mux::settings& c = s.connection;
    const auto most_data = std::uint32_t(std::min<std::size_t>(t.max_packet - packet_overhead, 16u << 20));
    c.max_packet = c.max_packet_out = std::clamp(l.max_data, std::uint32_t(1), most_data);
    c.initial_window = std::max(l.initial_window, std::uint32_t(1));
    c.max_window = std::max(l.max_window, c.initial_window);
    c.window_budget = l.window_budget;
    c.send_rate = l.send_rate;
    c.channel_send_rate = l.channel_send_rate;
    c.max_channels = l.max_channels;
    c.max_undecided_opens = l.max_undecided_opens;
    c.max_pending_requests = l.max_pending_requests;
    c.max_pending_global_requests = l.max_pending_global_requests;
    c.max_message = l.max_message;
    c.reply_timeout = l.reply_timeout;
    c.idle = mux::idle_times(l.idle);

    s.login_timeout = l.login_timeout;
    s.keepalive_interval = l.keepalive_interval;
    s.keepalive_count = l.keepalive_count;
    s.stall_timeout = l.stall_timeout;
    s.unused_timeout = l.idle.connection;
    s.channel_timeout = l.channel_timeout;
}

} // namespace sshoal::conn
