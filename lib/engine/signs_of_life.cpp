// signs_of_life.cpp - keepalives and pings, and the end of connections that nobody uses. Keepalives and pings are global requests,
// which every peer answers in some way; a ping is SSH_MSG_PING if the peer supports it.
#include "engine/engine.hpp"

#include <algorithm>

namespace sshoal::engine {
namespace {

// Pings to a peer without the ping extension are global requests; this bit marks their tokens.
constexpr std::uint64_t ping_bit = std::uint64_t(1) << 63;

} // namespace

void core::keepalive(time_point now)
{
    if (now - last_heard_ < keepalive_interval_) {
        keepalive_at_ = last_heard_ + keepalive_interval_;
        return;
    }
    if (keepalives_unanswered_ >= keepalive_count_) {
        fail(failure(errc::keepalive_timeout, "no answer to " + std::to_string(keepalives_unanswered_) + " keepalive messages"),
             disconnect_reason::by_application);
        return;
    }
    ++keepalives_unanswered_;
    keepalive_at_ = now + keepalive_interval_;
    if (mux_.request_global("keepalive@openssh.com", true, {}, keepalive_token))
        check();
}

void core::set_keepalive(duration interval, unsigned count) noexcept
{
    keepalive_interval_ = interval;
    keepalive_count_ = count;
    keepalives_unanswered_ = 0;
    if (authenticated_)
        keepalive_at_ = interval > duration::zero() ? last_heard_ + interval : never;
}

void core::set_idle_limits(const idle_limits& l)
{
    mux_.set_idle_times(mux::idle_times(l));
    unused_timeout_ = l.connection;
    unused_at_ = never;
}

void core::set_rekey_limits(const rekey_limits& l) { transport_.set_rekey_limits(l.bytes, l.time); }

/// Starts or stops the clock for a connection without channels. The driver comes here after every turn.
void core::note_use() const noexcept
{
    if (unused_timeout_ <= duration::zero() || !authenticated_ || mux_.channel_count() + mux_.undecided() > 0)
        unused_at_ = never;
    else if (unused_at_ == never || unused_since_ != mux_.channels_opened())
        unused_at_ = now_ + unused_timeout_;
    unused_since_ = mux_.channels_opened();
}

bool core::ping(std::uint64_t token)
{
    if (ended_)
        return false;
    pings_.push_back({token, now_});
    if (transport_.extensions().ping && authenticated_) {
        std::byte data[8];
        store_u32(data, std::uint32_t(token >> 32));
        store_u32(data + 4, std::uint32_t(token));
        transport_.ping(data);
    } else if (!mux_.request_global("keepalive@openssh.com", true, {}, token | ping_bit)) {
        pings_.pop_back();
        return false;
    }
    check();
    return !ended_;
}

void core::on_pong(byte_view data)
{
    if (data.size() == 8)
        answer_ping(std::uint64_t(load_u32(data.data())) << 32 | load_u32(data.data() + 4));
}

bool core::answer_ping(std::uint64_t token)
{
    const auto it = std::find_if(pings_.begin(), pings_.end(), [&](const own_ping& p) { return p.token == token; });
    if (it == pings_.end())
        return false;
    mux_.feed_rtt(now_ - it->sent);
    pings_.erase(it);
    observer_.on_pong(token);
    return true;
}

void core::on_global_reply(std::uint64_t token, bool success, byte_view body)
{
    if (token == keepalive_token)
        return; // the arrival of any message was the answer
    if ((token & ping_bit) != 0) {
        answer_ping(token & ~ping_bit);
        return;
    }
    observer_.on_global_reply(token, success, body);
}

void core::on_no_global_reply(std::uint64_t token, mux::no_reply why)
{
    if (token == keepalive_token)
        return;
    if ((token & ping_bit) != 0 && why == mux::no_reply::unimplemented) { // this answer is a sign of life too
        answer_ping(token & ~ping_bit);
        return;
    }
    if ((token & ping_bit) != 0)
        std::erase_if(pings_, [&](const own_ping& p) { return p.token == (token & ~ping_bit); });
    observer_.on_no_global_reply(token & ~ping_bit, why);
}

} // namespace sshoal::engine
