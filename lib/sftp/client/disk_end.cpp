// This machine as the end of a transfer.

#include "sftp/client/disk_file.hpp"
#include "sftp/client/transfer_end.hpp"
#include "sftp/protocol/glob_pattern.hpp"

#include <algorithm>
#include <cerrno>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshoal::sftp {
namespace {

// -- what waits for the disk --------------------------------------------------------------------------------------------------

/// Entries but "." and "..", by name; attributes are of links themselves.
outcome<std::vector<directory_entry>> disk_list(const std::string& path)
{
    DIR* const d = ::opendir(path.c_str());
    if (d == nullptr)
        return disk_failure(errno, "open directory", path);
    std::vector<directory_entry> all;
    failure trouble;
    for (;;) {
        errno = 0;
        const dirent* const e = ::readdir(d);
        if (e == nullptr) {
            if (errno != 0)
                trouble = disk_failure(errno, "read directory", path);
            break;
        }
        if (!is_plain_name(e->d_name))
            continue;
        outcome<std::optional<attributes>> a = disk_stat(path + '/' + e->d_name, false);
        if (a && *a)
            all.emplace_back(e->d_name, std::move(**a));
    }
    ::closedir(d);
    if (trouble)
        return trouble;
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
}

/// An existing directory will do; a link to one only as the top of a tree.
failure disk_make_directory(const std::string& path, bool top)
{
    if (::mkdir(path.c_str(), 0777) == 0)
        return {};
    const int number = errno;
    const outcome<std::optional<attributes>> a = disk_stat(path, top);
    if (number == EEXIST && a && *a && (*a)->is_directory())
        return {};
    return disk_failure(number, "make directory", path);
}

failure disk_make_symlink(const std::string& target, const std::string& path)
{
    return ::symlink(target.c_str(), path.c_str()) == 0 ? failure() : disk_failure(errno, "make link", path);
}

outcome<std::string> disk_read_link(const std::string& path)
{
    char target[4097];
    const ssize_t n = ::readlink(path.c_str(), target, sizeof target);
    if (n < 0)
        return disk_failure(errno, "read link", path);
    return std::string(target, std::size_t(n));
}

/// Mode and times of a directory.
failure disk_set_directory(const std::string& path, const attributes& a)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return disk_failure(errno, "open directory", path);
    int number = 0;
    if (a.mtime) {
        const timespec times[2] = {{time_t(a.atime.value_or(*a.mtime).time_since_epoch().count()), 0},
                                   {time_t(a.mtime->time_since_epoch().count()), 0}};
        number = ::futimens(fd, times) == 0 ? 0 : errno;
    }
    if (a.permissions && ::fchmod(fd, mode_t(*a.permissions & 07777)) != 0 && number == 0)
        number = errno;
    ::close(fd);
    return number == 0 ? failure() : disk_failure(number, "set attributes of", path);
}

/// Local paths that match.
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

/// A function of those above with its arguments, for a thread that may wait.
struct disk_job {
    enum class kind { make_directory, make_top_directory, make_link, set_directory };
    kind what;
    std::string path, target;
    attributes attrs;
    outcome<void> operator()() const
    {
        failure f;
        switch (what) {
        case kind::make_directory:
        case kind::make_top_directory:
            f = disk_make_directory(path, what == kind::make_top_directory);
            break;
        case kind::make_link:
            f = disk_make_symlink(target, path);
            break;
        case kind::set_directory:
            f = disk_set_directory(path, attrs);
            break;
        }
        return f ? outcome<void>(std::move(f)) : outcome<void>();
    }
};

struct stat_job {
    std::string path;
    outcome<std::optional<attributes>> operator()() const { return disk_stat(path, true); }
};

struct list_job {
    std::string path;
    outcome<std::vector<directory_entry>> operator()() const { return disk_list(path); }
};

struct read_link_job {
    std::string path;
    outcome<std::string> operator()() const { return disk_read_link(path); }
};

struct glob_job {
    std::string pattern;
    outcome<std::vector<std::string>> operator()() const
    {
        std::vector<std::string> found = disk_glob(pattern);
        if (found.empty())
            return failure(errc::file_error, printable(pattern) + ": no such file");
        return found;
    }
};

// -- the end ------------------------------------------------------------------------------------------------------------------

class disk_tree final : public tree_reader {
public:
    disk_tree(executor work, std::string top) : work_(std::move(work)), pending_(std::move(top)) {}
    awaitable<std::optional<walk_entry>> next() override;
    void skip() override { pending_.reset(); }

private:
    struct level {
        std::string path;
        std::vector<directory_entry> entries;
        std::size_t taken = 0;
    };
    executor work_;
    std::vector<level> levels_;
    std::optional<std::string> pending_; ///< a directory to go into
};

awaitable<std::optional<walk_entry>> disk_tree::next()
{
    walk_entry found;
    if (pending_) {
        list_job job{*pending_};
        auto listing = run_on(work_, std::move(job));
        outcome<std::vector<directory_entry>> entries = co_await std::move(listing);
        std::string path = std::move(*pending_);
        pending_.reset();
        if (!entries) {
            found.path = std::move(path);
            found.depth = levels_.size();
            found.trouble = entries.error();
            co_return std::optional<walk_entry>(std::move(found));
        }
        level& l = levels_.emplace_back();
        l.path = std::move(path);
        l.entries = std::move(*entries);
    }
    while (!levels_.empty() && levels_.back().taken == levels_.back().entries.size())
        levels_.pop_back();
    if (levels_.empty())
        co_return std::optional<walk_entry>();
    level& here = levels_.back();
    found.entry = std::move(here.entries[here.taken++]);
    found.path = joined(here.path, found.entry.name);
    found.depth = levels_.size() - 1;
    if (found.entry.attrs.is_directory())
        pending_ = found.path;
    co_return std::optional<walk_entry>(std::move(found));
}

class disk_end final : public transfer_end {
public:
    explicit disk_end(executor work) : work_(std::move(work)) {}

    std::string absolute(std::string path) const override { return path; }

    awaitable<outcome<std::vector<std::string>>> expand(std::string pattern) override
    {
        return run_on(work_, glob_job{std::move(pattern)});
    }
    awaitable<outcome<attributes>> look(std::string path) override;
    awaitable<outcome<std::string>> read_link(std::string path) override
    {
        return run_on(work_, read_link_job{std::move(path)});
    }
    std::unique_ptr<tree_reader> read_tree(std::string top, handle_room) override
    {
        return std::make_unique<disk_tree>(work_, std::move(top));
    }

    awaitable<outcome<bool>> is_directory(std::string path) override;
    failure not_a_directory(const std::string& path) const override
    {
        return failure(errc::file_error, printable(path) + ": not a directory");
    }
    awaitable<outcome<bool>> make_directory(std::string path, attributes source, bool top) override;
    awaitable<outcome<void>> make_link(std::string target, std::string path) override
    {
        return run_on(work_, disk_job{disk_job::kind::make_link, std::move(path), std::move(target), {}});
    }
    awaitable<outcome<void>> set_directory(std::string path, attributes a) override
    {
        return run_on(work_, disk_job{disk_job::kind::set_directory, std::move(path), {}, std::move(a)});
    }
    const char* name_of_setting() const noexcept override { return "set times"; }

private:
    const executor work_;
};

awaitable<outcome<attributes>> disk_end::look(std::string path)
{
    stat_job job{path};
    auto looking = run_on(work_, std::move(job));
    outcome<std::optional<attributes>> a = co_await std::move(looking);
    if (!a)
        co_return a.error();
    if (!*a)
        co_return disk_failure(ENOENT, "open", path);
    co_return std::move(**a);
}

awaitable<outcome<bool>> disk_end::is_directory(std::string path)
{
    stat_job job{std::move(path)};
    auto looking = run_on(work_, std::move(job));
    const outcome<std::optional<attributes>> a = co_await std::move(looking);
    if (!a)
        co_return outcome<bool>(boost::system::in_place_error, a.error());
    co_return *a && (*a)->is_directory();
}

awaitable<outcome<bool>> disk_end::make_directory(std::string path, attributes, bool top)
{
    disk_job job{top ? disk_job::kind::make_top_directory : disk_job::kind::make_directory, std::move(path), {}, {}};
    auto making = run_on(work_, std::move(job));
    const outcome<void> made = co_await std::move(making);
    if (!made)
        co_return outcome<bool>(boost::system::in_place_error, made.error());
    co_return true;
}

} // namespace

std::unique_ptr<transfer_end> make_disk_end(executor work) { return std::make_unique<disk_end>(std::move(work)); }

} // namespace sshoal::sftp
