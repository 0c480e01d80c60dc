// One file from this machine to the server.

#include "sftp/client/disk_file.hpp"
#include "sftp/client/piece_mover.hpp"
#include "sftp/client/remote_target.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sshoal::sftp {

using sftp_protocol::pipeline_depth;

namespace {

class upload final : public piece_mover {
public:
    upload(transfer_ptr t, const file_task& f, std::shared_ptr<disk_file> from, std::shared_ptr<remote_target> to)
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

    const std::shared_ptr<disk_file> source;
    const std::shared_ptr<remote_target> target;

    bool may_have_gaps = false; ///< pieces are under way, or one has failed

private:
    static constexpr std::size_t zeros_at_once = 4u << 20;

    awaitable<outcome<std::size_t>> move(std::uint64_t offset, std::size_t n) override;
    awaitable<std::optional<std::uint64_t>> size_now() override;
    awaitable<outcome<bool>> goes_on_at(std::uint64_t offset) override;
    std::uint64_t after_hole(std::uint64_t offset) override
    {
        return whole->leaves_holes() ? source->next_data(offset) : offset;
    }

    std::size_t zeros_ = 0; ///< bytes that have been left out since anybody else could run
};

struct read_job {
    std::shared_ptr<disk_file> from;
    std::uint64_t offset;
    std::size_t n;
    std::shared_ptr<block> into; ///< has its size of bytes already
    failure operator()() const
    {
        const outcome<std::size_t> got = from->read(offset + into->size, into->room().first(n).subspan(into->size));
        if (!got)
            return got.error();
        into->size += *got;
        return {};
    }
};

struct size_job {
    std::shared_ptr<disk_file> file;
    outcome<attributes> operator()() const { return file->stat(); }
};

awaitable<std::optional<std::uint64_t>> upload::size_now()
{
    size_job job{source};
    auto asking = run_on(whole->disk(), std::move(job));
    const outcome<attributes> a = co_await std::move(asking);
    co_return a ? a->size : std::nullopt;
}

awaitable<outcome<bool>> upload::goes_on_at(std::uint64_t offset)
{
    const std::shared_ptr<block> one = whole->core().blocks().get(1);
    read_job job{source, offset, 1, one};
    auto reading = run_on(whole->disk(), std::move(job));
    const failure unread = co_await std::move(reading);
    if (unread)
        co_return outcome<bool>(boost::system::in_place_error, unread);
    co_return one->size > 0;
}

awaitable<outcome<std::size_t>> upload::move(std::uint64_t offset, std::size_t n)
{
    room_to_send room(whole->core());
    auto coming = room.come();
    const wake came = co_await std::move(coming);
    if (came == wake::cancelled)
        co_return failure(error_code(asio::error::operation_aborted));
    const std::shared_ptr<block> data = whole->core().blocks().get(n);
    bool all = false;
    data->size = source->read_at_once(offset, data->room().first(n), all);
    if (!all) {
        room.leave();
        read_job job{source, offset, n, data};
        auto reading = run_on(whole->disk(), std::move(job));
        const failure unread = co_await std::move(reading);
        if (unread)
            co_return unread;
    }
    // The disk answers in any order; WRITEs leave in that of the file, as append-only servers need it.
    if (!is_first_in_line(offset)) {
        room.leave();
        auto waiting = turn_of(offset);
        const wake w = co_await std::move(waiting);
        if (w == wake::cancelled)
            co_return failure(error_code(asio::error::operation_aborted));
    }
    if (data->size == 0 || offset >= end)
        co_return std::size_t(0);
    if (data->size == n)
        has_left(offset); // the next one is woken when this coroutine waits, and the WRITE is on its way then
    if (whole->leaves_holes() && data->is_zero()) {
        if ((zeros_ += data->size) >= zeros_at_once) { // nothing else has made room for others meanwhile
            zeros_ = 0;
            co_await asio::post(whole->core().strand(), asio::use_awaitable);
        }
        co_return data->size;
    }
    const pipeline_depth::mark mark = depth.on_send(clock::now());
    auto writing = remote_target::write(target, offset, data, &room);
    outcome<void> written = co_await std::move(writing);
    if (!written)
        co_return written.error();
    depth.on_answer(mark, data->size, clock::now());
    co_return data->size;
}

struct open_source_job {
    std::shared_ptr<disk_file> file;
    std::string path;
    outcome<attributes> operator()() const
    {
        if (failure f = file->open_to_read(path))
            return f;
        outcome<attributes> a = file->stat();
        if (a && a->is_directory())
            return failure(errc::file_error, printable(path) + " is a directory");
        return a;
    }
};

} // namespace

awaitable<outcome<void>> put_file(transfer_ptr t, file_task task)
{
    auto source = std::make_shared<disk_file>();
    open_source_job job{source, task.from};
    auto opening = run_on(t->disk(), std::move(job));
    outcome<attributes> local = co_await std::move(opening);
    if (!local)
        co_return local.error();
    task.known = *local;
    auto target = std::make_shared<remote_target>(t->session, t->how, task.to);
    auto opening_there = remote_target::open(target, *local);
    const outcome<std::uint64_t> present = co_await std::move(opening_there);
    if (!present && task.lacks_handles)
        *task.lacks_handles = may_lack_handles(present.error());
    if (!present)
        co_return present.error();

    auto u = std::make_shared<upload>(t, std::move(task), source, target);
    u->next = *present;
    if (*present > 0)
        u->meter.had(*present);
    u->may_have_gaps = true;
    auto moving = piece_mover::run(u);
    outcome<void> moved = co_await std::move(moving);
    if (!moved)
        co_return moved;
    u->may_have_gaps = false;
    auto finishing = remote_target::finish(target, u->end, std::move(*local));
    outcome<void> finished = co_await std::move(finishing);
    for (auto& [what, why] : target->notes())
        u->whole->note(u->task.to, what, std::move(why));
    if (finished)
        u->meter.done();
    co_return finished;
}

} // namespace sshoal::sftp
