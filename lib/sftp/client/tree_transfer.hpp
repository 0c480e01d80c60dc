// tree_transfer.hpp - which files a get() or put() moves, and where to.
#pragma once

#include "sftp/client/transfer.hpp"
#include "sftp/client/trees.hpp"

namespace sshoal::sftp {

awaitable<outcome<transfer_result>> get_all(session_ptr session, std::string remote, std::string local, transfer_options how);
awaitable<outcome<transfer_result>> put_all(session_ptr session, std::string local, std::string remote, transfer_options how);

/// What both have in common: files under way, and what becomes of each.
class tree_transfer : public std::enable_shared_from_this<tree_transfer> {
public:
    tree_transfer(session_ptr s, transfer_options how)
        : whole(std::make_shared<transfer>(std::move(s), std::move(how)))
        , files(std::make_shared<crew>(whole->shared_core()))
    {
    }

    const transfer_ptr whole;
    const std::shared_ptr<crew> files;
    bool single = false; ///< one file was asked for by name: what fails is an error

    using file_mover = awaitable<outcome<void>> (*)(transfer_ptr, file_task);
    /// Starts a file when fewer than files_at_once() are under way.
    static awaitable<outcome<void>> start(std::shared_ptr<tree_transfer> self, file_mover move, file_task task, std::string name);
    /// Left out, unless it is all that there is, or nothing goes on any more.
    outcome<void> take_failure(std::string name, failure f);
    bool wanted(const std::string& below, const attributes& a) const
    {
        return !whole->how.filter() || whole->how.filter()(below, a);
    }

private:
    static awaitable<outcome<void>> one(std::shared_ptr<tree_transfer> self, file_mover move, file_task task, std::string name);
};

/// The last part of a path; empty where that is no plain name.
std::string last_part(std::string_view path);

} // namespace sshoal::sftp
