#include "sftp/client/local_target.hpp"

#include "sftp/client/temporary_name.hpp"

#include <utility>

namespace sshoal::sftp {

local_target::local_target(files_ptr files, const transfer_options& how, std::string path)
    : files_(std::move(files))
    , path_(std::move(path))
    , name_(path_)
    , beside_(how.is_by_rename() && how.if_exists() != existing::resume)
    // The server decides where a link leads that an earlier get() has made.
    , follow_(how.follows_links() || !how.is_recursive())
    , cuts_(!how.is_in_place())
    , sync_(how.syncs())
    , mode_(open_mode::write | open_mode::create
            | (how.if_exists() != existing::resume && !how.is_in_place() ? open_mode::truncate : open_mode::none))
{
}

local_target::~local_target()
{
    if (beside_)
        abandon(0);
}

// -- opening ------------------------------------------------------------------------------------------------------------------

awaitable<outcome<void>> local_target::open(std::shared_ptr<local_target> self, std::uint32_t permissions)
{
    auto opening = to_its_end(self->open_file_now(permissions));
    outcome<void> opened = co_await std::move(opening);
    if (!opened && self->file_ && self->beside_) { // the file is open, but the transfer has been cancelled
        auto giving_up = give_up(self, 0);
        co_await std::move(giving_up);
    }
    co_return opened;
}

awaitable<outcome<std::shared_ptr<open_file>>> local_target::open_beside(attributes initial)
{
    constexpr int attempts = 100; // to find a free name
    outcome<std::shared_ptr<open_file>> opened = fail(status::failure);
    for (int i = 0; i < attempts && !opened; ++i) {
        name_ = temporary_name(path_);
        auto opening = guarded(files_->open(name_, open_mode::write | open_mode::create | open_mode::exclusive, initial));
        opened = co_await std::move(opening);
        if (opened)
            break;
        auto looking = guarded(files_->lstat(name_)); // file systems have no common code for "exists already"
        const outcome<attributes> taken = co_await std::move(looking);
        if (!taken)
            break;
    }
    co_return opened;
}

awaitable<outcome<void>> local_target::open_file_now(std::uint32_t permissions)
{
    attributes initial;
    initial.permissions = permissions;
    outcome<std::shared_ptr<open_file>> opened = fail(status::failure);
    if (beside_) {
        auto opening = open_beside(std::move(initial));
        opened = co_await std::move(opening);
    } else {
        auto opening = guarded(follow_ ? files_->open(name_, mode_, std::move(initial))
                                       : files_->open_no_follow(name_, mode_, std::move(initial)));
        opened = co_await std::move(opening);
    }
    if (!opened)
        co_return local_failure(opened.error(), beside_ ? "make" : "open", name_);
    file_ = std::move(*opened);
    co_return outcome<void>();
}

// -- writing ------------------------------------------------------------------------------------------------------------------

awaitable<outcome<void>> local_target::write_now(std::uint64_t offset, std::shared_ptr<block> data)
{
    const byte_view from = data->view();
    std::shared_ptr<const std::byte> shared(std::move(data), from.data());
    auto writing = guarded(file_->write_shared(offset, std::move(shared), from.size()));
    const outcome<void> written = co_await std::move(writing);
    if (!written)
        co_return local_failure(written.error(), "write", name_);
    co_return outcome<void>();
}

awaitable<outcome<void>> local_target::write(std::shared_ptr<local_target> self, std::uint64_t offset,
                                             std::shared_ptr<block> data)
{
    auto writing = to_its_end(self->write_now(offset, std::move(data)));
    outcome<void> written = co_await std::move(writing);
    co_return written;
}

awaitable<outcome<void>> local_target::write_in_one_step(local::small_file_writer& writer, local::small_file f)
{
    auto writing = writer.write_small_file(std::move(f));
    const local::small_file_result r = co_await std::move(writing);
    if (r.trouble)
        co_return local_failure(r.trouble, r.step, name_);
    complete_ = true;
    if (r.mode)
        notes_.emplace_back("chmod", local_failure(r.mode, "change mode of", name_));
    if (r.times)
        notes_.emplace_back("set times", local_failure(r.times, "set times of", name_));
    if (r.sync)
        notes_.emplace_back("sync", local_failure(r.sync, "sync", name_));
    co_return outcome<void>();
}

awaitable<outcome<void>> local_target::write_all(std::shared_ptr<local_target> self, std::uint32_t permissions,
                                                 std::shared_ptr<block> data, attributes set)
{
    auto* const writer = dynamic_cast<local::small_file_writer*>(self->files_.get());
    awaitable<outcome<void>> writing;
    if (writer && !set.size) {
        const byte_view contents = data->view();
        local::small_file f;
        if (self->beside_) {
            self->name_ = temporary_name(self->path_);
            f.final_path = self->path_;
        }
        f.path = self->name_;
        f.mode = self->beside_ ? open_mode::write | open_mode::create | open_mode::exclusive : self->mode_;
        f.follow = self->follow_;
        f.initial.permissions = permissions;
        f.size = contents.size();
        f.contents = std::shared_ptr<const std::byte>(std::move(data), contents.data());
        f.last = std::move(set);
        f.sync = self->sync_;
        writing = to_its_end(self->write_in_one_step(*writer, std::move(f)));
    } else {
        writing = write_step_by_step(self, permissions, std::move(data), std::move(set));
    }
    outcome<void> written = co_await std::move(writing);
    if (self->complete_) // a cancellation came too late
        co_return outcome<void>();
    co_return written;
}

awaitable<outcome<void>> local_target::write_step_by_step(std::shared_ptr<local_target> self, std::uint32_t permissions,
                                                          std::shared_ptr<block> data, attributes set)
{
    const std::size_t size = data->size;
    auto opening = open(self, permissions);
    outcome<void> all = co_await std::move(opening);
    if (!all)
        co_return all;
    auto writing = write(self, 0, std::move(data));
    all = co_await std::move(writing);
    if (!all) {
        auto giving_up = give_up(self, size);
        co_await std::move(giving_up);
        co_return all;
    }
    auto finishing = finish(self, std::move(set));
    all = co_await std::move(finishing);
    co_return all;
}

// -- the end ------------------------------------------------------------------------------------------------------------------

/// A refusal is right for a device, which has no size.
awaitable<outcome<void>> local_target::set_size(std::uint64_t size)
{
    auto setting = guarded(file_->set_attributes(attributes().with_size(size)));
    const outcome<void> set = co_await std::move(setting);
    if (set)
        co_return set;
    auto looking = guarded(file_->stat());
    const outcome<attributes> now = co_await std::move(looking);
    if (now && now->permissions && !now->is_regular())
        co_return outcome<void>();
    co_return local_failure(set.error(), "truncate", name_);
}

/// Sets both in one step. If that fails, sets one after the other, to find out which of them is refused.
awaitable<void> local_target::set_mode_and_times(attributes set)
{
    auto setting = guarded(file_->set_attributes(set));
    const outcome<void> both = co_await std::move(setting);
    if (both)
        co_return;
    attributes mode, times;
    mode.permissions = std::exchange(set.permissions, std::nullopt);
    times = std::move(set);
    for (const bool first : {true, false}) {
        const attributes& part = first ? mode : times;
        if (part == attributes())
            continue;
        setting = guarded(file_->set_attributes(part));
        const outcome<void> done = co_await std::move(setting);
        if (!done)
            notes_.emplace_back(first ? "chmod" : "set times",
                                local_failure(done.error(), first ? "change mode of" : "set times of", name_));
    }
}

awaitable<outcome<void>> local_target::give_name()
{
    auto renaming = guarded(files_->replace(name_, path_));
    outcome<void> renamed = co_await std::move(renaming);
    if (!renamed && is_unsupported(renamed.error())) {
        renaming = guarded(files_->rename(name_, path_));
        renamed = co_await std::move(renaming);
    }
    if (!renamed)
        co_return local_failure(renamed.error(), "rename", name_);
    co_return outcome<void>();
}

awaitable<outcome<void>> local_target::finish_now(attributes set)
{
    outcome<void> done;
    if (set.size) {
        auto setting = set_size(*set.size);
        done = co_await std::move(setting);
        set.size.reset();
    }
    if (done && set != attributes()) {
        auto setting = set_mode_and_times(std::move(set));
        co_await std::move(setting);
    }
    if (done && sync_) {
        auto syncing = guarded(file_->sync());
        const outcome<void> synced = co_await std::move(syncing);
        if (!synced && !is_unsupported(synced.error()))
            notes_.emplace_back("sync", local_failure(synced.error(), "sync", name_));
    }
    if (!done)
        co_return done;
    auto closing = guarded(file_->close());
    const outcome<void> closed = co_await std::move(closing);
    if (!closed)
        co_return local_failure(closed.error(), "close", name_);
    if (beside_) {
        auto naming = give_name();
        done = co_await std::move(naming);
    }
    complete_ = bool(done);
    co_return done;
}

awaitable<outcome<void>> local_target::finish(std::shared_ptr<local_target> self, attributes set)
{
    auto finishing = to_its_end(self->finish_now(std::move(set)));
    outcome<void> finished = co_await std::move(finishing);
    if (self->complete_) // a cancellation came too late
        co_return outcome<void>();
    if (self->beside_) {
        auto giving_up = give_up(self, 0);
        co_await std::move(giving_up);
    }
    co_return finished;
}

void local_target::abandon(std::uint64_t good) noexcept
{
    if (file_ && !complete_)
        (void)file_->abandon(beside_ ? 0 : good);
}

awaitable<outcome<void>> local_target::undo(std::uint64_t good)
{
    outcome<void> undone;
    if (beside_) {
        file_.reset(); // some file systems do not remove open files
        auto removing = guarded(files_->remove(name_));
        undone = co_await std::move(removing);
        co_return undone;
    }
    auto looking = guarded(file_->stat());
    const outcome<attributes> now = co_await std::move(looking);
    if (now && now->size.value_or(0) > good) {
        auto cutting = guarded(file_->set_attributes(attributes().with_size(good)));
        undone = co_await std::move(cutting);
    }
    file_.reset();
    co_return undone;
}

awaitable<void> local_target::give_up(std::shared_ptr<local_target> self, std::uint64_t good)
{
    if (!self->file_ || self->complete_ || (!self->beside_ && !self->cuts_))
        co_return;
    if (self->file_->abandon(self->beside_ ? 0 : good)) {
        self->file_.reset();
        co_return;
    }
    auto undoing = to_its_end(self->undo(good));
    (void)co_await std::move(undoing); // the caller reports the failure of the transfer
}

} // namespace sshoal::sftp
