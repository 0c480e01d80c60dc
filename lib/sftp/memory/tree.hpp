// tree.hpp - the names of the file system in memory, and how paths lead to nodes, as POSIX says (path resolution, rename, link).
#pragma once

#include "sftp/memory/node.hpp"

namespace sshoal::sftp::memory {

/// Not a coroutine in it; every member takes the mutex for as long as it works.
class tree {
public:
    /// nodes: of those below the root.
    tree(std::uint64_t capacity, std::size_t nodes);

    /// keep: a slash behind it follows it nevertheless; name: nothing does, and the caller judges the slash.
    enum class last_link { follow, keep, name };
    outcome<std::shared_ptr<node>> find(std::string_view path, last_link l) const;
    outcome<std::shared_ptr<node>> open(std::string_view path, open_mode mode, const attributes& initial);
    failure make_directory(std::string_view path, const attributes& initial);
    failure make_symlink(std::string_view target, std::string_view path);
    failure make_hard_link(std::string_view existing, std::string_view path);
    failure remove(std::string_view path, bool directory);
    failure rename(std::string_view from, std::string_view to, bool replace);
    outcome<std::string> real_path(std::string_view path) const;
    /// The entries behind the name `after`.
    std::vector<directory_entry> list(const node& directory, std::string_view after, std::size_t most) const;
    file_system_info info() const noexcept { return account_->info(); }

private:
    struct step {
        std::shared_ptr<node> at;
        std::string name; // "" for the root
    };
    struct place {
        std::vector<step> way; // the directories to it, from the root on
        std::string name; // its last part; empty where the path ends in "/", "." or ".."
        std::shared_ptr<node> what; // nothing where there is none
        bool as_directory = false; // a '/' came behind it
        node& parent() const noexcept { return *way.back().at; }
    };
    outcome<place> resolve(std::string_view path, last_link l) const;
    outcome<place> place_for_new(std::string_view path) const;
    void drop_name(node& n) noexcept;
    failure replace_entry(const place& a, const place& b);

    mutable std::mutex mutex_;
    std::shared_ptr<account> account_;
    std::shared_ptr<node> root_;
};

} // namespace sshoal::sftp::memory
