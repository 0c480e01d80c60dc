#include "transport/transport.hpp"

#include "crypto/self_check.hpp"
#include "transport/transport_impl.hpp"
#include "wire/transport_messages.hpp"

#include <algorithm>

namespace sshoal::transport {

disconnect_reason reason_for(const failure& f) noexcept
{
    if (f.code().category() != sshoal_category())
        return disconnect_reason::protocol_error;
    switch (errc(f.code().value())) {
    case errc::no_common_algorithm:
    case errc::key_exchange_failed:
    case errc::bad_key:
    case errc::unsupported_key:
    case errc::bad_signature:
        return disconnect_reason::key_exchange_failed;
    case errc::host_key_rejected:
    case errc::host_key_unknown:
    case errc::host_key_changed:
    case errc::no_host_key_verifier:
        return disconnect_reason::host_key_not_verifiable;
    case errc::mac_mismatch:
        return disconnect_reason::mac_error;
    case errc::decompression_failed:
        return disconnect_reason::compression_error;
    case errc::bad_identification:
        return disconnect_reason::protocol_version_not_supported;
    case errc::timed_out:
    case errc::closed:
        return disconnect_reason::by_application;
    default:
        return disconnect_reason::protocol_error;
    }
}

namespace {

/// Returns the text for DISCONNECT. Failures of this side's own files, keys and programs are not described to the peer: their
/// context may hold the path of an identity file, or an exception text of the application.
std::string words_for_peer(role self, const failure& f)
{
    const error_code& code = f.code();
    const bool own_affair = code.category() != sshoal_category() || code == errc::agent_failure || code == errc::file_error
                            || (code == errc::authentication_failed && self == role::client);
    return own_affair || f.context().empty() ? code.message() : printable(f.context());
}

} // namespace

transport::impl::impl(const settings& s, crypto::random_source& random, handler& h)
    : config_(s)
    , random_(random)
    , handler_(h)
    , reader_(s.max_packet)
    , writer_(random)
    , identification_(std::make_unique<identification_reader>(s.self))
    , our_line_(make_identification(s.software))
{
}

void transport::impl::start(time_point now)
{
    trace_ = handler_.wants_packets();
    for (const std::string& line : crypto::run_self_checks().refused())
        tell(log_level::warning, line);
    started_ = true;
    const byte_view line = view_of(our_line_);
    std::byte* const at = out_.append(line.size() + 2);
    std::memcpy(at, line.data(), line.size());
    at[line.size()] = std::byte('\r');
    at[line.size() + 1] = std::byte('\n');
    count_.bytes_out += line.size() + 2;
    begin_kex();
    arm_ = false;
    deadline_ = now + config_.identification_timeout;
}

void transport::impl::tell(log_level level, std::string_view text)
{
    if (!handler_.wants_events())
        return;
    events::message m;
    m.level = level;
    m.text = text;
    handler_.on_event(m);
}

void transport::impl::fail(failure f) { fail(f, refused_host_key_ ? disconnect_reason::host_key_not_verifiable : reason_for(f)); }

void transport::impl::fail(failure f, disconnect_reason reason)
{
    if (failed_)
        return;
    // The peer is gone or does not speak SSH.
    const bool tell = started_ && !identification_ && f.code() != errc::connection_lost && f.code() != errc::disconnected;
    if (tell) {
        wire::msg::disconnect m;
        m.reason = sent_disconnect_ = std::uint32_t(reason);
        const std::string text
            = refused_host_key_ ? error_code(errc::host_key_rejected).message() : words_for_peer(config_.self, f);
        m.description = text;
        write(wire::encoded(m));
    }
    failed_ = std::move(f);
    question_ = question::none;
}

void transport::impl::disconnect(disconnect_reason reason, std::string_view text)
{
    fail(failure(errc::closed, std::string(text)), reason);
}

phase transport::impl::current_phase() const noexcept
{
    if (failed_)
        return phase::closing;
    const bool under_way = kex_ && kex_->peer_arrived;
    if (!established_)
        return under_way ? phase::kex : phase::kexinit;
    if (!under_way)
        return upper_phase_;
    return upper_phase_ == phase::connected ? phase::rekey : phase::auth_rekey;
}

duration transport::impl::kex_limit() const noexcept
{
    return !established_ && config_.first_kex_timeout > duration::zero() ? config_.first_kex_timeout : config_.kex_timeout;
}

void transport::impl::arm(time_point now) noexcept
{
    if (arm_) {
        arm_ = false;
        deadline_ = now + kex_limit();
    }
}

time_point transport::impl::next_deadline() const noexcept
{
    if (failed_)
        return never;
    // A key exchange began in a sender, which does not know the time: handle_deadline() is due at once and sets the time.
    if (arm_)
        return time_point{};
    return std::min(deadline_, rekey_at_);
}

/// If a tunnel's MTU is smaller than its ends believe, short packets pass and long ones are lost. The first symptom is here: the
/// identification arrives, and then nothing else.
std::string transport::impl::late_handshake() const
{
    if (identification_)
        return "the peer did not identify itself in time";
    std::string words = "the key exchange was not completed in time";
    if (!established_)
        words += "; where the network loses long packets (an MTU that is too large, as in many tunnels), it ends here";
    return words;
}

void transport::impl::handle_deadline(time_point now)
{
    if (failed_)
        return;
    arm(now);
    if (now >= deadline_) {
        fail(failure(errc::timed_out, late_handshake()));
        release_if_failed();
        return;
    }
    if (now >= rekey_at_) {
        rekey_at_ = never;
        request_rekey();
        arm(now);
    }
}

void transport::impl::release_if_failed() noexcept
{
    if (failed_ && !in_exchange_) {
        kex_.reset();
        pending_ = {};
        pending_at_ = pending_size_ = 0;
    }
}

// -- the public functions
// ----------------------------------------------------------------------------------------------------------

transport::transport(const settings& s, crypto::random_source& random, handler& h) : impl_(std::make_unique<impl>(s, random, h))
{
}
transport::~transport() = default;

void transport::start(time_point now) { impl_->start(now); }
io_buffer& transport::input() noexcept { return impl_->in_; }
io_buffer& transport::output() noexcept { return impl_->out_; }
bool transport::receive(time_point now, std::size_t budget) { return impl_->receive(now, budget); }
bool transport::paused() const noexcept { return impl_->question_ != impl::question::none; }
bool transport::can_send() const noexcept { return impl_->can_send(); }
void transport::send(byte_view payload, std::uint32_t ticket) { impl_->send(payload, ticket); }
std::size_t transport::waiting() const noexcept { return impl_->pending_size_; }
failure transport::odd_message(std::string_view what) { return impl_->odd_message(what); }
void transport::send_data(byte_view head, byte_view body) { impl_->send_data(head, body); }
void transport::disconnect(disconnect_reason reason, std::string_view text) { impl_->disconnect(reason, text); }
void transport::host_key_verdict(const failure& refused) { impl_->host_key_verdict(refused); }
void transport::signature(outcome<bytes> s) { impl_->signature(std::move(s)); }
void transport::work_done(const job& j) { impl_->work_done(j); }
void transport::set_phase(phase p) noexcept { impl_->upper_phase_ = p; }
phase transport::current_phase() const noexcept { return impl_->current_phase(); }
bool transport::established() const noexcept { return impl_->established_; }
byte_view transport::session_id() const noexcept { return impl_->session_id_; }
const negotiated& transport::agreed() const noexcept { return impl_->agreed_; }
const peer_extensions& transport::extensions() const noexcept { return impl_->extensions_; }
std::string_view transport::peer_identification() const noexcept { return impl_->peer_line_; }
const std::vector<std::string>& transport::pre_lines() const noexcept
{
    return impl_->identification_ ? impl_->identification_->pre_lines() : impl_->pre_lines_;
}
const presented_key& transport::host_key() const noexcept { return impl_->host_key_; }
time_point transport::next_deadline() const noexcept { return impl_->next_deadline(); }
void transport::handle_deadline(time_point now) { impl_->handle_deadline(now); }
const failure& transport::failed() const noexcept { return impl_->failed_; }
void transport::fail(failure f, disconnect_reason reason) { impl_->fail(std::move(f), reason); }
const transport::peer_disconnect& transport::disconnected_by_peer() const noexcept { return impl_->peer_; }
std::uint32_t transport::sent_disconnect() const noexcept { return impl_->sent_disconnect_; }
const transport::counters& transport::count() const noexcept { return impl_->count_; }

void transport::rekey(time_point now)
{
    impl_->request_rekey();
    impl_->arm(now);
}

void transport::set_rekey_limits(std::uint64_t bytes, duration time)
{
    impl& t = *impl_;
    t.own_rekey_.emplace(bytes, time);
    if (!t.established_)
        return;
    t.budget_in_ = make_key_budget(bytes, t.config_.rekey_packets, t.agreed_.cipher_in);
    t.budget_out_ = make_key_budget(bytes, t.config_.rekey_packets, t.agreed_.cipher_out);
    t.rekey_at_ = time > duration::zero() && !t.kex_ ? t.now_ + time : never;
}

void transport::authenticated()
{
    // The server's side has started with its USERAUTH_SUCCESS, even if that message is queued; see impl::write().
    if (impl_->config_.self == role::client)
        impl_->start_delayed_compression();
}

void transport::ping(byte_view data)
{
    if (!impl_->extensions_.ping)
        return;
    wire::msg::ping m;
    m.data = data;
    impl_->send(wire::encoded(m), 0);
}

} // namespace sshoal::transport
