#include "engine/engine.hpp"

#include "auth/display_text.hpp"
#include "wire/auth_messages.hpp"
#include "wire/numbers.hpp"
#include "wire/transport_messages.hpp"

#include <algorithm>

namespace sshoal::engine {
namespace {

// A turn handles this many bytes, then other connections on the same thread get a turn.
constexpr std::size_t turn_budget = 256 * 1024;

// RFC 4253 §6.1: the packet size that every peer accepts, and the bytes of a packet besides the message.
constexpr std::size_t least_packet = 35'000;
constexpr std::size_t packet_framing = 64;

bool is_answer(std::uint8_t number) noexcept
{
    namespace n = wire::number;
    return number == n::request_success || number == n::request_failure || number == n::channel_open_confirmation
           || number == n::channel_open_failure || number == n::channel_success || number == n::channel_failure;
}

} // namespace

core::core(const settings& s, crypto::random_source& random, engine::observer& o)
    : settings_(s)
    , observer_(o)
    , transport_(s.transport, random, *this)
    , mux_(s.connection, *this, *this)
    , login_(transport_, o, now_, s.max_held)
    , keepalive_interval_(s.keepalive_interval)
    , keepalive_count_(s.keepalive_count)
    , unused_timeout_(s.unused_timeout)
{
}

core::~core() = default;

void core::start(time_point now)
{
    now_ = last_heard_ = now;
    if (settings_.login_timeout > duration::zero())
        login_deadline_ = now + settings_.login_timeout;
    tell_kex_began(true);
    transport_.start(now);
    check();
}

bool core::receive(time_point now)
{
    now_ = now;
    if (ended_)
        return false;
    const auto packets_before = transport_.count().packets_in;
    const bool more = transport_.receive(now, turn_budget);
    if (transport_.count().packets_in != packets_before) {
        last_heard_ = now;
        keepalives_unanswered_ = 0;
    }
    check();
    if (authenticated_ && keepalive_at_ == never && keepalive_interval_ > duration::zero())
        keepalive_at_ = now + keepalive_interval_;
    return more && !ended_;
}

bool core::wants_input() const noexcept
{
    return !ended_ && !transport_.paused() && const_cast<core*>(this)->output().size() < settings_.output_limit;
}

void core::output_sent(time_point now)
{
    now_ = now;
    const std::size_t left = output().size();
    stall_at_
        = left >= settings_.output_limit && settings_.stall_timeout > duration::zero() ? now + settings_.stall_timeout : never;
    if (ended_ || (output_blocked_ && left > settings_.output_low))
        return;
    output_blocked_ = false;
    mux_.sending_possible();
    check();
}

bool core::resume_writers()
{
    if (ended_)
        return false;
    const bool any = mux_.next_round();
    check();
    return any;
}

void core::stream_ended(const error_code& why)
{
    if (ended_)
        return;
    const auto& peer = transport_.disconnected_by_peer();
    if (peer.received)
        finish(failure(errc::disconnected, peer.text));
    else
        finish(failure(errc::connection_lost, (why ? why.message() : "the peer closed the stream") + unidentified(why)));
}

/// Returns: text about a stream that ended before the peer's identification; empty if it ended later. A server that turns clients
/// away closes the stream without a word, which is a reset if the client's own identification has not been read.
std::string core::unidentified(const error_code& why) const
{
    if (!transport_.peer_identification().empty())
        return {};
    const bool turned_away = !why || why == boost::system::errc::connection_reset || why == boost::system::errc::broken_pipe;
    const bool silent = transport_.pre_lines().empty();
    const char* const hint = turned_away && silent && settings_.transport.self == role::client
                                 ? ": is it full (MaxStartups), or does it block this address?"
                                 : "";
    return std::string(" before it identified itself") + hint + first_words();
}

/// Returns the first text of a peer that did not identify itself and may not speak SSH.
std::string core::first_words() const
{
    constexpr std::size_t most = 80;
    const auto& lines = transport_.pre_lines();
    if (!transport_.peer_identification().empty() || lines.empty())
        return {};
    std::string line = lines.front(); // has been made printable
    if (line.size() > most) {
        std::size_t end = most;
        while ((static_cast<unsigned char>(line[end]) & 0xc0) == 0x80)
            --end;
        line.resize(end);
        line += "...";
    }
    return "; it said \"" + line + "\"";
}

/// Returns a text about a peer that disconnected instead of answering a long message, which it need not have accepted.
std::string core::last_words() const
{
    if (long_message_ == 0)
        return {};
    return "; it may not take a message of " + std::to_string(long_message_) + " bytes, as "
           + std::to_string(least_packet) + " is the longest packet that every peer takes (RFC 4253 section 6.1)";
}

time_point core::next_deadline() const noexcept
{
    if (ended_)
        return never;
    // Any call can fill the output, and a full output of which no byte leaves triggers no event that could start this clock. So
    // the clock is started here, where the driver comes after every turn.
    if (stall_at_ == never && settings_.stall_timeout > duration::zero()
        && const_cast<core*>(this)->output().size() >= settings_.output_limit)
        stall_at_ = now_ + settings_.stall_timeout;
    note_use();
    return std::min({transport_.next_deadline(), login_.next_deadline(), login_deadline_, keepalive_at_, alarm_at_,
                     stall_at_, unused_at_, mux_.next_deadline()});
}

void core::handle_deadline(time_point now)
{
    now_ = now;
    if (ended_)
        return;
    if (now >= login_deadline_) {
        fail(failure(errc::timed_out, "log-in took too long"), disconnect_reason::by_application);
        return;
    }
    if (now >= stall_at_) {
        fail(failure(errc::timed_out, "the peer asks but does not read the answers"), disconnect_reason::by_application);
        return;
    }
    note_use();
    if (now >= unused_at_) {
        fail(failure(errc::timed_out, "no channel was open for too long"), disconnect_reason::by_application);
        return;
    }
    transport_.handle_deadline(now);
    login_.handle_deadline(now);
    end_login();
    mux_.handle_deadline(now);
    check();
    if (!ended_ && now >= keepalive_at_)
        keepalive(now);
    if (!ended_ && now >= alarm_at_) {
        alarm_at_ = never;
        observer_.on_alarm(now);
    }
}

void core::host_key_verdict(const failure& refused)
{
    if (ended_)
        return;
    transport_.host_key_verdict(refused);
    check();
}

void core::host_signature(outcome<bytes> s)
{
    if (ended_)
        return;
    transport_.signature(std::move(s));
    check();
}

void core::work_done(const job& j)
{
    if (ended_)
        return;
    if (j.why_failed()) {
        std::string words = j.why_failed().context();
        if (j.why_failed().code() == boost::system::errc::operation_canceled)
            words = "the work executor was shut down";
        fail(failure(j.why_failed().code(), "a computation handed over failed" + (words.empty() ? "" : ": " + words)),
             disconnect_reason::by_application);
        return;
    }
    transport_.work_done(j);
    login_.work_done(j);
    end_login();
    check();
}

void core::rekey()
{
    if (ended_)
        return;
    transport_.rekey(now_);
    check();
}

bool core::send_ignore(byte_view data)
{
    if (ended_ || !authenticated_ || output().size() >= settings_.output_high)
        return false;
    wire::msg::ignore m;
    m.data = data;
    const bytes payload = wire::encoded(m);
    if (!transport_.can_send() && transport_.waiting() + payload.size() > settings_.transport.max_pending / 2)
        return false;
    send(payload);
    check();
    return true;
}

void core::disconnect(disconnect_reason reason, std::string_view text)
{
    if (ended_)
        return;
    transport_.disconnect(reason, text);
    finish(failure(errc::closed, std::string(text)));
}

void core::fail(failure f, disconnect_reason reason)
{
    if (ended_)
        return;
    transport_.fail(std::move(f), reason);
    check();
}

failure core::on_payload(byte_view payload)
{
    const auto number = std::to_integer<std::uint8_t>(payload[0]);
    if (number >= wire::number::global_request) {
        if (!authenticated_)
            return failure(errc::unexpected_message, "connection protocol before log-in");
        if (long_message_ > 0 && is_answer(number))
            long_message_ = 0;
        return mux_.handle(payload);
    }
    if (!authenticated_)
        return handle_login(payload);
    if (number == wire::number::userauth_banner)
        return late_banner(payload);
    return {}; // RFC 4252 §5.1: requests after success are ignored
}

/// Some servers send their banner only after the log-in.
failure core::late_banner(byte_view payload)
{
    if (const auto banner = wire::msg::userauth_banner::decode(payload))
        observer_.on_banner(auth::display_text(banner->text, auth::longest_banner));
    return transport_.odd_message("SSH_MSG_USERAUTH_BANNER");
}

void core::on_sent(std::uint32_t ticket, std::uint32_t sequence)
{
    if (ticket == login::ticket)
        login_sequence_ = sequence;
    else
        mux_.sent(ticket, sequence);
}

bool core::on_unimplemented(std::uint32_t sequence)
{
    if (authenticated_)
        return mux_.unimplemented(sequence);
    const bool was_request = sequence == login_sequence_ && login_.request_unimplemented();
    end_login();
    return was_request;
}

void core::note_length(std::size_t payload) noexcept
{
    if (payload + packet_framing > least_packet)
        long_message_ = payload;
}

void core::send(byte_view payload)
{
    note_length(payload.size());
    transport_.send(payload);
}

void core::send_question(byte_view payload, std::uint32_t ticket)
{
    note_length(payload.size());
    transport_.send(payload, ticket);
}

void core::on_keys(bool first)
{
    tell_kex_done(first);
    if (!first) {
        observer_.on_rekey(true);
        mux_.sending_possible();
        return;
    }
    if (settings_.transport.self == role::server)
        login_.start(settings_.server_auth);
    end_login();
    observer_.on_established();
}

void core::on_rekey_started()
{
    if (!transport_.established())
        return;
    tell_kex_began(false);
    observer_.on_rekey(false);
}

bool core::can_send_data() const noexcept
{
    if (ended_ || output_blocked_ || !transport_.can_send())
        return false;
    auto& self = const_cast<core&>(*this);
    if (self.output().size() < settings_.output_high)
        return true;
    self.output_blocked_ = true;
    return false;
}

std::size_t core::data_room() const noexcept
{
    return can_send_data() ? settings_.output_high - const_cast<core*>(this)->output().size() : 0;
}

void core::on_global_request(const mux::incoming_global_request& r)
{
    observer_.on_global_request(r);
}

void core::check()
{
    if (!ended_ && transport_.failed())
        finish(transport_.failed().with_context(transport_.failed().context() + first_words()));
}

void core::finish(failure why)
{
    if (ended_)
        return;
    ended_ = true;
    why_ = std::move(why);
    if (why_.code() == errc::connection_lost || why_.code() == errc::disconnected)
        why_ = why_.with_context(why_.context() + last_words());
    const failure unnamed = why_; // for events, which name the connection themselves
    if (authenticated_ && !settings_.name.empty())
        why_ = why_.with_context(settings_.name + (why_.context().empty() ? "" : ": " + why_.context()));
    login_.stop();
    pings_.clear();
    mux_.shut(why_);
    tell_end(unnamed);
    observer_.on_end(why_);
}

} // namespace sshoal::engine
