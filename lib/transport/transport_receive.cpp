#include "transport/packet_dump.hpp"
#include "transport/transport_impl.hpp"
#include "sshoal/failure_detail.hpp"
#include "wire/transport_messages.hpp"

#include <algorithm>

namespace sshoal::transport {
namespace {

bool is_for_upper_layers(std::uint8_t number) noexcept
{
    namespace n = wire::number;
    return (number >= n::userauth_request && number != n::ping && number != n::pong) || number == n::service_request ||
           number == n::service_accept;
}

} // namespace

bool transport::impl::receive(time_point now, std::size_t budget)
{
    if (failed_ || question_ != question::none)
        return false;
    now_ = now;
    arm(now);
    if (identification_ && !read_identification(now)) {
        if (failed_)
            in_.clear();
        return false;
    }
    bool more = false;
    for (std::size_t handled = 0; !failed_ && question_ == question::none;) {
        if (handled >= budget) {
            more = !in_.empty();
            break;
        }
        const incoming_packet packet = reader_.next(in_);
        if (packet.state == incoming_packet::kind::need_more)
            break;
        if (packet.state == incoming_packet::kind::broken) {
            fail(reader_.why_broken());
            break;
        }
        handled += packet.payload.size();
        count_.bytes_in += packet.whole;
        ++count_.packets_in;
        if (!inflater_) {
            take_packet(packet.payload, packet.sequence);
        } else if (const auto payload = inflater_->decompress(packet.payload); payload) {
            handled += payload->size();
            take_packet(*payload, packet.sequence);
        } else {
            fail(payload.error());
        }
        in_.consume(packet.whole);
        if (!failed_)
            rekey_if_due();
        arm(now);
        // With tiny limits the next packet may begin the next key exchange, so waiting data is sent first; otherwise it might
        // never be sent.
        if (std::exchange(pause_behind_keys_, false)) {
            more = !in_.empty();
            break;
        }
    }
    // Messages behind the peer's DISCONNECT, or behind the violation that ended the connection, are never handled.
    if (failed_)
        in_.clear();
    release_if_failed();
    return more && !failed_;
}

bool transport::impl::read_identification(time_point now)
{
    const std::size_t before = in_.size();
    const auto read = identification_->read(in_);
    count_.bytes_in += before - in_.size();
    if (!read) {
        fail(read.error());
        return false;
    }
    if (*read == identification_reader::progress::need_more)
        return false;
    peer_line_ = identification_->line();
    pre_lines_ = std::move(identification_->pre_lines());
    identification_.reset();
    if (handler_.wants_events()) {
        events::version_exchanged v;
        v.peer = peer_line_;
        handler_.on_event(v);
    }
    deadline_ = now + kex_limit();
    return true;
}

void transport::impl::trace(bool outgoing, byte_view head, byte_view body)
{
    events::packet p;
    p.outgoing = outgoing;
    p.number = std::to_integer<std::uint8_t>(head[0]);
    p.name = wire::message_name(p.number);
    p.size = head.size() + body.size();
    bytes whole;
    if (config_.dump) {
        if (!body.empty()) {
            whole = copy_of(head);
            append(whole, body);
            head = whole;
        }
        p.bytes = head.first(shown_bytes(head, *config_.dump));
    }
    handler_.on_event(p);
}

// Damaged messages of these two types are passed over, since they say nothing to programs.
void transport::impl::tell_ignore(byte_view payload)
{
    if (!handler_.wants_events())
        return;
    if (const auto m = wire::msg::ignore::decode(payload)) {
        events::peer_ignore sent;
        sent.data = m->data;
        handler_.on_event(sent);
    }
}

void transport::impl::tell_debug(byte_view payload)
{
    if (!handler_.wants_events())
        return;
    const auto m = wire::msg::debug::decode(payload);
    if (!m)
        return;
    events::peer_debug said;
    said.always_display = m->always_display;
    const std::string text = printable(m->text);
    said.text = text;
    handler_.on_event(said);
}

void transport::impl::malformed(std::uint8_t number)
{
    fail(failure(errc::malformed_message, "a damaged " + std::string(wire::message_name(number))));
}

void transport::impl::take_packet(byte_view payload, std::uint32_t sequence)
{
    const auto number = std::uint8_t(payload[0]);
    if (trace_)
        trace(false, payload);
    const phase at = current_phase();
    switch (judge(config_.self, at, number, strict_)) {
    case verdict::handle:
        break;
    case verdict::ignore:
        return;
    case verdict::unimplemented: {
        wire::msg::unimplemented m;
        m.sequence = sequence;
        send(wire::encoded(m), 0);
        if (failure f = odd_message(wire::message_name(number)))
            fail(std::move(f));
        return;
    }
    case verdict::drop:
        fail(failure(errc::unexpected_message,
            std::string(wire::message_name(number)) + " in the phase: " + std::string(name_of(at))));
        return;
    }
    if (!is_for_upper_layers(number)) {
        take_transport_message(number, payload);
        return;
    }
    odd_now_ = false;
    if (failure f = handler_.on_payload(payload)) {
        fail(std::move(f));
        return;
    }
    if (!odd_now_)
        odd_in_a_row_ = 0;
    if (number == wire::number::userauth_success && !failed_)
        start_delayed_compression();
}

failure transport::impl::odd_message(std::string_view what)
{
    odd_now_ = true;
    if (++odd_in_a_row_ <= config_.max_odd_messages)
        return {};
    return {errc::protocol_error, "nothing but messages that make no sense here; the latest: " + std::string(what)};
}

void transport::impl::take_transport_message(std::uint8_t number, byte_view payload)
{
    namespace n = wire::number;
    switch (number) {
    case n::disconnect:
        return take_disconnect(payload);
    case n::ignore:
        return tell_ignore(payload);
    case n::debug:
        return tell_debug(payload);
    case n::unimplemented:
        return take_unimplemented(payload);
    case n::ext_info:
        return take_ext_info(payload);
    case n::kexinit:
        return take_kexinit(payload);
    case n::newkeys:
        return take_newkeys(payload);
    case n::ping:
        return take_ping(payload);
    case n::pong:
        if (const auto m = wire::msg::pong::decode(payload))
            handler_.on_pong(m->data);
        else
            malformed(number);
        return;
    default:
        return take_kex_packet(payload);
    }
}

void transport::impl::take_disconnect(byte_view payload)
{
    peer_.received = true;
    std::string context = "the peer sent a damaged SSH_MSG_DISCONNECT";
    // Some old implementations leave out the language tag.
    wire::reader r = wire::open_message(payload, wire::number::disconnect);
    const std::uint32_t reason = r.u32();
    const std::string_view text = r.text();
    if (r.ok()) {
        peer_.reason = reason;
        peer_.text = printable(text);
        context = "reason " + std::to_string(reason) + (text.empty() ? "" : ": ") + peer_.text;
    }
    failure why(errc::disconnected, std::move(context));
    if (r.ok()) {
        failure_detail detail;
        detail.disconnect_reason = disconnect_reason(reason);
        detail.peer_text = peer_.text;
        why = with_detail(why, std::move(detail));
    }
    fail(std::move(why));
}

// RFC 8308 §2.4: EXT_INFO comes right behind the first NEWKEYS, and from a server once more right before USERAUTH_SUCCESS. Some
// peers send an IGNORE first, or EXT_INFO in the middle of the log-in. EXT_INFO is encrypted and only selects signature
// algorithms, so the moment does not matter; a peer that repeats it without end is disconnected.
void transport::impl::take_ext_info(byte_view payload)
{
    const bool behind_newkeys = count_.key_exchanges == 1 && reader_.used().packets == 1;
    if (!behind_newkeys) {
        if (failure f = odd_message("SSH_MSG_EXT_INFO")) {
            fail(std::move(f));
            return;
        }
    }
    const auto m = wire::msg::ext_info::decode(payload);
    if (!m)
        return malformed(wire::number::ext_info);
    if (config_.self == role::server)
        return; // the extensions of a client have no effect here
    // RFC 8308 §2.5: a later message replaces an earlier one. Within one message the first extension of a name counts.
    peer_extensions news = extensions_;
    bool seen_algorithms = false;
    bool seen_ping = false;
    for (const auto& extension : m->extensions) {
        if (extension.name == "server-sig-algs" && !std::exchange(seen_algorithms, true)) {
            const auto names = wire::name_list::decode(extension.value);
            if (!names)
                return malformed(wire::number::ext_info);
            news.has_server_sig_algs = true;
            news.server_sig_algs.clear();
            // Unknown names are dropped, since they would only take memory.
            for (const std::string& known : algorithms::all().public_keys())
                if (contains(*names, known))
                    news.server_sig_algs.push_back(known);
        } else if (extension.name == "ping@openssh.com" && !std::exchange(seen_ping, true)) {
            news.ping = equal(extension.value, view_of(std::string_view("0")));
        }
    }
    extensions_ = std::move(news);
}

void transport::impl::take_ping(byte_view payload)
{
    const auto m = wire::msg::ping::decode(payload);
    if (!m)
        return malformed(wire::number::ping);
    if (!can_send() || out_.size() >= pong_output_limit)
        return;
    wire::msg::pong answer;
    answer.data = m->data;
    send(wire::encoded(answer), 0);
}

void transport::impl::take_unimplemented(byte_view payload)
{
    const auto m = wire::msg::unimplemented::decode(payload);
    if (m && handler_.on_unimplemented(m->sequence))
        return;
    if (failure f = odd_message("SSH_MSG_UNIMPLEMENTED for a message that expects no answer"))
        fail(std::move(f));
}

} // namespace sshoal::transport
