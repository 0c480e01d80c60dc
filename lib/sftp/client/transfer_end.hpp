// transfer_end.hpp - one end of a get(), put() or copy(), seen as directories and links: a server, or a file_system here.
#pragma once

#include "sftp/client/trees.hpp"
#include "sshoal/file_system.hpp"

namespace sshoal::sftp {

/// A tree that is read entry by entry, a directory before what is in it.
class tree_reader {
public:
    virtual ~tree_reader() = default;
    /// Returns: the next entry, or one with its trouble; nothing at the end. Errors (thrown): what ended the session.
    virtual awaitable<std::optional<walk_entry>> next() = 0;
    /// Leaves out what is in the directory that next() has returned last.
    virtual void skip() = 0;
};

/// All functions are called on the strand of the transfer's session, and return there.
class transfer_end {
public:
    virtual ~transfer_end() = default;
    /// Returns the path in the form that the other functions take.
    virtual std::string absolute(std::string path) const = 0;

    // As the source.
    /// Errors: where nothing matches.
    virtual awaitable<outcome<std::vector<std::string>>> expand(std::string pattern) = 0;
    /// Returns the attributes of what a path leads to, with its type as far as that can be found out. A server may refuse this
    /// and have the file all the same: there are no attributes then.
    virtual awaitable<outcome<attributes>> look(std::string path) = 0;
    virtual awaitable<outcome<std::string>> read_link(std::string path) = 0;
    /// `room`: waits until other handles have been closed, where a server has none left for a directory.
    virtual std::unique_ptr<tree_reader> read_tree(std::string top, handle_room room) = 0;

    // As the target.
    virtual awaitable<outcome<bool>> is_directory(std::string path) = 0;
    virtual failure not_a_directory(const std::string& path) const = 0;
    /// A directory like `source`, with which something can be put into it; one that exists will do.
    /// Returns: whether it counts as made.
    virtual awaitable<outcome<bool>> make_directory(std::string path, attributes source, bool top) = 0;
    virtual awaitable<outcome<void>> make_link(std::string target, std::string path) = 0;
    /// Mode and times, as far as they are known.
    virtual awaitable<outcome<void>> set_directory(std::string path, attributes a) = 0;
    /// The name of the last in transfer_result::notes.
    virtual const char* name_of_setting() const noexcept = 0;
};

/// A server. `with_parents`: make_directory() makes those above as well, and only new ones count.
std::unique_ptr<transfer_end> make_remote_end(session_ptr session, bool with_parents = false);
std::unique_ptr<transfer_end> make_local_end(std::shared_ptr<file_system> files);

} // namespace sshoal::sftp
