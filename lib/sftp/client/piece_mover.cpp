#include "sftp/client/piece_mover.hpp"

#include <algorithm>
#include <utility>

namespace sshoal::sftp {

piece_mover::piece_mover(transfer_ptr t, file_task f, std::string source, std::size_t servers_size,
                         clock::duration idle_round_trip)
    : whole(std::move(t))
    , name(std::move(source))
    , task(std::move(f))
    , piece(whole->piece_size(servers_size))
    , depth(piece, std::max(whole->how.bytes_at_once(), piece), idle_round_trip)
    , meter(*whole, name, task.known && task.known->size ? *task.known->size : 0)
    , reported(task.known && task.known->size ? *task.known->size : UINT64_MAX)
    , checks_left_(whole->how.growth_checks())
{
}

// -- the line -----------------------------------------------------------------------------------------------------------------

/// A piece stands in the line from its beginning until it has been sent, or until its worker ends for another reason.
class piece_mover::place_in_line {
public:
    place_in_line(piece_mover& m, std::uint64_t offset) : mover_(m), offset_(offset) { m.in_line_.emplace(offset, nullptr); }
    place_in_line(const place_in_line&) = delete;
    ~place_in_line() { mover_.has_left(offset_); }

private:
    piece_mover& mover_;
    const std::uint64_t offset_;
};

/// The gate of a piece that is not the first in the line.
class piece_mover::waiting_gate {
public:
    waiting_gate(client_core& core, gate*& known_as) : turn(core.ready()), core_(core), known_as_(known_as)
    {
        known_as_ = &turn;
        core_.add_gate(turn);
    }
    waiting_gate(const waiting_gate&) = delete;
    ~waiting_gate()
    {
        known_as_ = nullptr;
        core_.remove_gate(turn);
    }
    gate turn;

private:
    client_core& core_;
    gate*& known_as_; ///< in an element of the line, which lives longer than this object
};

awaitable<wake> piece_mover::turn_of(std::uint64_t offset)
{
    const auto mine = place_of(offset);
    while (mine != in_line_.begin()) {
        waiting_gate before(whole->core(), mine->second);
        const wake w = co_await before.turn.wait();
        if (w == wake::cancelled)
            co_return w;
    }
    co_return wake::ready;
}

void piece_mover::has_left(std::uint64_t offset) noexcept
{
    if (in_line_.empty() || in_line_.begin()->first > offset)
        return;
    const auto mine = place_of(offset);
    const bool was_first = mine == in_line_.begin();
    in_line_.erase(mine);
    if (was_first && !in_line_.empty() && in_line_.begin()->second != nullptr)
        in_line_.begin()->second->wake_one();
}

// -- the work -----------------------------------------------------------------------------------------------------------------

/// Returns: the most pieces that may be under way.
std::size_t piece_mover::allowed() const noexcept
{
    const std::size_t n = std::max<std::size_t>(depth.target() / piece, 1);
    return std::min(n, whole->core().most_requests());
}

/// One slow piece keeps the others from running far ahead. Behind the reported size, a single piece looks for the end when all
/// others are done: most often, one of those has found the end already.
bool piece_mover::may_begin() const noexcept
{
    return next < end && unfinished_.size() < allowed() && next - without_gaps() <= whole->how.bytes_at_once()
           && (next < reported || unfinished_.empty());
}

/// The last piece requests one byte more than the reported size, so that a short answer shows the end without another request.
std::uint64_t piece_mover::piece_end(std::uint64_t offset) const noexcept
{
    if (offset >= reported || reported == UINT64_MAX)
        return offset + std::min<std::uint64_t>(piece, last_ - offset);
    return offset + std::min<std::uint64_t>(piece, reported - offset + (checks_left_ > 0 ? 1 : 0));
}

/// To be called if there are bytes behind the reported size. A source that has grown reports a larger size now. A source that
/// reports the same size as before, or none, does not know its size, and is moved up to its end.
void piece_mover::found_longer(std::optional<std::uint64_t> now, std::uint64_t moved)
{
    if (!now || *now <= reported) {
        if (reported > 0) // sources that report 0 do not know their size
            last_ = std::max(moved, reported + std::min(whole->how.bytes_beyond(reported), UINT64_MAX - reported));
        reported = UINT64_MAX;
        return;
    }
    reported = std::max(*now, moved);
    if (checks_left_ == 0) { // this may come several times for one piece, if answers are short
        end = std::min(end, reported);
        return;
    }
    --checks_left_;
    meter.size(reported);
}

awaitable<outcome<void>> piece_mover::one_piece(piece_mover& self, std::uint64_t offset, std::uint64_t last)
{
    const place_in_line place(self, offset);
    while (offset < last && offset < self.end) {
        if (self.whole->how.rate() > 0) {
            auto pacing = transfer::pace(self.whole, std::size_t(last - offset));
            co_await std::move(pacing);
        }
        auto moving = self.move(offset, std::size_t(last - offset));
        const outcome<std::size_t> n = co_await std::move(moving);
        if (!n)
            co_return n.error();
        if (*n == 0) {
            self.end = std::min(self.end, offset);
            break;
        }
        offset += *n;
        self.reached_ = std::max(self.reached_, offset);
        self.meter.moved(*n);
        if (offset == self.reported && offset < last) // the answer confirms the reported size
            self.end = std::min(self.end, offset);
        if (offset > self.reported) {
            auto asking = self.size_now();
            const std::optional<std::uint64_t> now = co_await std::move(asking);
            self.found_longer(now, offset);
        }
    }
    co_return outcome<void>();
}

/// Returns: whether no more is to be moved, although the end has not been seen.
bool piece_mover::at_a_limit() noexcept
{
    if (next >= reported && checks_left_ == 0) // the file keeps growing, and is moved up to the last reported size
        end = reported;
    return end <= next || next >= last_;
}

/// Ends the transfer of a source that has far more bytes than its reported size. If there are bytes behind the limit, the file is
/// in transfer_result::skipped.
awaitable<outcome<void>> piece_mover::leave_rest(std::shared_ptr<piece_mover> self)
{
    auto looking = self->goes_on_at(self->last_);
    const outcome<bool> more = co_await std::move(looking);
    if (!more)
        co_return more.error();
    self->end = self->last_;
    if (*more)
        self->whole->skip(self->name, failure(errc::capture_limit, "it has far more than its size says; only the first "
                                                                       + std::to_string(self->end) + " bytes were moved"));
    co_return outcome<void>();
}

awaitable<outcome<void>> piece_mover::work(std::shared_ptr<piece_mover> self, std::weak_ptr<task_group> others)
{
    while (self->may_begin()) {
        if (self->at_a_limit())
            break;
        const std::uint64_t offset = self->after_hole(self->next);
        if (self->next < self->reported && offset >= self->reported && self->reported != UINT64_MAX) {
            self->next = self->reported;
            continue;
        }
        if (offset >= self->last_) {
            self->next = self->last_;
            break;
        }
        const std::uint64_t last = self->piece_end(offset);
        self->next = last;
        const auto unfinished = self->unfinished_.insert(offset).first;
        auto moving = one_piece(*self, offset, last);
        outcome<void> moved = co_await std::move(moving);
        if (!moved)
            co_return moved;
        self->unfinished_.erase(unfinished);
        self->start_workers(others.lock());
    }
    co_return outcome<void>();
}

void piece_mover::start_workers(const std::shared_ptr<task_group>& workers)
{
    constexpr std::size_t each_time = 2; // so that the workers double with each round trip
    if (!workers || workers->stopping())
        return;
    const std::uint64_t to = std::min({reported, end, last_});
    const std::uint64_t left = next < to ? (to - next + piece - 1) / piece : 0;
    for (std::size_t i = 0; i < each_time && i < left && workers->size() < allowed() + 1; ++i)
        workers->start(work(shared_from_this(), workers));
}

awaitable<outcome<void>> piece_mover::all(std::shared_ptr<piece_mover> self)
{
    auto workers = task_group::make(self->whole->core().strand());
    const std::uint64_t pieces = self->next < self->reported ? (self->reported - self->next + self->piece - 1) / self->piece : 1;
    // The first piece of a file of unknown size may be its last.
    const std::size_t at_first = self->reported == UINT64_MAX
                                     ? 1
                                     : std::min<std::size_t>(self->allowed(), std::size_t(std::min<std::uint64_t>(pieces, 1024)));
    for (std::size_t i = 0; i < at_first; ++i)
        workers->start(work(self, workers));
    auto waiting = workers->wait();
    outcome<void> moved = co_await std::move(waiting);
    if (moved && self->end == UINT64_MAX) {
        auto leaving = leave_rest(self);
        moved = co_await std::move(leaving);
    }
    co_return moved;
}

awaitable<outcome<void>> piece_mover::run(std::shared_ptr<piece_mover> self)
{
    constexpr int attempts = 4;
    for (int i = 0; i < attempts; ++i) {
        auto moving = all(self);
        outcome<void> moved = co_await std::move(moving);
        if (!moved || self->reached_ <= self->end)
            co_return moved;
        // If the file grew between the answer that showed its end and a later answer behind that end, both answers were right.
        self->next = self->end;
        self->reported = std::exchange(self->reached_, self->end);
        self->end = UINT64_MAX;
    }
    co_return failure(errc::protocol_error, printable(self->task.from) + " ends before bytes that have been read of it");
}

} // namespace sshoal::sftp
