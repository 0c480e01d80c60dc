// transfer.hpp - the state that all files of one get(), put() or copy() share.
#pragma once

#include "parking/task_group.hpp"
#include "sftp/client/file_state.hpp"
#include "sftp/client/local_files.hpp"
#include "sftp/protocol/pipeline_depth.hpp"
#include "sshoal/sftp_transfer.hpp"

namespace sshoal::sftp {

using parking::task_group;

class transfer {
public:
    using clock = std::chrono::steady_clock;

    transfer(session_ptr s, transfer_options o);
    transfer(const transfer&) = delete;

    const session_ptr session;
    const transfer_options how;
    transfer_result result;

    client_core& core() const noexcept { return *session->core; }
    const core_ptr& shared_core() const noexcept { return session->core; }
    std::size_t piece_size(std::size_t servers) const noexcept;
    /// Returns: whether files are written under temporary names.
    bool beside() const noexcept { return how.is_by_rename() && how.if_exists() != existing::resume; }
    /// Returns: whether zeros need not be written, because the target is a new or emptied file.
    bool leaves_holes() const noexcept { return how.is_sparse() && (!how.is_in_place() || beside()); }
    /// Returns: whether a failed file is cut to the bytes without gaps, so that it can be resumed.
    bool cuts_failed() const noexcept { return !how.is_in_place() && !beside(); }

    /// Reports the progress of one file, at its begin, at its end, and at most every 100 ms in between.
    class meter {
    public:
        meter(transfer& t, std::string path, std::uint64_t size);
        void moved(std::size_t n);   ///< bytes went over the wire
        void had(std::uint64_t n);   ///< bytes of an earlier attempt are kept
        void done();
        void size(std::uint64_t n) noexcept { said_.size = n; }

    private:
        void tell();
        transfer& transfer_;
        transfer_progress said_;
        clock::time_point told_;
    };

    /// Waits until `n` bytes may be moved. For transfers with a limited rate.
    static awaitable<void> pace(std::shared_ptr<transfer> self, std::size_t n);
    void note(std::string path, std::string what, failure why);
    /// A file of this size, if it is known, is going to be moved.
    void found(std::optional<std::uint64_t> size) noexcept
    {
        ++files_found_;
        bytes_found_ += size.value_or(0);
    }
    /// No further file will be found.
    void found_all() noexcept { all_found_ = true; }
    void skip(std::string path, failure why) { result.skipped.emplace_back(std::move(path), std::move(why)); }

private:
    const client_core::request_limit limit_;
    const clock::time_point began_ = clock::now();
    clock::time_point next_ = began_; ///< when the next byte may be moved
    std::uint64_t bytes_ = 0, files_ = 0, files_found_ = 0, bytes_found_ = 0;
    bool all_found_ = false;
};

using transfer_ptr = std::shared_ptr<transfer>;

/// A file that is to be moved. Each path is in the form that its end takes.
class file_task {
public:
    file_task() {}
    std::string from, to;
    std::optional<attributes> known; ///< the attributes of the source
    bool* lacks_handles = nullptr;   ///< set if OPEN failed because the server may have no handle left
};

awaitable<outcome<void>> get_file(transfer_ptr t, files_ptr files, file_task task);
awaitable<outcome<void>> put_file(transfer_ptr t, files_ptr files, file_task task);

} // namespace sshoal::sftp
