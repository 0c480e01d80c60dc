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
    , said(task.known && task.known->size ? *task.known->size : UINT64_MAX)
    , checks_left_(whole->how.growth_checks())
{
}

// -- the line -----------------------------------------------------------------------------------------------------------------

/// A piece stands in the line from its beginning until it has left, or until its worker ends for whatever reason.
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
    gate*& known_as_; ///< an element of the line, which stays in it for longer
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

/// Pieces at once.
std::size_t piece_mover::allowed() const noexcept
{
    const std::size_t n = std::max<std::size_t>(depth.target() / piece, 1);
    return std::min(n, whole->core().most_requests());
}

/// One slow piece does not let the others run away from it. Behind the size that was told, one piece looks for the end, after all
/// others: most often one of those has found the end already.
bool piece_mover::may_begin() const noexcept
{
    return next < end && unfinished_.size() < allowed() && next - without_gaps() <= whole->how.bytes_at_once()
           && (next < said || unfinished_.empty());
}

/// The last piece asks for one byte more than there should be: an answer that is too short by it shows the end without another
/// request.
std::uint64_t piece_mover::piece_end(std::uint64_t offset) const noexcept
{
    if (offset >= said || said == UINT64_MAX)
        return offset + std::min<std::uint64_t>(piece, last_ - offset);
    return offset + std::min<std::uint64_t>(piece, said - offset + (checks_left_ > 0 ? 1 : 0));
}

/// There are bytes behind the size that was told. A source that has grown tells a larger one now; one that tells the same as
/// before, or nothing, does not know its size, and only its end counts.
void piece_mover::found_longer(std::optional<std::uint64_t> now, std::uint64_t moved)
{
    if (!now || *now <= said) {
        if (said > 0) // those that say 0 mean that they do not know
            last_ = std::max(moved, said + std::min(whole->how.bytes_beyond(said), UINT64_MAX - said));
        said = UINT64_MAX;
        return;
    }
    said = std::max(*now, moved);
    if (checks_left_ == 0) { // answers shorter than a piece ask more often than pieces do
        end = std::min(end, said);
        return;
    }
    --checks_left_;
    meter.size(said);
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
        if (offset == self.said && offset < last) // size and answer agree
            self.end = std::min(self.end, offset);
        if (offset > self.said) {
            auto asking = self.size_now();
            const std::optional<std::uint64_t> now = co_await std::move(asking);
            self.found_longer(now, offset);
        }
    }
    co_return outcome<void>();
}

/// Whether nothing more is to be moved, though the end has not been seen.
bool piece_mover::at_a_limit() noexcept
{
    if (next >= said && checks_left_ == 0) // it goes on growing, and may go on without us
        end = said;
    return end <= next || next >= last_;
}

/// The end of what is moved of a source that has much more than it tells. Only more than that is worth a word.
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
        if (self->next < self->said && offset >= self->said && self->said != UINT64_MAX) {
            self->next = self->said;
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
    constexpr std::size_t each_time = 2; // doubles with each round trip
    if (!workers || workers->stopping())
        return;
    const std::uint64_t to = std::min({said, end, last_});
    const std::uint64_t left = next < to ? (to - next + piece - 1) / piece : 0;
    for (std::size_t i = 0; i < each_time && i < left && workers->size() < allowed() + 1; ++i)
        workers->start(work(shared_from_this(), workers));
}

awaitable<outcome<void>> piece_mover::all(std::shared_ptr<piece_mover> self)
{
    auto workers = task_group::make(self->whole->core().strand());
    const std::uint64_t pieces = self->next < self->said ? (self->said - self->next + self->piece - 1) / self->piece : 1;
    // Of a file whose size nobody knows, the first piece may be the last.
    const std::size_t at_first = self->said == UINT64_MAX
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
        // If a file has grown between the answer that said its end and another behind that, both were right at their time.
        self->next = self->end;
        self->said = std::exchange(self->reached_, self->end);
        self->end = UINT64_MAX;
    }
    co_return failure(errc::protocol_error, printable(self->task.from) + " ends before bytes that have been read of it");
}

} // namespace sshoal::sftp
