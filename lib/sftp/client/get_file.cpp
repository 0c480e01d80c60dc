// One file from the server to this machine.

#include "sftp/client/disk_file.hpp"
#include "sftp/client/piece_mover.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace sshoal::sftp {

using sftp_protocol::pipeline_depth;
using sftp_protocol::type;

namespace {

class download final : public piece_mover {
public:
    download(transfer_ptr t, const file_task& f, std::shared_ptr<remote_handle> from)
        : piece_mover(t, f, f.from, t->core().read_size(), t->core().idle_round_trip())
        , source(std::move(from))
        , target(std::make_shared<disk_file>())
    {
    }
    ~download() override
    {
        if (may_have_gaps && whole->cuts_failed())
            target->cut_at_end(without_gaps());
    }
    std::uint32_t permissions() const
    {
        return (task.known ? task.known->permissions.value_or(0666) : 0666)
               & 0777; // set-user-id and the like come with preserve()
    }

    const std::shared_ptr<remote_handle> source;
    const std::shared_ptr<disk_file> target;
    bool may_have_gaps = false; ///< pieces are under way, or one has failed

private:
    awaitable<outcome<std::size_t>> move(std::uint64_t offset, std::size_t n) override;
    awaitable<std::optional<std::uint64_t>> size_now() override;
    awaitable<outcome<bool>> goes_on_at(std::uint64_t offset) override;
};

using download_ptr = std::shared_ptr<download>;

/// One READ, from which the depth learns.
awaitable<outcome<std::shared_ptr<block>>> read_piece(download* d, std::uint64_t offset, std::size_t n)
{
    const pipeline_depth::mark mark = d->depth.on_send(transfer::clock::now());
    auto reading = read_once(*d->source, offset, n);
    outcome<std::shared_ptr<block>> data = co_await std::move(reading);
    if (data)
        d->depth.on_answer(mark, (*data)->size, transfer::clock::now());
    co_return data;
}

awaitable<std::optional<std::uint64_t>> download::size_now()
{
    auto asking = attributes_of(whole->shared_core(), type::fstat, source->text(), task.from);
    const outcome<attributes> a = co_await std::move(asking);
    co_return a ? a->size : std::nullopt;
}

awaitable<outcome<bool>> download::goes_on_at(std::uint64_t offset)
{
    auto reading = read_once(*source, offset, 1);
    const outcome<std::shared_ptr<block>> data = co_await std::move(reading);
    if (!data)
        co_return outcome<bool>(boost::system::in_place_error, data.error());
    co_return (*data)->size > 0;
}

struct write_job {
    std::shared_ptr<disk_file> to;
    std::uint64_t offset;
    std::shared_ptr<block> data;
    std::size_t done; ///< of the block, already
    failure operator()() const { return to->write(offset + done, data->view().subspan(done)); }
};

awaitable<outcome<std::size_t>> download::move(std::uint64_t offset, std::size_t n)
{
    auto reading = read_piece(this, offset, n);
    outcome<std::shared_ptr<block>> data = co_await std::move(reading);
    if (!data && is_end(offset, data.error()))
        co_return std::size_t(0);
    if (!data)
        co_return data.error();
    const std::size_t got = (*data)->size;
    if (got == 0 || (whole->leaves_holes() && (*data)->is_zero()))
        co_return got;
    bool all = false;
    const std::size_t done = target->write_at_once(offset, (*data)->view(), all);
    if (all)
        co_return got;
    write_job job{target, offset, std::move(*data), done};
    // Waited for in any case: what goes on writing after a failure would leave a gap where somebody resumes.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto writing = run_on(whole->disk(), std::move(job));
    const failure failed = co_await std::move(writing);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (failed)
        co_return failed;
    if (stopped())
        co_return failure(error_code(asio::error::operation_aborted));
    co_return got;
}

struct open_target_job {
    download_ptr d;
    failure operator()() const
    {
        const transfer_options& how = d->whole->how;
        if (d->whole->beside())
            return d->target->open_beside(d->task.to, d->permissions());
        // Links that an earlier get() made are the server's, and lead where it likes.
        const bool through_link = how.follows_links() || !how.is_recursive();
        const bool fresh = how.if_exists() != existing::resume && !how.is_in_place();
        return d->target->open_to_write(d->task.to, d->permissions(), fresh, through_link);
    }
};

/// The end of a file: whether its contents are there, and what was refused besides.
class finished_file {
public:
    finished_file() {}
    std::vector<std::pair<const char*, failure>> notes;
    failure trouble;
};

/// The end of a file: size where holes are, mode and times, the disk, the name.
struct finish_job {
    std::shared_ptr<disk_file> target;
    attributes set;
    bool sync;
    finished_file operator()() const
    {
        finished_file r;
        const auto note = [&r](const char* what, failure f) {
            if (f)
                r.notes.emplace_back(what, std::move(f));
        };
        if (set.size)
            r.trouble = target->set_size(*set.size);
        if (r.trouble)
            return r;
        if (set.permissions)
            note("chmod", target->set_mode(*set.permissions));
        if (set.mtime)
            note("set times", target->set_times(set.atime.value_or(*set.mtime), *set.mtime));
        if (sync)
            note("sync", target->sync());
        r.trouble = target->commit();
        return r;
    }
};

finish_job finishing_of(const download& d)
{
    attributes set;
    if (d.whole->how.is_sparse() || d.whole->how.is_in_place())
        set.size = d.end;
    if (d.whole->how.preserves() && d.task.known) {
        set.permissions = d.task.known->permissions;
        set.atime = d.task.known->atime;
        set.mtime = d.task.known->mtime;
    }
    return finish_job{d.target, std::move(set), d.whole->how.syncs()};
}

outcome<void> take_finished(download& d, finished_file f)
{
    for (auto& [what, why] : f.notes)
        d.whole->note(d.task.to, what, std::move(why));
    if (f.trouble)
        return std::move(f.trouble);
    return outcome<void>();
}

/// A file of one piece needs no crew, and one visit to the disk.
struct small_file_job {
    open_target_job open;
    std::shared_ptr<block> data;
    finish_job finish;
    finished_file operator()() const
    {
        finished_file r;
        r.trouble = open();
        if (!r.trouble)
            r.trouble = finish.target->write(0, data->view());
        return r.trouble ? r : finish();
    }
};

awaitable<outcome<void>> get_small_file(download_ptr d)
{
    // One byte more than there should be: its absence shows the end.
    auto reading = read_piece(d.get(), 0, std::size_t(d->said) + 1);
    outcome<std::shared_ptr<block>> data = co_await std::move(reading);
    if (!data)
        co_return data.error();
    if ((*data)->size != d->said)
        co_return failure(errc::end_of_file); // not what was said: in pieces, then
    d->end = d->said;
    small_file_job job{open_target_job{d}, *data, finishing_of(*d)};
    auto running = run_on(d->whole->disk(), std::move(job));
    finished_file finished = co_await std::move(running);
    outcome<void> all = take_finished(*d, std::move(finished));
    if (all)
        d->meter.moved((*data)->size);
    co_return all;
}

/// How much of it is there from an earlier attempt.
struct present_job {
    std::string path;
    outcome<std::optional<attributes>> operator()() const { return disk_stat(path, true); }
};

awaitable<outcome<void>> get_in_pieces(download_ptr d)
{
    open_target_job open{d};
    auto opening = run_on(d->whole->disk(), std::move(open));
    const failure not_open = co_await std::move(opening);
    if (not_open)
        co_return not_open;
    d->may_have_gaps = true;
    auto moving = piece_mover::run(d);
    outcome<void> moved = co_await std::move(moving);
    if (!moved)
        co_return moved;
    d->may_have_gaps = false;
    finish_job job = finishing_of(*d);
    auto finishing = run_on(d->whole->disk(), std::move(job));
    finished_file finished = co_await std::move(finishing);
    co_return take_finished(*d, std::move(finished));
}

} // namespace

awaitable<outcome<void>> get_file(transfer_ptr t, file_task task)
{
    const existing wish = t->how.if_exists();
    std::uint64_t present = 0;
    if (wish != existing::replace) {
        present_job job{task.to};
        auto looking = run_on(t->disk(), std::move(job));
        const outcome<std::optional<attributes>> there_is = co_await std::move(looking);
        if (!there_is)
            co_return there_is.error();
        if (*there_is && wish != existing::resume)
            co_return failure(status::file_already_exists, printable(task.to));
        if (*there_is)
            present = (*there_is)->size.value_or(0);
    }
    auto opening = open_file_at(t->shared_core(), task.from, open_mode::read, attributes());
    outcome<std::string> handle = co_await std::move(opening);
    if (!handle && task.lacks_handles)
        *task.lacks_handles = may_lack_handles(handle.error());
    if (!handle)
        co_return handle.error();
    auto source = std::make_shared<remote_handle>(t->session, std::move(*handle), task.from);
    if (!task.known || !task.known->size) {
        auto asking = attributes_of(t->shared_core(), type::fstat, source->text(), task.from);
        outcome<attributes> a = co_await std::move(asking);
        if (!a && (t->core().over() || a.error().code() == asio::error::operation_aborted))
            co_return a.error();
        if (a)
            task.known = std::move(*a);
    }
    auto d = std::make_shared<download>(t, std::move(task), source);
    if (present > 0 && (d->said == UINT64_MAX || present > d->said))
        co_return failure(errc::invalid_argument,
                          "Unable to resume download of " + printable(d->task.from)
                              + (d->said == UINT64_MAX ? ": the server does not tell its size" : ": the local file is longer"));
    d->next = present;
    if (present > 0)
        d->meter.had(present);
    outcome<void> moved = failure(errc::end_of_file);
    // Files of proc(5) and the like say 0, and have something in them all the same.
    if (present == 0 && d->said > 0 && d->said < d->piece && t->how.growth_checks() > 0 && !t->how.is_sparse())
        moved = co_await get_small_file(d);
    if (!moved && moved.error().code() == make_error_code(errc::end_of_file))
        moved = co_await get_in_pieces(d);
    if (moved)
        d->meter.done();
    co_return moved;
}

} // namespace sshoal::sftp
