// Which files a get() moves.

#include "sftp/client/disk_tree.hpp"
#include "sftp/client/tree_transfer.hpp"
#include "sftp/client/verify.hpp"

namespace sshoal::sftp {

using sftp_protocol::type;

namespace {

class tree_download final : public tree_transfer {
public:
    using tree_transfer::tree_transfer;

    static awaitable<outcome<void>> all_of(std::shared_ptr<tree_download> self, std::vector<std::string> sources,
                                           std::string local, bool into);
    static awaitable<outcome<void>> finish(std::shared_ptr<tree_download> self);

private:
    awaitable<outcome<void>> move(file_task task) override;
    static awaitable<outcome<void>> source(std::shared_ptr<tree_download> self, std::string remote, std::string local, bool into);
    static awaitable<outcome<void>> tree(std::shared_ptr<tree_download> self, std::string remote, std::string local,
                                         attributes top);
    static awaitable<outcome<void>> entry(std::shared_ptr<tree_download> self, walk_entry e, std::string local, bool& skipped);
    static awaitable<outcome<void>> link(std::shared_ptr<tree_download> self, walk_entry e, std::string local);

    struct place {
        std::string path;
        attributes attrs;
    };
    std::vector<place> directories_;                          ///< whose attributes are set at the end
    std::vector<std::pair<std::string, std::string>> links_; ///< made at the end, so that nothing is written through them
};

struct list_one_job {
    std::string path;
    outcome<std::optional<attributes>> operator()() const { return disk_stat(path, true); }
};

struct make_directory_job {
    std::string path;
    bool top;
    failure operator()() const { return disk_make_directory(path, top); }
};

struct set_directory_job {
    std::string path;
    attributes attrs;
    failure operator()() const { return disk_set_directory(path, attrs); }
};

struct make_link_job {
    std::string target, path;
    failure operator()() const { return disk_make_symlink(target, path); }
};

awaitable<outcome<void>> tree_download::move(file_task task)
{
    const file_task names = task;
    auto getting = get_file(whole, std::move(task));
    outcome<void> got = co_await std::move(getting);
    if (!got || !whole->how.verifies())
        co_return got;
    auto comparing = compare_with_local(whole->session, names.remote, names.local);
    outcome<void> same = co_await std::move(comparing);
    co_return same;
}

awaitable<outcome<void>> tree_download::all_of(std::shared_ptr<tree_download> self, std::vector<std::string> sources,
                                               std::string local, bool into)
{
    for (std::string& s : sources) {
        auto taking = source(self, std::move(s), local, into);
        outcome<void> taken = co_await std::move(taking);
        if (!taken)
            co_return taken;
    }
    co_return outcome<void>();
}

awaitable<outcome<void>> tree_download::source(std::shared_ptr<tree_download> self, std::string remote, std::string local,
                                               bool into)
{
    auto asking = attributes_of(self->whole->shared_core(), type::stat, remote, remote);
    outcome<attributes> a = co_await std::move(asking);
    if (!a && (self->whole->core().over() || is_missing(a.error()) || a.error().code() == asio::error::operation_aborted))
        co_return self->take_failure(remote, a.error());
    if (!a)
        a = attributes(); // OPEN and OPENDIR will tell
    if (a->type() == file_type::unknown) {
        auto looking = with_type(self->whole->shared_core(), remote, std::move(*a), look_at::what_links_lead_to);
        a = co_await std::move(looking);
        if (!a)
            co_return a.error();
    }
    std::string name = last_part(remote);
    if (into && name.empty() && !a->is_directory())
        co_return self->take_failure(remote, failure(errc::invalid_argument, "no file name in " + printable(remote)));
    if (into && !name.empty())
        local = joined(local, name);
    if (a->is_directory()) {
        if (!self->whole->how.is_recursive())
            co_return self->take_failure(remote, failure(errc::invalid_argument, printable(remote) + " is a directory"));
        self->single = false;
        auto going = tree(self, std::move(remote), std::move(local), std::move(*a));
        outcome<void> gone = co_await std::move(going);
        co_return gone;
    }
    if (a->permissions && a->type() != file_type::unknown && !a->is_regular())
        co_return self->take_failure(remote, failure(errc::invalid_argument, printable(remote) + " is not a regular file"));
    file_task task;
    task.remote = remote;
    task.local = std::move(local);
    task.known = std::move(*a);
    auto starting = start(self, std::move(task), std::move(remote));
    outcome<void> started = co_await std::move(starting);
    co_return started;
}

awaitable<outcome<void>> tree_download::tree(std::shared_ptr<tree_download> self, std::string remote, std::string local,
                                             attributes top)
{
    make_directory_job job{local, true};
    auto making = run_on(self->whole->disk(), std::move(job));
    const failure unmade = co_await std::move(making);
    if (unmade)
        co_return unmade;
    ++self->whole->result.directories;
    self->directories_.push_back(place{local, std::move(top)});
    walker walk = make_walker(self->whole->session, remote, self->when_files_are_closed());
    for (;;) {
        auto going = walk.next();
        std::optional<walk_entry> e = co_await std::move(going);
        if (!e)
            co_return outcome<void>();
        const std::string below = path_below(remote, e->path);
        if (e->trouble) {
            outcome<void> left_out = self->take_failure(e->path, e->trouble);
            if (!left_out)
                co_return left_out;
            continue;
        }
        bool skipped = !self->wanted(below, e->entry.attrs);
        if (!skipped) {
            auto taking = entry(self, std::move(*e), joined(local, below), skipped);
            outcome<void> taken = co_await std::move(taking);
            if (!taken)
                co_return taken;
        }
        if (skipped)
            walk.skip();
    }
}

awaitable<outcome<void>> tree_download::entry(std::shared_ptr<tree_download> self, walk_entry e, std::string local, bool& skipped)
{
    if (e.entry.attrs.is_directory()) {
        make_directory_job job{local, false};
        auto making = run_on(self->whole->disk(), std::move(job));
        const failure unmade = co_await std::move(making);
        if (unmade) {
            skipped = true;
            co_return self->take_failure(std::move(e.path), unmade);
        }
        ++self->whole->result.directories;
        self->directories_.push_back(place{std::move(local), std::move(e.entry.attrs)});
        co_return outcome<void>();
    }
    if (e.entry.attrs.is_symlink()) {
        auto linking = link(self, std::move(e), std::move(local));
        outcome<void> linked = co_await std::move(linking);
        co_return linked;
    }
    if (e.entry.attrs.permissions && !e.entry.attrs.is_regular() && e.entry.attrs.type() != file_type::unknown)
        co_return self->take_failure(std::move(e.path), failure(errc::invalid_argument, "not a regular file"));
    file_task task;
    task.remote = e.path;
    task.local = std::move(local);
    task.known = std::move(e.entry.attrs);
    auto starting = start(self, std::move(task), std::move(e.path));
    outcome<void> started = co_await std::move(starting);
    co_return started;
}

awaitable<outcome<void>> tree_download::link(std::shared_ptr<tree_download> self, walk_entry e, std::string local)
{
    if (!self->whole->how.follows_links()) {
        auto reading = name_at(self->whole->shared_core(), type::readlink, e.path);
        outcome<std::string> target = co_await std::move(reading);
        if (!target)
            co_return self->take_failure(std::move(e.path), target.error());
        self->links_.emplace_back(std::move(*target), std::move(local));
        co_return outcome<void>();
    }
    auto asking = attributes_of(self->whole->shared_core(), type::stat, e.path, e.path);
    outcome<attributes> a = co_await std::move(asking);
    if (!a)
        co_return self->take_failure(std::move(e.path), a.error());
    auto looking = with_type(self->whole->shared_core(), e.path, std::move(*a), look_at::what_links_lead_to);
    a = co_await std::move(looking);
    if (!a)
        co_return a.error();
    if (!a->is_regular() && a->type() != file_type::unknown) // a directory may lead round in circles
        co_return self->take_failure(std::move(e.path), failure(errc::invalid_argument, "a link to what is not a regular file"));
    file_task task;
    task.remote = e.path;
    task.local = std::move(local);
    task.known = std::move(*a);
    auto starting = start(self, std::move(task), std::move(e.path));
    outcome<void> started = co_await std::move(starting);
    co_return started;
}

awaitable<outcome<void>> tree_download::finish(std::shared_ptr<tree_download> self)
{
    for (auto& [target, path] : self->links_) {
        make_link_job job{target, path};
        auto making = run_on(self->whole->disk(), std::move(job));
        const failure f = co_await std::move(making);
        if (f)
            self->whole->skip(path, f);
    }
    while (self->whole->how.preserves() && !self->directories_.empty()) { // the deepest first: setting one changes its parent
        place last = std::move(self->directories_.back());
        self->directories_.pop_back();
        set_directory_job job{last.path, std::move(last.attrs)};
        auto setting = run_on(self->whole->disk(), std::move(job));
        const failure f = co_await std::move(setting);
        if (f)
            self->whole->note(std::move(last.path), "set times", f);
    }
    co_return outcome<void>();
}

} // namespace

awaitable<outcome<transfer_result>> get_all(session_ptr session, std::string remote, std::string local, transfer_options how)
{
    auto finding = sources_at(session, std::move(remote), how.globs());
    outcome<std::vector<std::string>> sources = co_await std::move(finding);
    if (!sources)
        co_return sources.error();
    auto all = std::make_shared<tree_download>(session, std::move(how));
    all->single = sources->size() == 1;
    if (local.empty())
        local = ".";
    list_one_job job{local};
    auto looking = run_on(all->whole->disk(), std::move(job));
    const outcome<std::optional<attributes>> target = co_await std::move(looking);
    if (!target)
        co_return target.error();
    const bool into = local.ends_with('/') || (*target && (*target)->is_directory());
    if (sources->size() > 1 && !into)
        co_return failure(errc::file_error, printable(local) + ": not a directory");
    auto running = tree_transfer::run(all, tree_download::all_of(all, std::move(*sources), local, into));
    outcome<void> moved = co_await std::move(running);
    if (!moved)
        co_return moved.error();
    auto finishing = tree_download::finish(all);
    outcome<void> finished = co_await std::move(finishing);
    if (!finished)
        co_return finished.error();
    co_return std::move(all->whole->result);
}

} // namespace sshoal::sftp
