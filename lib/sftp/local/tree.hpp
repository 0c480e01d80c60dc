// tree.hpp - the operations of SFTP on the machine's files, as functions that may wait. Thread-safe.
#pragma once

#include "os/account_names.hpp"
#include "sftp/local/node_attributes.hpp"
#include "sftp/local/path_space.hpp"

#include "sshoal/file_system.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshoal::sftp::local {

struct opened_file {
    os::descriptor fd;
    medium where = medium::network;
    bool regular = false, writable = false;
};

struct opened_directory {
    os::descriptor fd;
    std::optional<attributes> parent; ///< the attributes of ".." that clients see; nothing: those of the system
};

/// This choice says whether directory_entry::long_name is made. Its user and group names may come from a slow directory service.
enum class listing { with_long_names, names_only };

class tree {
public:
    explicit tree(const local_options& options, resolution how = resolution::best, listing l = listing::with_long_names)
        : space_(options, how), listing_(l), read_only_(options.is_read_only()), umask_(options.umask())
    {
    }

    const path_space& space() const noexcept { return space_; }
    bool is_read_only() const noexcept { return read_only_; }
    bool makes_long_names() const noexcept { return listing_ == listing::with_long_names; }
    os::account_names& names() noexcept { return names_; }

    /// `follow`: whether the path may be a link. A link is an error otherwise.
    outcome<opened_file> open(const std::string& path, open_mode mode, const attributes& initial, bool follow = true);
    outcome<opened_directory> open_directory(const std::string& path);
    outcome<attributes> stat(const std::string& path, bool follow);
    outcome<void> set_attributes(const std::string& path, const attributes& a, bool follow);
    outcome<std::string> read_link(const std::string& path);
    outcome<std::string> real_path(const std::string& path);
    outcome<file_system_info> statvfs(const std::string& path);
    outcome<std::string> expand_path(const std::string& path);
    outcome<std::string> home_directory(const std::string& user);

    // Operations on names in folders. Links are not followed.
    outcome<opened_file> open_at(const place& at, open_mode mode, const attributes& initial);
    outcome<void> remove(const place& at);
    outcome<void> make_directory(const place& at, const attributes& initial);
    outcome<void> remove_directory(const place& at);
    outcome<void> rename(const place& from, const place& to);
    outcome<void> replace(const place& from, const place& to);
    outcome<void> make_symlink(const std::string& target, const place& at);
    outcome<void> make_hard_link(const place& existing, const place& at);

    /// The same without waiting. Returns: nothing if the result is not certain.
    std::optional<outcome<attributes>> stat_cached(const std::string& path, bool follow);
    std::optional<outcome<opened_file>> open_cached(const std::string& path, open_mode mode, const attributes& initial);
    /// Returns: a place in a file system in memory. `frees`: the operation may remove the file there, which is not done at once
    /// if the file is large.
    std::optional<place> place_in_memory(const std::string& path, bool frees = false);

private:
    template <class Open>
    outcome<opened_file> open_with(Open open, open_mode mode, const attributes& initial);

    path_space space_;
    listing listing_;
    bool read_only_;
    std::optional<unsigned> umask_;
    os::account_names names_;
};

} // namespace sshoal::sftp::local
