// remote_target.hpp - a file that put() or copy() writes at a server, under its final name, or under a temporary name until the
// file is complete.
#pragma once

#include "sftp/client/file_state.hpp"
#include "sshoal/sftp_transfer.hpp"

namespace sshoal::sftp {

/// All members are called on the strand of the session. The destructor removes a file with a temporary name.
class remote_target {
public:
    remote_target(session_ptr s, const transfer_options& how, std::string path);
    remote_target(const remote_target&) = delete;
    ~remote_target();

    /// Opens the file for the contents of a file with the attributes `source`.
    /// Returns: how many bytes of an earlier attempt are to be kept.
    static awaitable<outcome<std::uint64_t>> open(std::shared_ptr<remote_target> self, attributes source);
    /// Sends one WRITE. Returns: when the server has confirmed it.
    static awaitable<outcome<void>> write(std::shared_ptr<remote_target> self, std::uint64_t offset, std::shared_ptr<block> data);
    /// Cuts the file to the bytes that have been written without gaps, if the session still goes on. Does not wait.
    void cut(std::uint64_t size) noexcept;
    /// To be called when all has been written. Sets attributes, sends fsync and CLOSE, and gives the file its name. Refusals of
    /// attributes and fsync are in notes(). If the server does not cut the file to its size, that is a failure.
    static awaitable<outcome<void>> finish(std::shared_ptr<remote_target> self, std::uint64_t size, attributes source);

    /// Returns: whether finish() must cut off older contents, if fewer bytes are written than the file had.
    bool is_cut_at_end() const noexcept { return in_place_ && before_ != 0u; }
    /// Returns: the operations that were refused, and why.
    std::vector<std::pair<const char*, failure>>& notes() noexcept { return notes_; }
    const std::string& handle() const noexcept { return handle_->text(); }
    const std::shared_ptr<remote_handle>& remote() const noexcept { return handle_; }

private:
    awaitable<outcome<std::uint64_t>> look_before();
    awaitable<outcome<void>> settle(attributes at_the_end);
    awaitable<outcome<void>> set_size(std::uint64_t size);
    awaitable<outcome<void>> give_name();
    bool is_beside() const noexcept { return name_ != path_; }

    const session_ptr session_;
    const std::string path_;
    std::string name_; ///< the name under which the file is written
    const bool preserve_, sparse_, sync_, beside_, in_place_;
    const existing existing_;
    std::shared_ptr<remote_handle> handle_;
    std::optional<std::uint64_t> before_; ///< the size that the file had before; 0 if there was none
    std::vector<std::pair<const char*, failure>> notes_;
    bool exclusive_ = false, complete_ = false, may_be_there_ = false;
};

} // namespace sshoal::sftp
