// One file from a file_system here to the server.

#include "sftp/client/piece_mover.hpp"
#include "sftp/client/remote_target.hpp"
#include "sftp/client/room_to_send.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sshoal::sftp {

using sftp_protocol::pipeline_depth;

namespace {

class upload final : public piece_mover {
public:
    upload(transfer_ptr t, const file_task& f, local_source from, std::shared_ptr<remote_target> to)
        : piece_mover(t, f, f.from, t->core().write_size())
        , source(std::move(from))
        , target(std::move(to))
    {
    }
    ~upload() override
    {
        if (may_have_gaps && whole->cuts_failed())
            target->cut(without_gaps());
    }

    const local_source source;
    const std::shared_ptr<remote_target> target;

    bool may_have_gaps = false; ///< pieces are under way, or one has failed

private:
    static constexpr std::size_t zeros_at_once = 4u << 20;

    awaitable<outcome<std::size_t>> move(std::uint64_t offset, std::size_t n) override;
    awaitable<std::optional<std::uint64_t>> size_now() override { return local_source::size_now(source); }
    awaitable<outcome<bool>> goes_on_at(std::uint64_t offset) override;
    std::uint64_t after_hole(std::uint64_t offset) override
    {
        return whole->leaves_holes() ? std::max(offset, source.file->next_data(offset)) : offset;
    }

    std::size_t zeros_ = 0; ///< bytes that have been left out since other coroutines of the strand could run
};

awaitable<outcome<bool>> upload::goes_on_at(std::uint64_t offset)
{
    const std::shared_ptr<block> one = whole->core().blocks().get(1);
    auto reading = local_source::read(source, offset, one, 1);
    const outcome<void> done = co_await std::move(reading);
    if (!done)
        co_return outcome<bool>(boost::system::in_place_error, done.error());
    co_return one->size > 0;
}

awaitable<outcome<std::size_t>> upload::move(std::uint64_t offset, std::size_t n)
{
    {
        room_to_send room(whole->core());
        auto coming = room.wait();
        const wake came = co_await std::move(coming);
        if (came == wake::cancelled)
            co_return failure(error_code(asio::error::operation_aborted));
    } // released before the read, so that the pieces of a slow file are read side by side
    if (source.file->in_order() && !is_first_in_line(offset)) {
        auto waiting = turn_of(offset);
        const wake w = co_await std::move(waiting);
        if (w == wake::cancelled)
            co_return failure(error_code(asio::error::operation_aborted));
    }
    const std::shared_ptr<block> data = whole->core().blocks().get(n);
    auto reading = local_source::read(source, offset, data, n);
    const outcome<void> read = co_await std::move(reading);
    if (!read)
        co_return read.error();
    // Reads may end in any order. WRITEs are sent in the order of the file, as append-only servers need it.
    if (!is_first_in_line(offset)) {
        auto waiting = turn_of(offset);
        const wake w = co_await std::move(waiting);
        if (w == wake::cancelled)
            co_return failure(error_code(asio::error::operation_aborted));
    }
    if (data->size == 0 || offset >= end)
        co_return std::size_t(0);
    if (data->size == n)
        has_left(offset); // the next piece goes on when this coroutine waits, and the WRITE has been sent by then
    if (whole->leaves_holes() && data->is_zero()) {
        if ((zeros_ += data->size) >= zeros_at_once) { // nothing was sent, so this coroutine has not waited
            zeros_ = 0;
            co_await asio::post(whole->core().strand(), asio::use_awaitable);
        }
        co_return data->size;
    }
    const pipeline_depth::mark mark = depth.on_send(clock::now());
    auto writing = remote_target::write(target, offset, data);
    outcome<void> written = co_await std::move(writing);
    if (!written)
        co_return written.error();
    depth.on_answer(mark, data->size, clock::now());
    co_return data->size;
}

/// A failure is ignored, since the file was only read.
awaitable<void> close_source(std::shared_ptr<upload> u)
{
    auto closing = guarded(u->source.file->close());
    (void)co_await std::move(closing);
}

} // namespace

awaitable<outcome<void>> put_file(transfer_ptr t, files_ptr files, file_task task)
{
    auto opening = local_source::open(std::move(files), task.from, task.known);
    outcome<local_source> source = co_await std::move(opening);
    if (!source)
        co_return source.error();
    const attributes local = source->attrs;
    task.known = local;
    auto target = std::make_shared<remote_target>(t->session, t->how, task.to);
    auto opening_there = remote_target::open(target, local);
    const outcome<std::uint64_t> present = co_await std::move(opening_there);
    if (!present && task.lacks_handles)
        *task.lacks_handles = may_lack_handles(present.error());
    if (!present)
        co_return present.error();

    auto u = std::make_shared<upload>(t, std::move(task), std::move(*source), target);
    u->next = *present;
    if (*present > 0)
        u->meter.had(*present);
    u->may_have_gaps = true;
    auto moving = piece_mover::run(u);
    outcome<void> moved = co_await std::move(moving);
    if (!moved)
        co_return moved;
    u->may_have_gaps = false;
    auto closing = close_source(u);
    co_await std::move(closing);
    auto finishing = remote_target::finish(target, u->end, local);
    outcome<void> finished = co_await std::move(finishing);
    for (auto& [what, why] : target->notes())
        u->whole->note(u->task.to, what, std::move(why));
    if (finished)
        u->meter.done();
    co_return finished;
}

} // namespace sshoal::sftp
