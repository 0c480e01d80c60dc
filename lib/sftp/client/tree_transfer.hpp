// tree_transfer.hpp - which files a get(), put() or copy() moves, and where to.
#pragma once

#include "sftp/client/transfer.hpp"
#include "sftp/client/trees.hpp"

namespace sshoal::sftp {

awaitable<outcome<transfer_result>> get_all(session_ptr session, std::string remote, std::string local, transfer_options how);
awaitable<outcome<transfer_result>> put_all(session_ptr session, std::string local, std::string remote, transfer_options how);
/// From one server to another, or to another place of the same: `to` may be the same session.
awaitable<outcome<transfer_result>> copy_all(session_ptr from_session, session_ptr to_session, std::string from, std::string to,
                                             transfer_options how);

/// What all have in common: one coroutine that finds files, those that are under way, and what becomes of each.
class tree_transfer : public std::enable_shared_from_this<tree_transfer> {
public:
    tree_transfer(session_ptr s, transfer_options how)
        : whole(std::make_shared<transfer>(std::move(s), std::move(how)))
        , files_(std::make_shared<crew>(whole->shared_core()))
    {
    }
    virtual ~tree_transfer() = default;

    /// Waits for the coroutine that finds the files, and for all that it has started.
    /// Errors: the first; nothing is under way any more then, whether it was returned or thrown.
    static awaitable<outcome<void>> run(std::shared_ptr<tree_transfer> self, awaitable<outcome<void>> finding);
    /// Starts a file when fewer than files_at_once() are under way.
    static awaitable<outcome<void>> start(std::shared_ptr<tree_transfer> self, file_task task, std::string name);
    /// Left out, unless it is all that there is, or nothing goes on any more.
    outcome<void> take_failure(std::string name, failure f);
    bool wanted(const std::string& below, const attributes& a) const
    {
        return !whole->how.filter() || whole->how.filter()(below, a);
    }

    const transfer_ptr whole;
    bool single = false; ///< one file was asked for by name: what fails is an error

protected:
    /// For walkers: waits for all files that are under way.
    handle_room when_files_are_closed();
    /// One file, from its opening to its verification.
    virtual awaitable<outcome<void>> move(file_task task) = 0;

private:
    enum class attempt { first, last };
    static awaitable<outcome<void>> one(std::shared_ptr<tree_transfer> self, file_task task, std::string name, attempt which);
    static awaitable<outcome<void>> one_by_one(std::shared_ptr<tree_transfer> self);

    const std::shared_ptr<crew> files_;
    /// Files for which the server had no handle left, while others were open; they come last, one by one.
    std::vector<std::pair<file_task, std::string>> postponed_;
    std::size_t most_files_ = SIZE_MAX; ///< as many as the server has turned out to have handles for
};

/// What a source at a server stands for: itself, resolved, or all that match it.
/// Errors: status::no_such_file where nothing matches.
awaitable<outcome<std::vector<std::string>>> sources_at(session_ptr session, std::string path, bool glob);
/// "a/b/c" below "a" is "b/c".
std::string path_below(std::string_view top, std::string_view path);
/// The last part of a path; empty where that is no plain name.
std::string last_part(std::string_view path);

} // namespace sshoal::sftp
