// A file_system at this machine as the end of a transfer.

#include "sftp/client/local_files.hpp"
#include "sftp/client/transfer_end.hpp"

namespace sshoal::sftp {
namespace {

/// Lists the names for a pattern. A directory that cannot be read counts as empty.
class local_names final : public path_lister {
public:
    explicit local_names(files_ptr files) : files_(std::move(files)) {}

    awaitable<outcome<std::vector<directory_entry>>> list(std::string path) override
    {
        auto listing = list_local(files_, std::move(path));
        outcome<std::vector<directory_entry>> entries = co_await std::move(listing);
        if (!entries && entries.error().code() != asio::error::operation_aborted)
            entries = std::vector<directory_entry>();
        co_return entries;
    }
    awaitable<outcome<bool>> exists(std::string path) override
    {
        auto looking = guarded(files_->lstat(std::move(path)));
        const outcome<attributes> there_is = co_await std::move(looking);
        if (!there_is && there_is.error().code() == asio::error::operation_aborted)
            co_return outcome<bool>(boost::system::in_place_error, there_is.error());
        co_return bool(there_is);
    }

private:
    const files_ptr files_;
};

class local_tree final : public tree_reader {
public:
    local_tree(files_ptr files, std::string top) : files_(std::move(files)), pending_(std::move(top)) {}
    awaitable<std::optional<walk_entry>> next() override;
    void skip() override { pending_.reset(); }

private:
    struct level {
        std::string path;
        std::vector<directory_entry> entries;
        std::size_t taken = 0;
    };
    const files_ptr files_;
    std::vector<level> levels_;
    std::optional<std::string> pending_; ///< a directory whose entries come next
};

awaitable<std::optional<walk_entry>> local_tree::next()
{
    walk_entry found;
    if (pending_) {
        auto listing = list_local(files_, *pending_);
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
    if (found.entry.attrs.type() == file_type::unknown) { // the file system may list names without attributes
        auto looking = guarded(files_->lstat(found.path));
        outcome<attributes> a = co_await std::move(looking);
        if (a)
            found.entry.attrs = std::move(*a);
    }
    if (found.entry.attrs.is_directory())
        pending_ = found.path;
    co_return std::optional<walk_entry>(std::move(found));
}

class local_end final : public transfer_end {
public:
    explicit local_end(files_ptr files) : files_(std::move(files)) {}

    std::string absolute(std::string path) const override { return path; }

    awaitable<outcome<std::vector<std::string>>> expand(std::string pattern) override;
    awaitable<outcome<attributes>> look(std::string path) override;
    awaitable<outcome<std::string>> read_link(std::string path) override;
    std::unique_ptr<tree_reader> read_tree(std::string top, handle_room) override
    {
        return std::make_unique<local_tree>(files_, std::move(top));
    }

    awaitable<outcome<bool>> is_directory(std::string path) override;
    failure not_a_directory(const std::string& path) const override
    {
        return failure(errc::file_error, printable(path) + ": not a directory");
    }
    awaitable<outcome<bool>> make_directory(std::string path, attributes source, bool top) override;
    awaitable<outcome<void>> make_link(std::string target, std::string path) override;
    awaitable<outcome<void>> set_directory(std::string path, attributes a) override;
    const char* name_of_setting() const noexcept override { return "set times"; }

private:
    const files_ptr files_;
};

awaitable<outcome<std::vector<std::string>>> local_end::expand(std::string pattern)
{
    local_names names(files_);
    auto expanding = expand_pattern(names, pattern);
    outcome<std::vector<std::string>> found = co_await std::move(expanding);
    if (found && found->empty())
        co_return failure(errc::file_error, printable(pattern) + ": no such file");
    co_return found;
}

/// A file system without stat() may have the file all the same.
awaitable<outcome<attributes>> local_end::look(std::string path)
{
    auto looking = guarded(files_->stat(path));
    outcome<attributes> a = co_await std::move(looking);
    if (!a && is_unsupported(a.error()))
        co_return attributes();
    if (!a)
        co_return local_failure(a.error(), is_missing_file(a.error()) ? "open" : "stat", path);
    co_return a;
}

awaitable<outcome<std::string>> local_end::read_link(std::string path)
{
    auto reading = guarded(files_->read_link(path));
    outcome<std::string> target = co_await std::move(reading);
    if (!target)
        co_return outcome<std::string>(boost::system::in_place_error, local_failure(target.error(), "read link", path));
    co_return target;
}

awaitable<outcome<bool>> local_end::is_directory(std::string path)
{
    auto looking = guarded(files_->stat(path));
    const outcome<attributes> a = co_await std::move(looking);
    if (!a && (is_missing_file(a.error()) || is_unsupported(a.error())))
        co_return false;
    if (!a)
        co_return outcome<bool>(boost::system::in_place_error, local_failure(a.error(), "stat", path));
    co_return a->is_directory();
}

/// A link to an existing directory is accepted only as the top of a tree.
awaitable<outcome<bool>> local_end::make_directory(std::string path, attributes, bool top)
{
    auto making = guarded(files_->make_directory(path, attributes()));
    const outcome<void> made = co_await std::move(making);
    if (made)
        co_return true;
    auto looking = guarded(top ? files_->stat(path) : files_->lstat(path));
    const outcome<attributes> there_is = co_await std::move(looking);
    if (there_is && there_is->is_directory())
        co_return true;
    co_return outcome<bool>(boost::system::in_place_error, local_failure(made.error(), "make directory", path));
}

awaitable<outcome<void>> local_end::make_link(std::string target, std::string path)
{
    auto making = guarded(files_->make_symlink(std::move(target), path));
    const outcome<void> made = co_await std::move(making);
    if (!made)
        co_return local_failure(made.error(), "make link", path);
    co_return outcome<void>();
}

/// A link that has taken the directory's place is not followed, if the file system has set_link_attributes().
awaitable<outcome<void>> local_end::set_directory(std::string path, attributes a)
{
    auto setting = guarded(files_->set_link_attributes(path, a));
    outcome<void> set = co_await std::move(setting);
    if (!set && is_unsupported(set.error())) {
        setting = guarded(files_->set_attributes(path, std::move(a)));
        set = co_await std::move(setting);
    }
    if (!set)
        co_return local_failure(set.error(), "set attributes of", path);
    co_return outcome<void>();
}

} // namespace

std::unique_ptr<transfer_end> make_local_end(files_ptr files) { return std::make_unique<local_end>(std::move(files)); }

} // namespace sshoal::sftp
