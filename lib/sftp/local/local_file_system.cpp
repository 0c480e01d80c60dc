#include "sftp/local/local_file_system.hpp"

#include "sftp/local/deliver.hpp"
#include "sftp/local/local_directory.hpp"
#include "sftp/local/local_file.hpp"
#include "sftp/local/write_small_file.hpp"

namespace sshoal::sftp {
namespace local {
namespace {

using names_found = std::pair<std::vector<std::string>, std::vector<std::string>>;

/// Runs functions of `tree` in the pool, or at once if they cannot wait.
class local_file_system final : public file_system, public small_file_writer {
public:
    local_file_system(const local_options& options, resolution how, listing l)
        : tree_(std::make_shared<tree>(options, how, l)), work_(options.work() ? options.work() : disk_threads())
    {
    }

    awaitable<outcome<std::shared_ptr<open_file>>> open(std::string path, open_mode mode, attributes initial) override;
    awaitable<outcome<std::shared_ptr<open_file>>> open_no_follow(std::string path, open_mode mode, attributes initial) override;
    awaitable<outcome<std::shared_ptr<directory_reader>>> open_directory(std::string path) override;
    awaitable<small_file_result> write_small_file(small_file f) override;

    awaitable<outcome<attributes>> stat(std::string path) override { return look(std::move(path), true); }
    awaitable<outcome<attributes>> lstat(std::string path) override { return look(std::move(path), false); }
    awaitable<outcome<void>> set_attributes(std::string path, attributes a) override
    {
        return in_pool([t = tree_, p = std::move(path), a = std::move(a)] { return t->set_attributes(p, a, true); });
    }
    awaitable<outcome<void>> set_link_attributes(std::string path, attributes a) override
    {
        return in_pool([t = tree_, p = std::move(path), a = std::move(a)] { return t->set_attributes(p, a, false); });
    }
    awaitable<outcome<void>> remove(std::string path) override
    {
        return at(std::move(path), [t = tree_](const place& p) { return t->remove(p); });
    }
    awaitable<outcome<void>> make_directory(std::string path, attributes initial) override
    {
        return at(std::move(path), [t = tree_, i = std::move(initial)](const place& p) { return t->make_directory(p, i); });
    }
    awaitable<outcome<void>> remove_directory(std::string path) override
    {
        return at(std::move(path), [t = tree_](const place& p) { return t->remove_directory(p); });
    }
    awaitable<outcome<void>> rename(std::string from, std::string to) override { return two(from, to, &tree::rename); }
    awaitable<outcome<void>> replace(std::string from, std::string to) override { return two(from, to, &tree::replace); }
    awaitable<outcome<void>> make_hard_link(std::string existing, std::string link) override
    {
        return two(existing, link, &tree::make_hard_link);
    }
    awaitable<outcome<void>> make_symlink(std::string target, std::string link) override
    {
        return at(std::move(link), [t = tree_, to = std::move(target)](const place& p) { return t->make_symlink(to, p); });
    }
    awaitable<outcome<std::string>> read_link(std::string path) override
    {
        return in_pool([t = tree_, p = std::move(path)] { return t->read_link(p); });
    }
    awaitable<outcome<std::string>> real_path(std::string path) override
    {
        return in_pool([t = tree_, p = std::move(path)] { return t->real_path(p); });
    }
    awaitable<outcome<file_system_info>> statvfs(std::string path) override
    {
        return in_pool([t = tree_, p = std::move(path)] { return t->statvfs(p); });
    }
    awaitable<outcome<std::string>> expand_path(std::string path) override
    {
        return in_pool([t = tree_, p = std::move(path)] { return t->expand_path(p); });
    }
    awaitable<outcome<std::string>> home_directory(std::string user) override
    {
        return in_pool([t = tree_, u = std::move(user)] { return t->home_directory(u); });
    }
    awaitable<outcome<names_found>> names_of(std::vector<std::uint32_t> users, std::vector<std::uint32_t> groups) override;
    std::vector<std::string_view> extensions() const override;
    bool read_only() const noexcept override { return tree_->is_read_only(); }

private:
    template <class F>
    awaitable<std::invoke_result_t<F&>> in_pool(F f)
    {
        return run_on(work_, std::move(f));
    }
    awaitable<outcome<attributes>> look(std::string path, bool follow);
    template <class F>
    awaitable<outcome<void>> at(std::string path, F f);
    awaitable<outcome<void>> two(std::string from, std::string to,
                                 outcome<void> (tree::*f)(const place&, const place&));

    std::shared_ptr<tree> tree_;
    executor work_;
    std::shared_ptr<buffers> memory_ = std::make_shared<buffers>();
};

using opening = outcome<std::shared_ptr<open_file>>;

/// The arguments of open() and open_no_follow(), and the file system's parts that the open file needs.
struct open_request {
    std::shared_ptr<tree> files;
    executor work;
    std::shared_ptr<buffers> memory;
    std::string path;
    open_mode mode;
    attributes initial;
    bool follow;
};

opening as_file(outcome<opened_file> f, const open_request& r)
{
    if (!f)
        return f.error();
    std::string made = has(r.mode, open_mode::exclusive) ? r.path : std::string();
    return make_local_file(r.files, std::move(*f), std::move(made), r.work, r.memory);
}

awaitable<opening> open_in_pool(open_request r)
{
    const auto request = std::make_shared<open_request>(std::move(r));
    auto job = [request] { return request->files->open(request->path, request->mode, request->initial, request->follow); };
    auto running = run_on(request->work, std::move(job));
    outcome<opened_file> f = co_await std::move(running);
    co_return as_file(std::move(f), *request);
}

awaitable<opening> open_here(open_request r)
{
    // open_cached() does not follow a link if the file is to be written.
    if (r.follow || has(r.mode, open_mode::write))
        if (auto now = r.files->open_cached(r.path, r.mode, r.initial))
            return deliver(as_file(std::move(*now), r));
    return open_in_pool(std::move(r));
}

awaitable<opening> local_file_system::open(std::string path, open_mode mode, attributes initial)
{
    return open_here(open_request{tree_, work_, memory_, std::move(path), mode, std::move(initial), true});
}

awaitable<opening> local_file_system::open_no_follow(std::string path, open_mode mode, attributes initial)
{
    return open_here(open_request{tree_, work_, memory_, std::move(path), mode, std::move(initial), false});
}

awaitable<small_file_result> local_file_system::write_small_file(small_file f)
{
    if (auto now = tree_->open_cached(f.path, f.mode, f.initial))
        return deliver(local::write_small_file(*tree_, f, std::move(*now)));
    return in_pool([t = tree_, f = std::move(f)] {
        return local::write_small_file(*t, f, t->open(f.path, f.mode, f.initial, f.follow));
    });
}

using opening_directory = outcome<std::shared_ptr<directory_reader>>;

awaitable<opening_directory> local_file_system::open_directory(std::string path)
{
    return in_pool([t = tree_, w = work_, p = std::move(path)]() -> opening_directory {
        outcome<opened_directory> d = t->open_directory(p);
        if (!d)
            return d.error();
        return make_local_directory(t, std::move(*d), w);
    });
}

awaitable<outcome<attributes>> local_file_system::look(std::string path, bool follow)
{
    if (auto now = tree_->stat_cached(path, follow))
        return deliver(std::move(*now));
    return in_pool([t = tree_, p = std::move(path), follow] { return t->stat(p, follow); });
}

template <class F>
awaitable<outcome<void>> local_file_system::at(std::string path, F f)
{
    if (const auto here = tree_->place_in_memory(path, true))
        return deliver(f(*here));
    return in_pool([t = tree_, p = std::move(path), f = std::move(f)] {
        const place there = t->space().place_of(p);
        return there ? f(there) : outcome<void>(fail_errno(errno));
    });
}

awaitable<outcome<void>> local_file_system::two(std::string from, std::string to,
                                                outcome<void> (tree::*f)(const place&, const place&))
{
    if (const auto first = tree_->place_in_memory(from))
        if (const auto second = tree_->place_in_memory(to, true))
            return deliver((tree_.get()->*f)(*first, *second));
    return in_pool([t = tree_, from = std::move(from), to = std::move(to), f] {
        const place first = t->space().place_of(from);
        if (!first)
            return outcome<void>(fail_errno(errno));
        const place second = t->space().place_of(to);
        return second ? (t.get()->*f)(first, second) : outcome<void>(fail_errno(errno));
    });
}

awaitable<outcome<names_found>> local_file_system::names_of(std::vector<std::uint32_t> users, std::vector<std::uint32_t> groups)
{
    return in_pool([t = tree_, users = std::move(users), groups = std::move(groups)]() -> outcome<names_found> {
        names_found found;
        for (const std::uint32_t id : users)
            found.first.push_back(t->names().user(id));
        for (const std::uint32_t id : groups)
            found.second.push_back(t->names().group(id));
        return found;
    });
}

std::vector<std::string_view> local_file_system::extensions() const
{
    return {extension::posix_rename, extension::statvfs,     extension::fstatvfs,       extension::hardlink,
            extension::lsetstat,     extension::expand_path, extension::home_directory, extension::users_groups_by_id};
}

} // namespace

std::shared_ptr<file_system> make_file_system(const local_options& options, resolution how, listing l)
{
    return std::make_shared<local_file_system>(options, how, l);
}

} // namespace local

std::shared_ptr<file_system> make_local_file_system(local_options options)
{
    return local::make_file_system(options, local::resolution::best);
}

} // namespace sshoal::sftp
