#include "mux/send_scheduler.hpp"

#include <algorithm>

namespace sshoal::mux {

// A quantum is at least one packet, so that only a channel in debt has to come to the front twice for one packet.
send_scheduler::send_scheduler(const settings& s)
    : packet_(std::max<std::uint32_t>(s.max_packet_out, 1))
    , quantum_(std::int32_t(std::clamp<std::uint32_t>(s.max_packet_out, quantum, 1u << 28)))
{
    limit_.set(s.send_rate, packet_, time_point());
}

sender_list& send_scheduler::list_of(place p) noexcept
{
    return p == place::urgent ? urgent_ : p == place::bulk ? bulk_ : p == place::limited ? limited_ : granted_;
}

bool send_scheduler::is_urgent(const sender& s, std::size_t n) const noexcept
{
    if (s.priority_ == channel_priority::bulk)
        return false;
    const bool interactive = s.priority_ == channel_priority::interactive || s.has_terminal_;
    const std::size_t sent_before = s.epoch_ == epoch_ ? s.sent_in_epoch_ : 0;
    return sent_before + n <= (interactive ? interactive_of_epoch : automatic_of_epoch)
           && urgent_in_epoch_ + n <= urgent_of_epoch;
}

std::size_t send_scheduler::admit(sender& s, std::size_t n, bool output_open, time_point now)
{
    if (waits(s))
        return 0;
    if (!output_open)
        return wait(s, n);
    if (s.bucket_) {
        const std::size_t allowed = s.bucket_->allows(n, now);
        if (allowed == 0) {
            wait_for_limit(s, n);
            return 0;
        }
        n = allowed;
    }
    if (limit_.limited()) {
        const std::size_t allowed = limit_.allows(n, now);
        if (allowed == 0)
            return wait(s, n);
        n = allowed;
    }
    if (s.place_ == place::granted || is_alone(s))
        return n;
    if (is_urgent(s, n) && (s.place_ == place::called || urgent_.empty()))
        return n;
    return wait(s, n);
}

void send_scheduler::sent(sender& s, std::size_t size) noexcept
{
    const auto n = std::int32_t(size);
    if (s.bucket_)
        s.bucket_->spend(size);
    limit_.spend(size);
    if (s.place_ == place::granted) {
        outstanding_ -= std::size_t(std::min(n, s.allowance_));
        s.allowance_ -= n;
        if (s.allowance_ <= 0)
            enter(place::none, s);
    } else if (!is_alone(s)) {
        s.allowance_ = std::max(s.allowance_ - n, -quanta_of_debt * quantum_);
        urgent_in_epoch_ += std::uint32_t(n);
        s.ticket_ = ++last_ticket_; // the channel has had its turn
    }
    if (s.epoch_ != epoch_) {
        s.epoch_ = epoch_;
        s.sent_in_epoch_ = 0;
    }
    s.sent_in_epoch_ += std::uint32_t(n);
    sent_in_epoch_ += std::uint32_t(n);
    if (sent_in_epoch_ >= epoch_size) {
        ++epoch_;
        sent_in_epoch_ = urgent_in_epoch_ = 0;
    }
}

void send_scheduler::enter(place to, sender& s) noexcept
{
    if (s.place_ != place::none)
        list_of(s.place_).remove(s);
    if (s.place_ == place::granted)
        outstanding_ -= std::size_t(std::max(s.allowance_, 0));
    else if (s.place_ == place::called)
        outstanding_ -= s.wanted_;
    s.place_ = to;
    if (to == place::none)
        return;
    sender_list& list = list_of(to);
    sender* before = list.last();
    if (to == place::limited) {
        // Among channels with the same rate, the one that comes last is ready last.
        const time_point ready = s.bucket_->ready_at(s.wanted_);
        while (before && before->bucket_->ready_at(before->wanted_) > ready)
            before = sender_list::before(*before);
    } else if (is_granted(s)) {
        outstanding_ += to == place::granted ? std::size_t(s.allowance_) : s.wanted_;
    } else if (before && std::int32_t(before->ticket_ - s.ticket_) > 0) {
        // The channel returns from a grant, so its place is near the front.
        before = nullptr;
        for (sender* i = &list.front(); i && std::int32_t(i->ticket_ - s.ticket_) < 0; i = sender_list::behind(*i))
            before = i;
    }
    list.insert_behind(before, s);
}

std::size_t send_scheduler::wait(sender& s, std::size_t n) noexcept
{
    if (!is_granted(s))
        s.ticket_ = ++last_ticket_;
    // A channel with an allowance left has a place in the round already.
    enter(s.allowance_ <= 0 && is_urgent(s, n) ? place::urgent : place::bulk, s);
    s.wanted_ = std::uint32_t(n);
    return 0;
}

void send_scheduler::wait_for_limit(sender& s, std::size_t n) noexcept
{
    enter(place::none, s); // its reason to wait is gone
    s.wanted_ = std::uint32_t(n);
    enter(place::limited, s);
    s.allowance_ = std::min(s.allowance_, 0); // the channel gives up its turn
}

void send_scheduler::release_limited(time_point now) noexcept
{
    while (!limited_.empty() && limited_.front().bucket_->ready_at(limited_.front().wanted_) <= now) {
        sender& s = limited_.front();
        wait(s, s.wanted_);
    }
}

void send_scheduler::lapse() noexcept
{
    while (!granted_.empty()) {
        sender& s = granted_.front();
        enter(place::none, s);
        s.allowance_ = std::min(s.allowance_, 0);
    }
}

sender* send_scheduler::next(std::size_t room, time_point now) noexcept
{
    if (room == 0)
        return nullptr;
    release_limited(now);
    while (!urgent_.empty() || !bulk_.empty()) {
        const bool urgent = !urgent_.empty();
        sender& s = urgent ? urgent_.front() : bulk_.front();
        if (limit_.limited() && (limit_.allows(s.wanted_, now) == 0 || outstanding_ >= limit_.tokens()))
            return nullptr;
        if (outstanding_ >= room)
            return nullptr;
        if (urgent) {
            enter(place::called, s);
            return &s;
        }
        if (s.allowance_ <= 0)
            s.allowance_ += quantum_;
        if (s.allowance_ > 0) {
            enter(place::granted, s);
            return &s;
        }
        s.ticket_ = ++last_ticket_; // its quantum pays for the urgent data that it sent
        enter(place::bulk, s);
    }
    return nullptr;
}

time_point send_scheduler::next_deadline() const noexcept
{
    if (!granted_.empty())
        return never; // a round is due, which handles this
    time_point at = limited_.empty() ? never : limited_.front().bucket_->ready_at(limited_.front().wanted_);
    const sender_list& first = urgent_.empty() ? bulk_ : urgent_;
    if (!first.empty())
        at = std::min(at, limit_.limited() ? limit_.ready_at(first.front().wanted_) : time_point());
    return at;
}

void send_scheduler::leave(sender& s) noexcept
{
    enter(place::none, s);
    s.allowance_ = std::min(s.allowance_, 0);
}

void send_scheduler::set_priority(sender& s, channel_priority p) noexcept
{
    s.priority_ = p;
    if (s.place_ == place::urgent || s.place_ == place::bulk)
        wait(s, s.wanted_);
}

void send_scheduler::set_terminal(sender& s) noexcept
{
    s.has_terminal_ = true;
    set_priority(s, s.priority_);
}

void send_scheduler::set_rate(sender& s, std::uint64_t rate, time_point now)
{
    const bool was_limited = s.place_ == place::limited;
    if (was_limited)
        enter(place::none, s); // its place depends on the rate
    if (rate == 0) {
        s.bucket_.reset();
    } else {
        if (!s.bucket_)
            s.bucket_ = std::make_unique<token_bucket>();
        s.bucket_->set(rate, packet_, now);
    }
    if (was_limited && s.bucket_)
        enter(place::limited, s);
    else if (was_limited)
        wait(s, s.wanted_);
}

} // namespace sshoal::mux
