#include "sftp/client/piece_mover.hpp"

#include <algorithm>

namespace sshoal::sftp {

piece_mover::piece_mover(transfer_ptr t, file_task f, std::string source, std::size_t servers_size,
                         clock::duration idle_round_trip)
    : whole(std::move(t))
    , task(std::move(f))
    , piece(whole->piece_size(servers_size))
    , depth(piece, std::max(whole->how.bytes_at_once(), piece), idle_round_trip)
    , meter(*whole, std::move(source), task.known && task.known->size ? *task.known->size : 0)
{
}

/// Pieces at once.
std::size_t piece_mover::allowed() const noexcept
{
    const std::size_t n = std::max<std::size_t>(depth.target() / piece, 1);
    return whole->how.requests_at_once() > 0 ? std::min(n, whole->how.requests_at_once()) : n;
}

/// One slow piece does not let the others run away from it.
bool piece_mover::may_begin() const noexcept
{
    return next < end && unfinished_.size() < allowed() && next - without_gaps() <= whole->how.bytes_at_once();
}

awaitable<outcome<void>> piece_mover::work(std::shared_ptr<piece_mover> self, std::weak_ptr<crew> others)
{
    while (self->may_begin()) {
        std::uint64_t offset = self->after_hole(self->next);
        if (self->end != UINT64_MAX && offset >= self->end) {
            self->next = self->end;
            break;
        }
        const std::uint64_t last = offset + std::min<std::uint64_t>(self->piece, self->end - offset);
        self->next = last;
        const auto unfinished = self->unfinished_.insert(offset).first;
        while (offset < last && offset < self->end) {
            if (self->whole->how.rate() > 0) {
                auto pacing = transfer::pace(self->whole, std::size_t(last - offset));
                co_await std::move(pacing);
            }
            auto moving = self->move(offset, std::size_t(last - offset));
            const outcome<std::size_t> n = co_await std::move(moving);
            if (!n)
                co_return n.error();
            if (*n == 0) { // shorter than was said, or nobody had said
                self->end = std::min(self->end, offset);
                break;
            }
            offset += *n;
            self->reached_ = std::max(self->reached_, offset);
            self->meter.moved(*n);
        }
        self->unfinished_.erase(unfinished);
        self->start_workers(others.lock());
    }
    co_return outcome<void>();
}

void piece_mover::start_workers(const std::shared_ptr<crew>& workers)
{
    constexpr std::size_t each_time = 2; // doubles with each round trip
    if (!workers || workers->stopping())
        return;
    const std::uint64_t left = next < end ? (end - next + piece - 1) / piece : 0;
    for (std::size_t i = 0; i < each_time && i < left && workers->size() < allowed() + 1; ++i)
        workers->start(work(shared_from_this(), workers));
}

awaitable<outcome<void>> piece_mover::run(std::shared_ptr<piece_mover> self)
{
    auto workers = std::make_shared<crew>(self->whole->shared_core());
    const std::uint64_t pieces = self->next < self->end ? (self->end - self->next + self->piece - 1) / self->piece : 0;
    // Of a file whose size nobody knows, the first piece may be the last.
    const std::size_t at_first = self->end == UINT64_MAX
                                     ? 1
                                     : std::min<std::size_t>(self->allowed(), std::size_t(std::min<std::uint64_t>(pieces, 1024)));
    for (std::size_t i = 0; i < at_first; ++i)
        workers->start(work(self, workers));
    auto waiting = crew::wait(workers);
    outcome<void> moved = co_await std::move(waiting);
    if (moved && self->reached_ > self->end)
        co_return failure(errc::protocol_error, printable(self->task.remote) + " ends before bytes that have been read of it");
    co_return moved;
}

} // namespace sshoal::sftp
