// transfer_end.hpp - one end of a get(), put() or copy(), seen as directories and links: a server, or a file_system here.
#pragma once

#include "sftp/client/trees.hpp"
#include "sshoal/file_system.hpp"

namespace sshoal::sftp {

/// Reads a tree entry by entry, each directory before its contents.
class tree_reader {
public:
    virtual ~tree_reader() = default;
    /// Returns: the next entry; nothing at the end. Errors (thrown): the failure that ended the session.
    virtual awaitable<std::optional<walk_entry>> next() = 0;
    /// Leaves out the contents of the directory that next() has returned last.
    virtual void skip() = 0;
};

/// All functions are called on the strand of the transfer's session, and return there.
class transfer_end {
public:
    virtual ~transfer_end() = default;
    /// Returns: the path in the form that the other functions take.
    virtual std::string absolute(std::string path) const = 0;

    // Functions of a source.
    /// Returns: the paths that match. Errors: no path matches.
    virtual awaitable<outcome<std::vector<std::string>>> expand(std::string pattern) = 0;
    /// Returns: the attributes of the file to which a path leads, with the file's type if that can be found out. If the end
    /// refuses to say and may have the file all the same, the attributes are empty.
    virtual awaitable<outcome<attributes>> look(std::string path) = 0;
    virtual awaitable<outcome<std::string>> read_link(std::string path) = 0;
    /// `room`: waits until other handles have been closed, if a server has no handle left for a directory.
    virtual std::unique_ptr<tree_reader> read_tree(std::string top, handle_room room) = 0;

    // Functions of a target.
    virtual awaitable<outcome<bool>> is_directory(std::string path) = 0;
    virtual failure not_a_directory(const std::string& path) const = 0;
    /// Makes a writable directory, with permissions like those of `source`; an existing directory is accepted.
    /// Returns: whether the directory counts as made.
    virtual awaitable<outcome<bool>> make_directory(std::string path, attributes source, bool top) = 0;
    virtual awaitable<outcome<void>> make_link(std::string target, std::string path) = 0;
    /// Sets mode and times of a directory, as far as they are known.
    virtual awaitable<outcome<void>> set_directory(std::string path, attributes a) = 0;
    /// Returns: how set_directory() is called in transfer_result::notes.
    virtual const char* name_of_setting() const noexcept = 0;
};

/// Makes the end of a server. `with_parents`: make_directory() makes parents as well, and counts only new directories.
std::unique_ptr<transfer_end> make_remote_end(session_ptr session, bool with_parents = false);
std::unique_ptr<transfer_end> make_local_end(std::shared_ptr<file_system> files);

} // namespace sshoal::sftp
