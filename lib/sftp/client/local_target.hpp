// local_target.hpp - a file that get() writes, under its final name, or under a temporary name until the file is complete.
#pragma once

#include "sftp/client/local_files.hpp"
#include "sftp/local/small_file.hpp"
#include "sshoal/sftp_transfer.hpp"

namespace sshoal::sftp {

/// All members are called on the strand of the transfer's session. A cancellation does not interrupt the
/// operations: a write that went on after it could leave a gap in a file that is resumed meanwhile, and an open() a temporary file
/// that nobody removes.
class local_target {
public:
    local_target(files_ptr files, const transfer_options& how, std::string path);
    local_target(const local_target&) = delete;
    /// A file with a temporary name is removed.
    ~local_target();

    /// Opens the file. `permissions`: those of the source.
    static awaitable<outcome<void>> open(std::shared_ptr<local_target> self, std::uint32_t permissions);
    static awaitable<outcome<void>> write(std::shared_ptr<local_target> self, std::uint64_t offset, std::shared_ptr<block> data);
    /// Does all that open(), write() and finish() do, for a file whose contents are in one block.
    static awaitable<outcome<void>> write_all(std::shared_ptr<local_target> self, std::uint32_t permissions,
                                              std::shared_ptr<block> data, attributes set);
    /// To be called when all has been written. Sets the given attributes, syncs and closes the file, and gives the file its name.
    /// Refusals of mode, times and sync are in notes().
    static awaitable<outcome<void>> finish(std::shared_ptr<local_target> self, attributes set);
    /// To be called if the contents will not be completed. Cuts the file to the bytes that are right, so that it can be resumed,
    /// or removes it.
    static awaitable<void> give_up(std::shared_ptr<local_target> self, std::uint64_t good);
    /// The same for destructors, which cannot wait.
    void abandon(std::uint64_t good) noexcept;

    bool in_order() const noexcept { return file_ && file_->in_order(); }
    /// Returns: the operations that were refused, and why.
    std::vector<std::pair<const char*, failure>>& notes() noexcept { return notes_; }

private:
    awaitable<outcome<void>> open_file_now(std::uint32_t permissions);
    awaitable<outcome<std::shared_ptr<open_file>>> open_beside(attributes initial);
    awaitable<outcome<void>> write_in_one_step(local::small_file_writer& writer, local::small_file f);
    static awaitable<outcome<void>> write_step_by_step(std::shared_ptr<local_target> self, std::uint32_t permissions,
                                                       std::shared_ptr<block> data, attributes set);
    awaitable<outcome<void>> write_now(std::uint64_t offset, std::shared_ptr<block> data);
    awaitable<outcome<void>> finish_now(attributes set);
    awaitable<outcome<void>> set_size(std::uint64_t size);
    awaitable<void> set_mode_and_times(attributes set);
    awaitable<outcome<void>> give_name();
    awaitable<outcome<void>> undo(std::uint64_t good);

    const files_ptr files_;
    const std::string path_;
    std::string name_; ///< the name under which the file is written
    const bool beside_, follow_, cuts_, sync_;
    const open_mode mode_; ///< of a file under its final name
    std::shared_ptr<open_file> file_;
    std::vector<std::pair<const char*, failure>> notes_;
    bool complete_ = false;
};

} // namespace sshoal::sftp
