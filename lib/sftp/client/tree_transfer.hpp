// tree_transfer.hpp - decides which files a get(), put() or copy() moves, and to which paths.
#pragma once

#include "sftp/client/transfer.hpp"
#include "sftp/client/transfer_end.hpp"

namespace sshoal::sftp {

awaitable<outcome<transfer_result>> get_all(session_ptr session, std::string remote, std::string local, transfer_options how);
awaitable<outcome<transfer_result>> put_all(session_ptr session, std::string local, std::string remote, transfer_options how);
/// Copies from one server to another, or to another path of the same server; `to` may be the same session.
awaitable<outcome<transfer_result>> copy_all(session_ptr from_session, session_ptr to_session, std::string from, std::string to,
                                             transfer_options how);

/// One coroutine finds the files of one end, and a group of tasks moves them to the other end. Derived classes know both ends,
/// and move single files between them.
class tree_transfer : public std::enable_shared_from_this<tree_transfer> {
public:
    /// The transfer runs on the strand of `s`.
    tree_transfer(session_ptr s, transfer_options how, std::unique_ptr<transfer_end> from, std::unique_ptr<transfer_end> to)
        : whole(std::make_shared<transfer>(std::move(s), std::move(how)))
        , files_(task_group::make(whole->core().strand()))
        , from_(std::move(from))
        , to_(std::move(to))
    {
    }
    virtual ~tree_transfer() = default;

    /// Moves the file or tree `from`, or all that match the pattern `from`.
    static awaitable<outcome<transfer_result>> all(std::shared_ptr<tree_transfer> self, std::string from, std::string to);

    const transfer_ptr whole;

protected:
    /// Moves one file, from its opening to its verification.
    virtual awaitable<outcome<void>> move(file_task task) = 0;

    core_ptr one_server_; ///< set if both ends are at this server, so that a source may be its own target

private:
    enum class attempt { first, last };
    struct pending_link {
        std::string target, path, name;
    };
    /// Waits for the coroutine that finds the files, and for all tasks that it has started.
    /// Errors: the first failure, returned or thrown; no task is under way any more then.
    static awaitable<outcome<void>> run(std::shared_ptr<tree_transfer> self, awaitable<outcome<void>> finding);
    /// Starts a file as soon as fewer than files_at_once() files are under way.
    static awaitable<outcome<void>> start(std::shared_ptr<tree_transfer> self, file_task task, std::string name);
    /// Notes a file as skipped. Returns: the failure if the transfer is of a single file, has been cancelled or has lost its
    /// session.
    outcome<void> skip_or_fail(std::string name, failure f);
    bool wanted(const std::string& below, const attributes& a) const
    {
        return !whole->how.filter() || whole->how.filter()(below, a);
    }

    /// Returns: a function that waits for all files that are under way.
    handle_room when_files_are_closed();
    static awaitable<outcome<void>> all_of(std::shared_ptr<tree_transfer> self, std::vector<std::string> sources,
                                           std::string target, bool into);
    static awaitable<outcome<void>> source(std::shared_ptr<tree_transfer> self, std::string from, std::string to, bool into);
    static awaitable<outcome<void>> tree(std::shared_ptr<tree_transfer> self, std::string from, std::string to, attributes top);
    static awaitable<outcome<void>> directory(std::shared_ptr<tree_transfer> self, std::string path, attributes source,
                                              bool top);
    static awaitable<outcome<void>> entry(std::shared_ptr<tree_transfer> self, walk_entry e, std::string to, bool& skipped);
    static awaitable<outcome<void>> start_file(std::shared_ptr<tree_transfer> self, std::string from, std::string to,
                                               attributes known);
    static awaitable<outcome<void>> finish(std::shared_ptr<tree_transfer> self);
    static awaitable<outcome<void>> one(std::shared_ptr<tree_transfer> self, file_task task, std::string name, attempt which);
    static awaitable<outcome<void>> one_by_one(std::shared_ptr<tree_transfer> self);

    const std::shared_ptr<task_group> files_;
    const std::unique_ptr<transfer_end> from_, to_;
    /// Files for which the server had no handle left while others were open. They are moved at the end, one by one.
    std::vector<std::pair<file_task, std::string>> postponed_;
    std::vector<std::pair<std::string, attributes>> directories_; ///< directories whose attributes are set at the end
    std::vector<pending_link> links_; ///< links, which are made at the end, so that no file is written through them
    bool single_ = false; ///< one file was requested by its name, so its failure is the transfer's
    std::size_t most_files_ = SIZE_MAX; ///< the number of handles that the server has turned out to have
};

/// Returns: the path below `top`: "b/c" for "a/b/c" below "a".
std::string path_below(std::string_view top, std::string_view path);
/// Returns: the last part of a path; empty if that is not a plain name.
std::string last_part(std::string_view path);

} // namespace sshoal::sftp
