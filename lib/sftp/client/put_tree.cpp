// Which files a put() moves.

#include "sftp/client/disk_tree.hpp"
#include "sftp/client/tree_transfer.hpp"
#include "sftp/client/verify.hpp"
#include "sftp/protocol/glob_pattern.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace sshoal::sftp {

using sftp_protocol::type;

namespace {

class tree_upload final : public tree_transfer {
public:
    using tree_transfer::tree_transfer;

    static awaitable<outcome<void>> all_of(std::shared_ptr<tree_upload> self, std::vector<std::string> sources,
                                           std::string remote, bool into);
    static awaitable<outcome<void>> finish(std::shared_ptr<tree_upload> self);

private:
    struct place {
        std::string local, remote, below;
        attributes attrs;
    };
    awaitable<outcome<void>> move(file_task task) override;
    static awaitable<outcome<void>> source(std::shared_ptr<tree_upload> self, std::string local, std::string remote, bool into);
    static awaitable<outcome<void>> tree(std::shared_ptr<tree_upload> self, place top);
    static awaitable<outcome<void>> directory_at(std::shared_ptr<tree_upload> self, const place& p);
    static awaitable<outcome<void>> entry(std::shared_ptr<tree_upload> self, place p, std::vector<place>& to_visit);
    static awaitable<outcome<void>> link(std::shared_ptr<tree_upload> self, place p);

    std::vector<std::pair<std::string, attributes>> directories_; ///< whose attributes are set at the end
};

struct stat_job {
    std::string path;
    bool follow;
    outcome<std::optional<attributes>> operator()() const { return disk_stat(path, follow); }
};

struct list_job {
    std::string path;
    outcome<std::vector<directory_entry>> operator()() const { return disk_list(path); }
};

struct read_link_job {
    std::string path;
    outcome<std::string> operator()() const { return disk_read_link(path); }
};

/// Local paths that match, below `before`.
std::vector<std::string> disk_glob(const std::string& pattern)
{
    std::vector<std::string> found{std::string()};
    for (const std::string& part : sftp_protocol::parts_of(pattern)) {
        std::vector<std::string> next;
        for (const std::string& before : found) {
            if (!sftp_protocol::has_wildcard(part)) {
                next.push_back(joined(before, sftp_protocol::unquoted(part)));
                continue;
            }
            const outcome<std::vector<directory_entry>> entries = disk_list(before.empty() ? std::string(".") : before);
            if (!entries)
                continue;
            for (const directory_entry& e : *entries)
                if (sftp_protocol::glob_matches(part, e.name))
                    next.push_back(joined(before, e.name));
        }
        found = std::move(next);
    }
    std::erase_if(found, [](const std::string& path) {
        const auto a = disk_stat(path, false);
        return !a || !*a;
    });
    return found;
}

struct glob_job {
    std::string pattern;
    std::vector<std::string> operator()() const { return disk_glob(pattern); }
};

awaitable<outcome<void>> tree_upload::move(file_task task)
{
    const file_task names = task;
    auto putting = put_file(whole, std::move(task));
    outcome<void> put = co_await std::move(putting);
    if (!put || !whole->how.verifies())
        co_return put;
    auto comparing = compare_with_local(whole->session, names.remote, names.local);
    outcome<void> same = co_await std::move(comparing);
    co_return same;
}

awaitable<outcome<void>> tree_upload::all_of(std::shared_ptr<tree_upload> self, std::vector<std::string> sources,
                                             std::string remote, bool into)
{
    for (std::string& s : sources) {
        auto taking = source(self, std::move(s), remote, into);
        outcome<void> taken = co_await std::move(taking);
        if (!taken)
            co_return taken;
    }
    co_return outcome<void>();
}

awaitable<outcome<void>> tree_upload::source(std::shared_ptr<tree_upload> self, std::string local, std::string remote, bool into)
{
    stat_job job{local, true};
    auto looking = run_on(self->whole->disk(), std::move(job));
    outcome<std::optional<attributes>> a = co_await std::move(looking);
    if (a && !*a)
        a = failure(errc::file_error, "open " + printable(local, 4096) + ": No such file or directory");
    if (!a)
        co_return self->take_failure(local, a.error());
    const std::string name = last_part(local);
    if (into && name.empty() && !(*a)->is_directory())
        co_return self->take_failure(local, failure(errc::invalid_argument, "no file name in " + printable(local)));
    if (into && !name.empty())
        remote = joined(remote, name);
    if ((*a)->is_directory()) {
        if (!self->whole->how.is_recursive())
            co_return self->take_failure(local, failure(errc::invalid_argument, printable(local) + " is a directory"));
        self->single = false;
        place top{std::move(local), std::move(remote), std::string(), std::move(**a)};
        auto going = tree(self, std::move(top));
        outcome<void> gone = co_await std::move(going);
        co_return gone;
    }
    if (!(*a)->is_regular())
        co_return self->take_failure(local, failure(errc::invalid_argument, printable(local) + " is not a regular file"));
    file_task task;
    task.local = local;
    task.remote = std::move(remote);
    task.known = std::move(**a);
    auto starting = start(self, std::move(task), std::move(local));
    outcome<void> started = co_await std::move(starting);
    co_return started;
}

awaitable<outcome<void>> tree_upload::directory_at(std::shared_ptr<tree_upload> self, const place& p)
{
    attributes initial;
    initial.permissions = (p.attrs.permissions.value_or(0755) & 0777) | 0700; // so that something can be put into it
    auto making = make_directory_at(self->whole->shared_core(), p.remote, initial);
    outcome<void> made = co_await std::move(making);
    if (!made) { // servers have no common word for "exists already"
        auto asking = is_directory_at(self->whole->shared_core(), p.remote);
        const outcome<bool> there_is = co_await std::move(asking);
        if (!there_is)
            co_return there_is.error();
        if (!*there_is)
            co_return made;
    }
    ++self->whole->result.directories;
    self->directories_.emplace_back(p.remote, p.attrs);
    co_return outcome<void>();
}

awaitable<outcome<void>> tree_upload::tree(std::shared_ptr<tree_upload> self, place top)
{
    std::vector<place> to_visit;
    to_visit.push_back(std::move(top));
    while (!to_visit.empty()) {
        const place here = std::move(to_visit.back());
        to_visit.pop_back();
        auto making = directory_at(self, here);
        outcome<void> made = co_await std::move(making);
        if (!made) {
            made = here.below.empty() ? made : self->take_failure(here.local, made.error());
            if (!made)
                co_return made;
            continue;
        }
        list_job job{here.local};
        auto listing = run_on(self->whole->disk(), std::move(job));
        outcome<std::vector<directory_entry>> entries = co_await std::move(listing);
        if (!entries) {
            outcome<void> left_out = self->take_failure(here.local, entries.error());
            if (!left_out)
                co_return left_out;
            continue;
        }
        for (directory_entry& e : *entries) {
            place p{joined(here.local, e.name), joined(here.remote, e.name), joined(here.below, e.name), std::move(e.attrs)};
            if (!self->wanted(p.below, p.attrs))
                continue;
            auto taking = entry(self, std::move(p), to_visit);
            outcome<void> taken = co_await std::move(taking);
            if (!taken)
                co_return taken;
        }
    }
    co_return outcome<void>();
}

awaitable<outcome<void>> tree_upload::entry(std::shared_ptr<tree_upload> self, place p, std::vector<place>& to_visit)
{
    if (p.attrs.is_directory()) {
        to_visit.push_back(std::move(p));
        co_return outcome<void>();
    }
    if (p.attrs.is_symlink()) {
        auto linking = link(self, std::move(p));
        outcome<void> linked = co_await std::move(linking);
        co_return linked;
    }
    if (!p.attrs.is_regular())
        co_return self->take_failure(std::move(p.local), failure(errc::invalid_argument, "not a regular file"));
    file_task task;
    task.local = p.local;
    task.remote = std::move(p.remote);
    task.known = std::move(p.attrs);
    auto starting = start(self, std::move(task), std::move(p.local));
    outcome<void> started = co_await std::move(starting);
    co_return started;
}

awaitable<outcome<void>> tree_upload::link(std::shared_ptr<tree_upload> self, place p)
{
    if (self->whole->how.follows_links()) {
        stat_job job{p.local, true};
        auto looking = run_on(self->whole->disk(), std::move(job));
        const outcome<std::optional<attributes>> a = co_await std::move(looking);
        if (!a || !*a || !(*a)->is_regular()) // a directory may lead round in circles
            co_return self->take_failure(std::move(p.local),
                                         a ? failure(errc::invalid_argument, "a link to what is not a regular file") : a.error());
        file_task task;
        task.local = p.local;
        task.remote = std::move(p.remote);
        auto starting = start(self, std::move(task), std::move(p.local));
        outcome<void> started = co_await std::move(starting);
        co_return started;
    }
    read_link_job job{p.local};
    auto reading = run_on(self->whole->disk(), std::move(job));
    outcome<std::string> target = co_await std::move(reading);
    if (!target)
        co_return self->take_failure(std::move(p.local), target.error());
    auto making = make_symlink_at(self->whole->shared_core(), std::move(*target), std::move(p.remote));
    outcome<void> made = co_await std::move(making);
    if (!made)
        co_return self->take_failure(std::move(p.local), made.error());
    co_return outcome<void>();
}

awaitable<outcome<void>> tree_upload::finish(std::shared_ptr<tree_upload> self)
{
    while (self->whole->how.preserves() && !self->directories_.empty()) { // the deepest first: setting one changes its parent
        auto [path, known] = std::move(self->directories_.back());
        self->directories_.pop_back();
        attributes a;
        a.permissions = known.permissions.value_or(0755) & 07777;
        a.atime = known.atime;
        a.mtime = known.mtime;
        auto setting = set_attributes_of(self->whole->shared_core(), type::setstat, path, std::move(a), path);
        outcome<void> set = co_await std::move(setting);
        if (!set && (self->whole->core().over() || set.error().code() == asio::error::operation_aborted))
            co_return set;
        if (!set)
            self->whole->note(std::move(path), "setstat", set.error());
    }
    co_return outcome<void>();
}

} // namespace

awaitable<outcome<transfer_result>> put_all(session_ptr session, std::string local, std::string remote, transfer_options how)
{
    auto all = std::make_shared<tree_upload>(session, std::move(how));
    std::vector<std::string> sources{local};
    if (all->whole->how.globs()) {
        glob_job job{local};
        auto expanding = run_on(all->whole->disk(), std::move(job));
        sources = co_await std::move(expanding);
        if (sources.empty())
            co_return failure(errc::file_error, printable(local) + ": no such file");
    }
    all->single = sources.size() == 1;
    if (remote.empty())
        remote = ".";
    const std::string target = session->core->resolve(remote);
    auto asking = is_directory_at(session->core, target);
    const outcome<bool> there_is = co_await std::move(asking);
    if (!there_is)
        co_return there_is.error();
    const bool into = remote.ends_with('/') || *there_is;
    if (sources.size() > 1 && !into)
        co_return failure(status::not_a_directory, printable(remote));
    auto running = tree_transfer::run(all, tree_upload::all_of(all, std::move(sources), target, into));
    outcome<void> moved = co_await std::move(running);
    if (!moved)
        co_return moved.error();
    auto finishing = tree_upload::finish(all);
    outcome<void> finished = co_await std::move(finishing);
    if (!finished)
        co_return finished.error();
    co_return std::move(all->whole->result);
}

} // namespace sshoal::sftp
