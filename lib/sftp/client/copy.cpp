// Which files a copy() moves, from one server to another or to another place of the same.

#include "sftp/client/piece_mover.hpp"
#include "sftp/client/remote_target.hpp"
#include "sftp/client/tree_transfer.hpp"
#include "sftp/client/verify.hpp"

#include <boost/asio/error.hpp>

namespace sshoal::sftp {

using sftp_protocol::pipeline_depth;
using sftp_protocol::type;

namespace {

/// Runs on the strand of the source's session; what concerns the target hops to its own.
class relay final : public piece_mover {
public:
    relay(transfer_ptr t, const file_task& f, std::size_t size, std::shared_ptr<file_handle> from,
          std::shared_ptr<remote_target> to, executor there)
        : piece_mover(std::move(t), f, f.remote, size)
        , from_(std::move(from))
        , to_(std::move(to))
        , there_(std::move(there))
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
        // The other server gets the WRITEs in the order of the file, whichever READ this one has answered first.
        auto waiting = turn_of(offset);
        const wake w = co_await std::move(waiting);
        if (w == wake::cancelled)
            co_return failure(error_code(asio::error::operation_aborted));
        const std::size_t got = (*data)->size;
        if (got == 0 || offset >= end)
            co_return std::size_t(0);
        if (got == n)
            has_left(offset); // the next one is woken when this coroutine waits, and the WRITE is on its way then
        auto writing = on_strand(there_, remote_target::write(to_, offset, std::move(*data)));
        outcome<void> written = co_await std::move(writing);
        if (!written)
            co_return written.error();
        depth.on_answer(mark, got, clock::now());
        co_return got;
    }
    awaitable<std::optional<std::uint64_t>> size_now() override
    {
        auto asking = attributes_of(whole->shared_core(), type::fstat, from_->remote->text(), task.remote);
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
    const executor there_;
};

/// In its tasks, "local" is the path at the target.
class tree_copy final : public tree_transfer {
public:
    tree_copy(session_ptr from, session_ptr to, transfer_options how)
        : tree_transfer(std::move(from), std::move(how))
        , to_(std::move(to))
        , limit_there_(to_->core, whole->session == to_ ? 0 : whole->how.requests_at_once())
    {
    }
    static awaitable<outcome<void>> all_of(std::shared_ptr<tree_copy> self, std::vector<std::string> sources, std::string target);

private:
    awaitable<outcome<void>> move(file_task task) override;
    /// Returns: the length of the file, as far as it has been copied.
    awaitable<outcome<std::uint64_t>> contents(file_task task, std::shared_ptr<remote_target> out, std::uint64_t present);
    awaitable<bool> goes_into_itself(std::string from, std::string to);
    static awaitable<outcome<void>> source(std::shared_ptr<tree_copy> self, std::string from, std::string to, bool into);
    static awaitable<outcome<void>> tree(std::shared_ptr<tree_copy> self, std::string from, std::string to);
    static awaitable<outcome<void>> entry(std::shared_ptr<tree_copy> self, walk_entry e, std::string to, bool& skipped);
    awaitable<outcome<bool>> directory_at(std::string path);

    bool same_server() const noexcept { return whole->session == to_; }
    executor there() const { return to_->core->strand(); }

    const session_ptr to_;
    const client_core::request_limit limit_there_;
};

awaitable<outcome<std::uint64_t>> tree_copy::contents(file_task task, std::shared_ptr<remote_target> out, std::uint64_t present)
{
    auto opening = file_handle::open(whole->session, task.remote, open_mode::read, attributes());
    outcome<file> in = co_await std::move(opening);
    if (!in && task.lacks_handles)
        *task.lacks_handles = may_lack_handles(in.error());
    if (!in)
        co_return in.error();
    const std::uint64_t size = task.known->size.value_or(0);
    // copy-data goes on to the end of the file, and does not say how much that was.
    if (size > 0 && same_server() && !out->is_cut_at_end() && whole->core().supports(extension::copy_data)) {
        transfer::meter meter(*whole, task.remote, size);
        meter.had(present);
        auto copying = copy_data_between(in->handle()->remote, present, 0, out->remote(), present);
        outcome<void> copied = co_await std::move(copying);
        if (!copied)
            co_return copied.error();
        meter.done();
        co_return size;
    }
    const std::size_t piece = std::min(whole->core().read_size(), to_->core->write_size());
    auto r = std::make_shared<relay>(whole, std::move(task), piece, in->handle(), out, there());
    r->next = present;
    if (present > 0)
        r->meter.had(present);
    auto moving = piece_mover::run(r);
    outcome<void> moved = co_await std::move(moving);
    if (!moved)
        co_return moved.error();
    if (size > 0 && r->end == 0) // another session cannot tell whether the target is this very file
        co_return failure(errc::end_of_file, printable(r->task.remote) + " has become empty");
    r->meter.done();
    co_return r->end;
}

awaitable<outcome<void>> tree_copy::move(file_task task)
{
    const file_task names = task;
    auto out = std::make_shared<remote_target>(to_, whole->how, task.local);
    auto opening = on_strand(there(), remote_target::open(out, *task.known));
    const outcome<std::uint64_t> present = co_await std::move(opening);
    if (!present && names.lacks_handles)
        *names.lacks_handles = may_lack_handles(present.error());
    if (!present)
        co_return present.error();
    auto copying = contents(std::move(task), out, *present);
    const outcome<std::uint64_t> length = co_await std::move(copying);
    if (!length)
        co_return length.error();
    auto finishing = on_strand(there(), remote_target::finish(out, *length, *names.known));
    outcome<void> finished = co_await std::move(finishing);
    for (auto& [what, why] : out->notes())
        whole->note(names.local, what, std::move(why));
    if (!finished || !whole->how.verifies())
        co_return finished;
    auto comparing = compare_remote(whole->session, names.remote, to_, names.local);
    outcome<void> same = co_await std::move(comparing);
    co_return same;
}

/// Returns: whether it is new.
awaitable<outcome<bool>> tree_copy::directory_at(std::string path)
{
    auto making = on_strand(there(), create_directories_at(to_->core, std::move(path)));
    outcome<bool> made = co_await std::move(making);
    if (made)
        whole->result.directories += *made ? 1 : 0;
    co_return made;
}

awaitable<outcome<void>> tree_copy::entry(std::shared_ptr<tree_copy> self, walk_entry e, std::string to, bool& skipped)
{
    attributes known = std::move(e.entry.attrs);
    if (known.is_directory()) {
        auto making = self->directory_at(std::move(to));
        outcome<bool> made = co_await std::move(making);
        if (made)
            co_return outcome<void>();
        skipped = true;
        co_return self->take_failure(std::move(e.path), made.error());
    }
    if (known.is_symlink() && self->whole->how.follows_links()) {
        auto asking = attributes_of(self->whole->shared_core(), type::stat, e.path, e.path);
        outcome<attributes> behind = co_await std::move(asking);
        if (!behind)
            co_return self->take_failure(std::move(e.path), behind.error());
        auto looking = with_type(self->whole->shared_core(), e.path, std::move(*behind), look_at::what_links_lead_to);
        behind = co_await std::move(looking);
        if (!behind)
            co_return behind.error();
        known = std::move(*behind); // no directory: it may lead round in circles
    }
    if (known.is_symlink()) {
        auto reading = name_at(self->whole->shared_core(), type::readlink, e.path);
        outcome<std::string> points_to = co_await std::move(reading);
        if (!points_to)
            co_return self->take_failure(std::move(e.path), points_to.error());
        auto making = on_strand(self->there(), make_symlink_at(self->to_->core, std::move(*points_to), std::move(to)));
        outcome<void> made = co_await std::move(making);
        co_return made ? made : self->take_failure(std::move(e.path), made.error());
    }
    if (!known.is_regular() && known.type() != file_type::unknown)
        co_return self->take_failure(std::move(e.path), failure(errc::invalid_argument, "not a regular file"));
    file_task task;
    task.remote = e.path;
    task.local = std::move(to);
    task.known = std::move(known);
    auto starting = start(self, std::move(task), std::move(e.path));
    outcome<void> started = co_await std::move(starting);
    co_return started;
}

awaitable<outcome<void>> tree_copy::tree(std::shared_ptr<tree_copy> self, std::string from, std::string to)
{
    auto making = self->directory_at(to);
    outcome<bool> made = co_await std::move(making);
    if (!made)
        co_return made.error();
    walker walk = make_walker(self->whole->session, from, self->when_files_are_closed());
    for (;;) {
        auto going = walk.next();
        std::optional<walk_entry> e = co_await std::move(going);
        if (!e)
            co_return outcome<void>();
        if (e->trouble) {
            outcome<void> left_out = self->take_failure(e->path, e->trouble);
            if (!left_out)
                co_return left_out;
            continue;
        }
        const std::string below = path_below(from, e->path);
        bool skipped = !self->wanted(below, e->entry.attrs);
        if (!skipped) {
            auto taking = entry(self, std::move(*e), joined(to, below), skipped);
            outcome<void> taken = co_await std::move(taking);
            if (!taken)
                co_return taken;
        }
        if (skipped)
            walk.skip();
    }
}

/// Also by another name, or by a link; a directory not into one below it.
awaitable<bool> tree_copy::goes_into_itself(std::string from, std::string to)
{
    if (from == to)
        co_return true;
    auto asking = name_at(whole->shared_core(), type::realpath, std::move(from));
    const outcome<std::string> source = co_await std::move(asking);
    asking = name_at(whole->shared_core(), type::realpath, to);
    outcome<std::string> target = co_await std::move(asking);
    if (!target) { // some servers want it to be there
        const std::string name = last_part(to);
        asking = name_at(whole->shared_core(), type::realpath, to.substr(0, to.rfind(name)) + ".");
        target = co_await std::move(asking);
        if (target)
            target = joined(*target, name);
    }
    co_return source && target && (*target == *source || target->starts_with(joined(*source, "")));
}

awaitable<outcome<void>> tree_copy::source(std::shared_ptr<tree_copy> self, std::string from, std::string to, bool into)
{
    auto asking = attributes_of(self->whole->shared_core(), type::stat, from, from);
    outcome<attributes> known = co_await std::move(asking);
    if (!known && (self->whole->core().over() || is_missing(known.error())
                   || known.error().code() == asio::error::operation_aborted))
        co_return self->take_failure(from, known.error());
    if (!known)
        known = attributes(); // OPEN and OPENDIR will tell
    auto looking = with_type(self->whole->shared_core(), from, std::move(*known), look_at::what_links_lead_to);
    known = co_await std::move(looking);
    if (!known)
        co_return known.error();
    if (known->is_directory() && !self->whole->how.is_recursive())
        co_return self->take_failure(from, failure(errc::invalid_argument, printable(from) + " is a directory"));
    const std::string name = last_part(from);
    if (into && name.empty() && !known->is_directory())
        co_return self->take_failure(from, failure(errc::invalid_argument, "no file name in " + printable(from)));
    if (into && !name.empty())
        to = joined(to, name);
    if (self->same_server()) {
        auto comparing = self->goes_into_itself(from, to);
        const bool itself = co_await std::move(comparing);
        if (itself)
            co_return self->take_failure(from, failure(errc::invalid_argument, printable(from) + " is to be copied onto itself"));
    }
    if (known->is_directory()) {
        self->single = false;
        auto going = tree(self, std::move(from), std::move(to));
        outcome<void> gone = co_await std::move(going);
        co_return gone;
    }
    file_task task;
    task.remote = from;
    task.local = std::move(to);
    task.known = std::move(*known);
    auto starting = start(self, std::move(task), std::move(from));
    outcome<void> started = co_await std::move(starting);
    co_return started;
}

awaitable<outcome<void>> tree_copy::all_of(std::shared_ptr<tree_copy> self, std::vector<std::string> sources, std::string target)
{
    const std::string path = self->to_->core->resolve(target);
    auto asking = on_strand(self->there(), is_directory_at(self->to_->core, path));
    const outcome<bool> there_is = co_await std::move(asking);
    if (!there_is)
        co_return there_is.error();
    const bool into = target.ends_with('/') || *there_is;
    if (sources.size() > 1 && !into)
        co_return failure(status::not_a_directory, printable(target));
    for (std::string& s : sources) {
        auto taking = source(self, std::move(s), path, into);
        outcome<void> taken = co_await std::move(taking);
        if (!taken)
            co_return taken;
    }
    co_return outcome<void>();
}

} // namespace

awaitable<outcome<transfer_result>> copy_all(session_ptr from_session, session_ptr to_session, std::string from, std::string to,
                                             transfer_options how)
{
    auto finding = sources_at(from_session, std::move(from), how.globs());
    outcome<std::vector<std::string>> sources = co_await std::move(finding);
    if (!sources)
        co_return sources.error();
    auto all = std::make_shared<tree_copy>(from_session, to_session, std::move(how));
    all->single = sources->size() == 1;
    auto running = tree_transfer::run(all, tree_copy::all_of(all, std::move(*sources), std::move(to)));
    outcome<void> moved = co_await std::move(running);
    if (!moved)
        co_return moved.error();
    co_return std::move(all->whole->result);
}

} // namespace sshoal::sftp
