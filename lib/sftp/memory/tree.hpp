// tree.hpp - the names of the file system in memory, and the resolution of paths as in POSIX (path resolution, rename, link).
#pragma once

#include "sftp/memory/node.hpp"

namespace sshoal::sftp::memory {

/// Every member locks the mutex while it runs; none is a coroutine.
class tree {
public:
    /// `nodes`: the most nodes below the root.
    tree(std::uint64_t capacity, std::size_t nodes);

    /// keep: a link is followed only if a slash is behind it; name: a link is never followed, and the caller looks at the slash.
    enum class last_link { follow, keep, name };
    outcome<std::shared_ptr<node>> find(std::string_view path, last_link l) const;
    outcome<std::shared_ptr<node>> open(std::string_view path, open_mode mode, const attributes& initial);
    failure make_directory(std::string_view path, const attributes& initial);
    failure make_symlink(std::string_view target, std::string_view path);
    failure make_hard_link(std::string_view existing, std::string_view path);
    failure remove(std::string_view path, bool directory);
    failure rename(std::string_view from, std::string_view to, bool replace);
    outcome<std::string> real_path(std::string_view path) const;
    /// Returns: the entries behind the name `after`.
    std::vector<directory_entry> list(const node& directory, std::string_view after, std::size_t most) const;
    file_system_info info() const noexcept { return account_->info(); }

private:
    struct step {
        std::shared_ptr<node> at;
        std::string name; // "" for the root
    };
    struct place {
        std::vector<step> way; // the directories to it, from the root on
        std::string name; // the last part; empty if the path ends in "/", "." or ".."
        std::shared_ptr<node> what; // the node of that name; null if there is none
        bool as_directory = false; // the path ends with a '/'
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
