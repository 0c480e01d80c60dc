// One file from the server to a file_system here.

#include "sftp/client/local_target.hpp"
#include "sftp/client/piece_mover.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace sshoal::sftp {

using sftp_protocol::pipeline_depth;
using sftp_protocol::type;

namespace {

class download final : public piece_mover {
public:
    download(transfer_ptr t, files_ptr files, const file_task& f, std::shared_ptr<remote_handle> from)
        : piece_mover(t, f, f.from, t->core().read_size(), t->core().idle_round_trip())
        , source(std::move(from))
        , target(std::make_shared<local_target>(std::move(files), t->how, f.to))
    {
    }
    ~download() override
    {
        if (may_have_gaps)
            target->abandon(without_gaps());
    }
    std::uint32_t permissions() const
    {
        return (task.known ? task.known->permissions.value_or(0666) : 0666)
               & 0777; // set-user-id and the like come with preserve()
    }
    std::uint64_t good_bytes() const noexcept { return without_gaps(); }

    const std::shared_ptr<remote_handle> source;
    const std::shared_ptr<local_target> target;
    bool may_have_gaps = false; ///< pieces are under way, or one has failed

private:
    awaitable<outcome<std::size_t>> move(std::uint64_t offset, std::size_t n) override;
    awaitable<std::optional<std::uint64_t>> size_now() override;
    awaitable<outcome<bool>> goes_on_at(std::uint64_t offset) override;
};

using download_ptr = std::shared_ptr<download>;

/// Sends one READ, whose round trip adjusts the depth.
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

awaitable<outcome<std::size_t>> download::move(std::uint64_t offset, std::size_t n)
{
    auto reading = read_piece(this, offset, n);
    outcome<std::shared_ptr<block>> data = co_await std::move(reading);
    if (!data && is_end(offset, data.error()))
        co_return std::size_t(0);
    if (!data)
        co_return data.error();
    const std::size_t got = (*data)->size;
    if (got == 0 || (whole->leaves_holes() && !target->in_order() && (*data)->is_zero()))
        co_return got;
    if (target->in_order() && !is_first_in_line(offset)) { // the place in the line is kept until the piece has been written
        auto waiting = turn_of(offset);
        const wake w = co_await std::move(waiting);
        if (w == wake::cancelled)
            co_return failure(error_code(asio::error::operation_aborted));
        if (offset >= end) // the file has ended before this piece, and has grown since
            co_return std::size_t(0);
    }
    auto writing = local_target::write(target, offset, std::move(*data));
    const outcome<void> written = co_await std::move(writing);
    if (!written)
        co_return written.error();
    co_return got;
}

/// Returns: the attributes that are set when a file is complete: the size if the file may have holes or older contents, mode and
/// times.
attributes at_the_end_of(const download& d)
{
    attributes set;
    if (d.whole->how.is_sparse() || d.whole->how.is_in_place())
        set.size = d.end;
    if (d.whole->how.preserves() && d.task.known) {
        set.permissions = d.task.known->permissions;
        set.atime = d.task.known->atime;
        set.mtime = d.task.known->mtime;
    }
    return set;
}

void take_notes(download& d)
{
    for (auto& [what, why] : d.target->notes())
        d.whole->note(d.task.to, what, std::move(why));
}

awaitable<outcome<void>> finish(download_ptr d)
{
    auto finishing = local_target::finish(d->target, at_the_end_of(*d));
    outcome<void> finished = co_await std::move(finishing);
    take_notes(*d);
    co_return finished;
}

/// A file of one piece needs no workers.
awaitable<outcome<void>> get_small_file(download_ptr d)
{
    // Requests one byte more than the reported size: if that byte is missing, the end has been reached.
    auto reading = read_piece(d.get(), 0, std::size_t(d->reported) + 1);
    outcome<std::shared_ptr<block>> data = co_await std::move(reading);
    if (!data)
        co_return data.error();
    const std::size_t size = (*data)->size;
    if (size != d->reported)
        co_return failure(errc::end_of_file); // the reported size is wrong, so the file is moved in pieces
    d->end = d->reported;
    auto writing = local_target::write_all(d->target, d->permissions(), std::move(*data), at_the_end_of(*d));
    outcome<void> all = co_await std::move(writing);
    take_notes(*d);
    if (all)
        d->meter.moved(size);
    co_return all;
}

awaitable<outcome<void>> get_in_pieces(download_ptr d)
{
    auto opening = local_target::open(d->target, d->permissions());
    outcome<void> all = co_await std::move(opening);
    if (!all)
        co_return all;
    d->may_have_gaps = true;
    const bool threw = co_await asio::this_coro::throw_if_cancelled();
    std::exception_ptr thrown;
    try {
        auto moving = piece_mover::run(d);
        all = co_await std::move(moving);
    } catch (...) {
        thrown = std::current_exception();
    }
    d->may_have_gaps = false; // no piece is under way any more
    if (all && !thrown) {
        auto finishing = finish(d);
        all = co_await std::move(finishing);
        co_return all;
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    auto giving_up = local_target::give_up(d->target, d->good_bytes());
    co_await std::move(giving_up);
    co_await asio::this_coro::throw_if_cancelled(threw);
    if (thrown)
        std::rethrow_exception(thrown);
    co_return all;
}

/// Returns: how many bytes of an earlier attempt are to be kept.
awaitable<outcome<std::uint64_t>> bytes_here(const transfer_options& how, files_ptr files, std::string path)
{
    if (how.if_exists() == existing::replace)
        co_return std::uint64_t(0);
    auto looking = guarded(files->stat(path));
    const outcome<attributes> there_is = co_await std::move(looking);
    if (!there_is && is_missing_file(there_is.error()))
        co_return std::uint64_t(0);
    if (!there_is)
        co_return local_failure(there_is.error(), "stat", path);
    if (how.if_exists() != existing::resume)
        co_return failure(status::file_already_exists, printable(path));
    co_return there_is->size.value_or(0);
}

} // namespace

awaitable<outcome<void>> get_file(transfer_ptr t, files_ptr files, file_task task)
{
    auto looking = bytes_here(t->how, files, task.to);
    const outcome<std::uint64_t> present = co_await std::move(looking);
    if (!present)
        co_return present.error();
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
    auto d = std::make_shared<download>(t, files, std::move(task), source);
    if (*present > 0 && (d->reported == UINT64_MAX || *present > d->reported))
        co_return failure(errc::invalid_argument,
                          "Unable to resume download of " + printable(d->task.from)
                              + (d->reported == UINT64_MAX ? ": the server does not tell its size"
                                                           : ": the local file is longer"));
    d->next = *present;
    if (*present > 0)
        d->meter.had(*present);
    outcome<void> moved = failure(errc::end_of_file);
    // Files of proc(5) report the size 0, and have contents all the same.
    if (*present == 0 && d->reported > 0 && d->reported < d->piece && t->how.growth_checks() > 0 && !t->how.is_sparse())
        moved = co_await get_small_file(d);
    if (!moved && moved.error().code() == make_error_code(errc::end_of_file))
        moved = co_await get_in_pieces(d);
    if (moved)
        d->meter.done();
    co_return moved;
}

} // namespace sshoal::sftp
