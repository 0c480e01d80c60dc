#include "transport/transport_impl.hpp"
#include "crypto/packet_cipher.hpp"

#include <algorithm>
#include <cassert>

namespace sshoal::transport {
namespace {

/// Key material for one direction (RFC 4253 §7.2). The destructor wipes it.
class direction_keys {
public:
    direction_keys(const kex_result& kex, crypto::hash_algorithm hash, byte_view session_id, bool client_to_server,
                   std::string_view cipher, std::string_view mac)
    {
        const crypto::cipher_info* const c = crypto::find_cipher(cipher);
        const crypto::mac_info* const m = crypto::find_mac(mac);
        const auto derive = [&](char up, char down, std::size_t size) {
            return size == 0 ? secure_bytes()
                             : crypto::derive_key(hash, kex.secret, kex.hash, client_to_server ? up : down, session_id, size);
        };
        iv_ = derive('A', 'B', c ? c->iv_size : 0);
        key_ = derive('C', 'D', c ? c->key_size : 0);
        mac_key_ = derive('E', 'F', m ? m->key_size : 0);
    }
    crypto::packet_keys view() const noexcept { return {key_, iv_, mac_key_}; }

private:
    secure_bytes iv_, key_, mac_key_;
};

std::size_t key_size(std::string_view cipher) noexcept
{
    const crypto::cipher_info* const info = crypto::find_cipher(cipher);
    return info ? info->key_size : 0;
}

} // namespace

// We begin no key exchange before the log-in is over: many peers cannot change keys then, and with delayed compression a client
// that waits for USERAUTH_SUCCESS does not know whether its next packet must be compressed. If the peer begins one, we take part.
bool transport::impl::may_rekey() const noexcept
{
    return established_ && upper_phase_ == phase::connected && !kex_ && !failed_;
}

void transport::impl::request_rekey()
{
    if (may_rekey())
        begin_kex();
    else if (established_ && !kex_ && !failed_)
        rekey_wanted_ = true;
}

void transport::impl::begin_kex()
{
    assert(!kex_);
    rekey_wanted_ = false;
    rekey_at_ = never;
    kex_ = std::make_unique<kex_state>();
    kex_->our_init = wire::encoded(make_kexinit(config_, random_, !established_));
    write(kex_->our_init);
    arm_ = true;
    if (established_ && !draining_)
        handler_.on_rekey_started();
}

void transport::impl::take_kexinit(byte_view payload)
{
    if (!kex_)
        begin_kex();
    kex_state& k = *kex_;
    k.peer_init = copy_of(payload);
    const auto theirs = wire::msg::kexinit::decode(k.peer_init);
    if (!theirs)
        return malformed(wire::number::kexinit);
    const auto ours = wire::msg::kexinit::decode(k.our_init);
    if (!ours)
        return fail(failure(errc::invalid_argument, "our own algorithm lists are not valid"));
    if (!established_) {
        // Both indicators count in the first KEXINIT only. In strict mode this KEXINIT must be the very first packet.
        strict_ = strict_agreed(config_.self, *ours, *theirs);
        peer_reads_ext_info_ = contains(theirs->kex_algorithms, indicator::ext_info_client);
        if (strict_ && reader_.used().packets != 1) {
            fail(failure(errc::unexpected_message, "SSH_MSG_KEXINIT was not the first message in strict key exchange"));
            return;
        }
    }
    auto plan = negotiate(config_.self, *ours, *theirs);
    if (!plan)
        return fail(plan.error());
    k.plan = std::move(*plan);
    k.plan.names.strict_kex = strict_;
    k.peer_arrived = true;
    k.skip_guess = theirs->first_kex_packet_follows && !k.plan.guessed_right;

    const bool client = config_.self == role::client;
    kex_context& c = k.context;
    c.config = &config_;
    c.random = &random_;
    c.method = k.plan.method;
    c.host_key_algorithm = k.plan.names.host_key;
    c.strength = std::max(key_size(k.plan.names.cipher_out), key_size(k.plan.names.cipher_in));
    c.client_identification = client ? our_line_ : peer_line_;
    c.server_identification = client ? peer_line_ : our_line_;
    c.client_init = client ? k.our_init : k.peer_init;
    c.server_init = client ? k.peer_init : k.our_init;
    c.known_host_key = client && established_ ? &host_key_ : nullptr;
    k.exchange = client ? client_exchange(c, *this, k.inbox) : server_exchange(c, *this, k.inbox);
    in_exchange_ = true;
    k.exchange.start();
    in_exchange_ = false;
    settle_exchange();
}

void transport::impl::take_kex_packet(byte_view payload)
{
    kex_state& k = *kex_; // the policy allows these messages only in a key exchange
    if (std::exchange(k.skip_guess, false))
        return;
    if (!k.inbox.packets.waiting()) {
        fail(failure(errc::unexpected_message, "a key exchange message out of order"));
        return;
    }
    in_exchange_ = true;
    k.inbox.packets.put(payload);
    in_exchange_ = false;
    settle_exchange();
}

void transport::impl::settle_exchange()
{
    if (!kex_ || !kex_->exchange.done())
        return;
    outcome<kex_result> r = kex_->exchange.take();
    kex_->exchange.reset();
    if (failed_)
        return;
    if (!r)
        return fail(r.error());
    finish_exchange(*r);
}

/// Ends the method: sends our NEWKEYS and sets the keys of both directions.
void transport::impl::finish_exchange(kex_result& r)
{
    kex_state& k = *kex_;
    const negotiated& names = k.plan.names;
    if (session_id_.empty())
        session_id_ = r.hash;
    const bool client = config_.self == role::client;
    if (client && !host_key_)
        host_key_ = r.host_key;
    const crypto::hash_algorithm hash = k.plan.method->hash;
    const direction_keys out(r, hash, session_id_, client, names.cipher_out, names.mac_out);
    const direction_keys in(r, hash, session_id_, !client, names.cipher_in, names.mac_in);
    k.next_opener = crypto::make_opener(names.cipher_in, names.mac_in, in.view());
    auto sealer = crypto::make_sealer(names.cipher_out, names.mac_out, out.view());
    if (!sealer || !k.next_opener)
        return fail(failure(errc::key_exchange_failed, "the agreed cipher or MAC is not implemented"));

    write(wire::encoded(wire::msg::newkeys()));
    k.newkeys_sent = true;
    writer_.install(std::move(sealer), strict_);
    budget_out_ = make_key_budget(rekey_bytes(), config_.rekey_packets, names.cipher_out);
    deflater_.reset(); // RFC 4253 §6.2: a fresh context behind each key exchange
    if (authenticated_ && names.compression_out == delayed_zlib)
        deflater_ = std::make_unique<deflater>();
    // No other message is sent before the peer's NEWKEYS arrives, although it would be allowed: so one state is enough.
    if (!established_ && !client && peer_reads_ext_info_)
        send_ext_info();
}

void transport::impl::take_newkeys(byte_view payload)
{
    if (!wire::msg::newkeys::decode(payload))
        return malformed(wire::number::newkeys);
    if (!kex_->newkeys_sent) {
        fail(failure(errc::unexpected_message, "SSH_MSG_NEWKEYS before the key exchange was through"));
        return;
    }
    const std::unique_ptr<kex_state> k = std::move(kex_);
    reader_.install(std::move(k->next_opener), strict_);
    agreed_ = std::move(k->plan.names);
    budget_in_ = make_key_budget(rekey_bytes(), config_.rekey_packets, agreed_.cipher_in);
    inflater_.reset();
    if (authenticated_ && agreed_.compression_in == delayed_zlib)
        inflater_ = std::make_unique<inflater>(config_.max_packet);
    ++count_.key_exchanges;
    const bool first = !std::exchange(established_, true);
    deadline_ = never;
    arm_ = false;
    if (rekey_time() > duration::zero())
        rekey_at_ = now_ + rekey_time();
    pause_behind_keys_ = !first;
    drain();
    if (failed_)
        return;
    // The layers above are told when the queue has been sent, so that no message overtakes it. If the queue started the next
    // rekey, they keep waiting.
    if (first || !kex_)
        handler_.on_keys(first);
    if (first && kex_)
        handler_.on_rekey_started();
}

void transport::impl::send_kex(byte_view payload)
{
    if (!failed_)
        write(payload);
}

void transport::impl::ask_host_key(host_key_question q)
{
    if (failed_)
        return;
    question_ = question::host_key;
    deadline_ = never; // a person may be asked; the deadline starts again with the answer
    arm_ = false;
    q.peer_init = kex_->peer_init;
    handler_.on_host_key(std::move(q));
}

void transport::impl::ask_signature(host_sign_question q)
{
    if (failed_)
        return;
    question_ = question::signature;
    deadline_ = never;
    arm_ = handler_.takes_work(); // the next job can get lost too, so it needs a deadline
    handler_.on_sign(std::move(q));
}

// A job gets as much time as the peer gets for its part, and does not use up the peer's time: each of them starts the deadline
// again. If the work executor was stopped, a connection that waits for it ends in time.
void transport::impl::on_work(std::shared_ptr<job> j)
{
    if (failed_)
        return;
    question_ = question::work;
    job_ = j.get();
    arm_ = true;
    handler_.on_work(std::move(j));
}

template <class Answer>
void transport::impl::resume_exchange(mailbox<Answer>& box, Answer answer)
{
    question_ = question::none;
    arm_ = true;
    const bool from_within = in_exchange_; // answered inside the question: the caller that runs the flow continues it
    in_exchange_ = true;
    box.put(std::move(answer));
    in_exchange_ = from_within;
    if (!from_within) {
        settle_exchange();
        release_if_failed();
    }
}

void transport::impl::host_key_verdict(const failure& refused)
{
    if (question_ != question::host_key || !kex_)
        return;
    refused_host_key_ = bool(refused);
    resume_exchange(kex_->inbox.verdicts, refused);
}

void transport::impl::signature(outcome<bytes> s)
{
    if (question_ == question::signature && kex_)
        resume_exchange(kex_->inbox.signatures, std::move(s));
}

void transport::impl::work_done(const job& j)
{
    if (question_ == question::work && kex_ && job_ == &j)
        resume_exchange(kex_->inbox.work, job_done());
}

} // namespace sshoal::transport
