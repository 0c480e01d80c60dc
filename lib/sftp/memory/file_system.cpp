#include "sshoal/memory_file_system.hpp"

#include "sftp/memory/file.hpp"

namespace sshoal::sftp {
namespace memory {
namespace {

class memory_files final : public file_system {
public:
    explicit memory_files(const memory_options& o)
        : tree_(std::make_shared<tree>(o.capacity(), o.max_files()))
    {
    }

    awaitable<outcome<std::shared_ptr<open_file>>> open(std::string path, open_mode mode, attributes initial) override
    {
        outcome<std::shared_ptr<node>> n = tree_->open(path, mode, initial);
        if (!n)
            co_return n.error();
        co_return make_open_file(std::move(*n), mode);
    }
    awaitable<outcome<std::shared_ptr<directory_reader>>> open_directory(std::string path) override
    {
        outcome<std::shared_ptr<node>> n = tree_->find(path, follow);
        if (!n)
            co_return n.error();
        if (!(*n)->is_directory())
            co_return fail_errno(ENOTDIR);
        co_return make_directory_reader(tree_, std::move(*n));
    }
    awaitable<outcome<attributes>> stat(std::string path) override { co_return stat_of(path, follow); }
    awaitable<outcome<attributes>> lstat(std::string path) override { co_return stat_of(path, keep); }
    awaitable<outcome<void>> set_attributes(std::string path, attributes a) override { co_return set(path, follow, a); }
    awaitable<outcome<void>> set_link_attributes(std::string path, attributes a) override { co_return set(path, keep, a); }
    awaitable<outcome<void>> remove(std::string path) override { co_return outcome_of(tree_->remove(path, false)); }
    awaitable<outcome<void>> make_directory(std::string path, attributes initial) override
    {
        co_return outcome_of(tree_->make_directory(path, initial));
    }
    awaitable<outcome<void>> remove_directory(std::string path) override { co_return outcome_of(tree_->remove(path, true)); }
    awaitable<outcome<void>> rename(std::string from, std::string to) override
    {
        co_return outcome_of(tree_->rename(from, to, false));
    }
    awaitable<outcome<void>> replace(std::string from, std::string to) override
    {
        co_return outcome_of(tree_->rename(from, to, true));
    }
    awaitable<outcome<void>> make_symlink(std::string target, std::string link) override
    {
        co_return outcome_of(tree_->make_symlink(target, link));
    }
    awaitable<outcome<void>> make_hard_link(std::string existing, std::string link) override
    {
        co_return outcome_of(tree_->make_hard_link(existing, link));
    }
    awaitable<outcome<std::string>> read_link(std::string path) override
    {
        outcome<std::shared_ptr<node>> n = tree_->find(path, keep);
        if (!n)
            co_return n.error();
        if (!(*n)->is_link())
            co_return fail_errno(EINVAL);
        co_return (*n)->target;
    }
    awaitable<outcome<std::string>> real_path(std::string path) override { co_return tree_->real_path(path); }
    awaitable<outcome<file_system_info>> statvfs(std::string path) override
    {
        outcome<std::shared_ptr<node>> n = tree_->find(path, follow);
        if (!n)
            co_return n.error();
        co_return tree_->info();
    }
    awaitable<outcome<std::string>> expand_path(std::string path) override
    {
        if (path.starts_with('~')) { // the root is the home of all users
            if (path.size() > 1 && path[1] != '/')
                co_return fail_errno(ENOENT, "no users here");
            path.replace(0, 1, "/");
        }
        co_return tree_->real_path(path.empty() ? "/" : path);
    }
    awaitable<outcome<std::string>> home_directory(std::string) override { co_return std::string("/"); }
    std::vector<std::string_view> extensions() const override
    {
        using namespace extension;
        return {posix_rename,           extension::statvfs,       fstatvfs, hardlink, lsetstat,
                extension::expand_path, extension::home_directory};
    }

private:
    static constexpr auto follow = tree::last_link::follow, keep = tree::last_link::keep;

    outcome<attributes> stat_of(std::string_view path, tree::last_link l) const
    {
        outcome<std::shared_ptr<node>> n = tree_->find(path, l);
        if (!n)
            return n.error();
        return (*n)->stat();
    }
    outcome<void> set(std::string_view path, tree::last_link l, const attributes& a) const
    {
        outcome<std::shared_ptr<node>> n = tree_->find(path, l);
        if (!n)
            return n.error();
        return outcome_of((*n)->set(a));
    }

    std::shared_ptr<tree> tree_;
};

} // namespace
} // namespace memory

std::shared_ptr<file_system> make_memory_file_system(memory_options options)
{
    return std::make_shared<memory::memory_files>(options);
}

} // namespace sshoal::sftp
