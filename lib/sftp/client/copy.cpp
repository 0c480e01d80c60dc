// copy() and copy_to(): files from one server to another, or to another path of the same server.

#include "base/access.hpp"
#include "sftp/client/piece_mover.hpp"
#include "sftp/client/remote_target.hpp"
#include "sftp/client/tree_transfer.hpp"
#include "sftp/client/verify.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::sftp {

using sftp_protocol::pipeline_depth;
using sftp_protocol::type;

namespace {

/// Runs on the strand of the source's session. Operations of the target hop to the strand of the target's session.
class relay final : public piece_mover {
public:
    relay(transfer_ptr t, const file_task& f, std::size_t size, std::shared_ptr<file_handle> from,
          std::shared_ptr<remote_target> to, executor strand)
        : piece_mover(std::move(t), f, f.from, size)
        , from_(std::move(from))
        , to_(std::move(to))
        , target_strand_(std::move(strand))
    {
    }

private:
    awaitable<outcome<std::size_t>> move(std::uint64_t offset, std::size_t n) override
    {
        const pipeline_depth::mark mark = depth.on_send(clock::now());
        auto reading = read_once(*from_->remote, offset, n);
        outcome<std::shared_ptr<block>> data = co_await std::move(reading);
        if (!data && is_end(offset, data.error()))
            co_return std::size_t(0);
        if (!data)
            co_return data.error();
        // The target gets the WRITEs in the order of the file, whichever READ the source has answered first.
        auto waiting = turn_of(offset);
        const wake w = co_await std::move(waiting);
        if (w == wake::cancelled)
            co_return failure(error_code(asio::error::operation_aborted));
        const std::size_t got = (*data)->size;
        if (got == 0 || offset >= end)
            co_return std::size_t(0);
        if (got == n)
            has_left(offset); // the next piece goes on when this coroutine waits, and the WRITE has been sent by then
        auto writing = on_strand(target_strand_, remote_target::write(to_, offset, std::move(*data)));
        outcome<void> written = co_await std::move(writing);
        if (!written)
            co_return written.error();
        depth.on_answer(mark, got, clock::now());
        co_return got;
    }
    awaitable<std::optional<std::uint64_t>> size_now() override
    {
        auto asking = attributes_of(whole->shared_core(), type::fstat, from_->remote->text(), task.from);
        const outcome<attributes> a = co_await std::move(asking);
        co_return a ? a->size : std::nullopt;
    }
    awaitable<outcome<bool>> goes_on_at(std::uint64_t offset) override
    {
        auto reading = read_once(*from_->remote, offset, 1);
        const outcome<std::shared_ptr<block>> data = co_await std::move(reading);
        if (!data)
            co_return outcome<bool>(boost::system::in_place_error, data.error());
        co_return (*data)->size > 0;
    }

    const std::shared_ptr<file_handle> from_;
    const std::shared_ptr<remote_target> to_;
    const executor target_strand_;
};

class tree_copy final : public tree_transfer {
public:
    tree_copy(session_ptr from, session_ptr to, transfer_options how)
        : tree_transfer(from, std::move(how), make_remote_end(from), make_remote_end(to, true))
        , target_(std::move(to))
        , limit_there_(target_->core, same_server() ? 0 : whole->how.requests_at_once())
    {
        if (same_server())
            one_server_ = target_->core;
    }

private:
    awaitable<outcome<void>> move(file_task task) override;
    /// Returns: how many bytes of the file have been copied.
    awaitable<outcome<std::uint64_t>> contents(file_task task, std::shared_ptr<remote_target> out, std::uint64_t present);

    bool same_server() const noexcept { return whole->session == target_; }
    executor target_strand() const { return target_->core->strand(); }

    const session_ptr target_;
    const client_core::request_limit limit_there_;
};

awaitable<outcome<std::uint64_t>> tree_copy::contents(file_task task, std::shared_ptr<remote_target> out, std::uint64_t present)
{
    auto opening = file_handle::open(whole->session, task.from, open_mode::read, attributes());
    outcome<file> in = co_await std::move(opening);
    if (!in && task.lacks_handles)
        *task.lacks_handles = may_lack_handles(in.error());
    if (!in)
        co_return in.error();
    const std::uint64_t size = task.known->size.value_or(0);
    // copy-data goes on to the end of the file, and does not report how much that was.
    if (size > 0 && same_server() && !out->is_cut_at_end() && whole->core().supports(extension::copy_data)) {
        transfer::meter meter(*whole, task.from, size);
        meter.had(present);
        auto copying = copy_data_between(detail::access::self(*in)->remote, present, 0, out->remote(), present);
        outcome<void> copied = co_await std::move(copying);
        if (!copied)
            co_return copied.error();
        meter.done();
        co_return size;
    }
    const std::size_t piece = std::min(whole->core().read_size(), target_->core->write_size());
    auto r = std::make_shared<relay>(whole, std::move(task), piece, detail::access::self(*in), out, target_strand());
    r->next = present;
    if (present > 0)
        r->meter.had(present);
    auto moving = piece_mover::run(r);
    outcome<void> moved = co_await std::move(moving);
    if (!moved)
        co_return moved.error();
    if (size > 0 && r->end == 0) // another session cannot tell whether the target is this very file
        co_return failure(errc::end_of_file, printable(r->task.from) + " has become empty");
    r->meter.done();
    co_return r->end;
}

awaitable<outcome<void>> tree_copy::move(file_task task)
{
    const file_task names = task;
    auto out = std::make_shared<remote_target>(target_, whole->how, task.to);
    auto opening = on_strand(target_strand(), remote_target::open(out, *task.known));
    const outcome<std::uint64_t> present = co_await std::move(opening);
    if (!present && names.lacks_handles)
        *names.lacks_handles = may_lack_handles(present.error());
    if (!present)
        co_return present.error();
    auto copying = contents(std::move(task), out, *present);
    const outcome<std::uint64_t> length = co_await std::move(copying);
    if (!length)
        co_return length.error();
    auto finishing = on_strand(target_strand(), remote_target::finish(out, *length, *names.known));
    outcome<void> finished = co_await std::move(finishing);
    for (auto& [what, why] : out->notes())
        whole->note(names.to, what, std::move(why));
    if (!finished || !whole->how.verifies())
        co_return finished;
    auto comparing = compare_remote(whole->session, names.from, target_, names.to);
    outcome<void> same = co_await std::move(comparing);
    co_return same;
}

} // namespace

awaitable<outcome<transfer_result>> copy_all(session_ptr from_session, session_ptr to_session, std::string from, std::string to,
                                             transfer_options how)
{
    auto all = std::make_shared<tree_copy>(std::move(from_session), std::move(to_session), std::move(how));
    auto copying = tree_transfer::all(std::move(all), std::move(from), std::move(to));
    outcome<transfer_result> result = co_await std::move(copying);
    co_return result;
}

} // namespace sshoal::sftp
