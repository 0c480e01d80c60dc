// tree_transfer.hpp - which files a get(), put() or copy() moves, and where to.
#pragma once

#include "sftp/client/transfer.hpp"
#include "sftp/client/transfer_end.hpp"

namespace sshoal::sftp {

awaitable<outcome<transfer_result>> get_all(session_ptr session, std::string remote, std::string local, transfer_options how);
awaitable<outcome<transfer_result>> put_all(session_ptr session, std::string local, std::string remote, transfer_options how);
/// From one server to another, or to another place of the same: `to` may be the same session.
awaitable<outcome<transfer_result>> copy_all(session_ptr from_session, session_ptr to_session, std::string from, std::string to,
                                             transfer_options how);

/// From one end to the other: one coroutine that finds files, those that are under way, and what becomes of each. What the ends
/// are is known by derived classes, which move files between them.
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

    /// Moves what `from` stands for, itself or all that match it.
    static awaitable<outcome<transfer_result>> all(std::shared_ptr<tree_transfer> self, std::string from, std::string to);

    const transfer_ptr whole;

protected:
    /// One file, from its opening to its verification.
    virtual awaitable<outcome<void>> move(file_task task) = 0;

    core_ptr one_server_; ///< both ends are at this server, where a source may be its own target

private:
    enum class attempt { first, last };
    struct pending_link {
        std::string target, path, name;
    };
    /// Waits for the coroutine that finds the files, and for all that it has started.
    /// Errors: the first; nothing is under way any more then, whether it was returned or thrown.
    static awaitable<outcome<void>> run(std::shared_ptr<tree_transfer> self, awaitable<outcome<void>> finding);
    /// Starts a file when fewer than files_at_once() are under way.
    static awaitable<outcome<void>> start(std::shared_ptr<tree_transfer> self, file_task task, std::string name);
    /// Left out, unless it is all that there is, or nothing goes on any more.
    outcome<void> skip_or_fail(std::string name, failure f);
    bool wanted(const std::string& below, const attributes& a) const
    {
        return !whole->how.filter() || whole->how.filter()(below, a);
    }

    /// For trees: waits for all files that are under way.
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
    /// Files for which the server had no handle left, while others were open; they come last, one by one.
    std::vector<std::pair<file_task, std::string>> postponed_;
    std::vector<std::pair<std::string, attributes>> directories_; ///< whose attributes are set at the end
    std::vector<pending_link> links_; ///< made at the end, so that nothing is written through them
    bool single_ = false; ///< one file was asked for by name: what fails is an error
    std::size_t most_files_ = SIZE_MAX; ///< as many as the server has turned out to have handles for
};

/// "a/b/c" below "a" is "b/c".
std::string path_below(std::string_view top, std::string_view path);
/// The last part of a path; empty where that is no plain name.
std::string last_part(std::string_view path);

} // namespace sshoal::sftp
