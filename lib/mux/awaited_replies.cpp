#include "mux/awaited_replies.hpp"

namespace sshoal::mux {

std::uint32_t awaited_replies::add(kind what, std::uint32_t channel)
{
    if (++last_ticket_ == last_of_all)
        last_ticket_ = 1;
    entry e;
    e.ticket = last_ticket_;
    e.what = what;
    e.channel = channel;
    entries_.push(e);
    return e.ticket;
}

// Tickets rise by one and wrap around, so the distance of a ticket from the first one gives its place in the list; entries
// dropped from the middle make this place an upper bound.
awaited_replies::entry* awaited_replies::find(std::uint32_t ticket) noexcept
{
    if (entries_.empty())
        return nullptr;
    const std::uint32_t first = entries_.front().ticket;
    std::size_t low = 0, high = entries_.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (entries_[middle].ticket - first < ticket - first)
            low = middle + 1;
        else
            high = middle;
    }
    return low < entries_.size() && entries_[low].ticket == ticket ? &entries_[low] : nullptr;
}

void awaited_replies::sent(std::uint32_t ticket, std::uint32_t sequence, time_point now) noexcept
{
    if (entry* const e = find(ticket)) {
        e->sequence = sequence;
        e->sent = true;
        e->since = now;
    }
}

void awaited_replies::over(std::uint32_t ticket)
{
    entry* const e = find(ticket);
    if (!e || e->over)
        return;
    e->over = true;
    ++over_;
    drop_finished();
}

/// Most replies come in order. A peer that never sends one of them must not make the list grow with every later request.
void awaited_replies::drop_finished()
{
    while (!entries_.empty() && entries_.front().over) {
        entries_.pop();
        --over_;
    }
    constexpr std::size_t few = 32;
    if (over_ < few || over_ * 2 < entries_.size())
        return;
    fifo<entry> left;
    for (std::size_t i = 0; i < entries_.size(); ++i)
        if (!entries_[i].over)
            left.push(entries_[i]);
    entries_ = std::move(left);
    over_ = 0;
}

std::optional<awaited_replies::entry> awaited_replies::with_sequence(std::uint32_t sequence) const noexcept
{
    for (std::size_t i = entries_.size(); i-- > 0;) {
        const entry& e = entries_[i];
        if (e.sent && !e.over && e.sequence == sequence)
            return e;
    }
    return std::nullopt;
}

std::optional<awaited_replies::entry> awaited_replies::oldest() const noexcept
{
    if (entries_.empty() || !entries_[0].sent)
        return std::nullopt;
    return entries_[0];
}

} // namespace sshoal::mux
