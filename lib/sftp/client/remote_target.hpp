// remote_target.hpp - a file that a put() or copy() writes at a server: under its own name, or beside it until it is complete.
#pragma once

#include "sftp/client/file_state.hpp"
#include "sshoal/sftp_transfer.hpp"

namespace sshoal::sftp {

/// On the strand of its session. One that goes away before it is complete removes what lies beside.
class remote_target {
public:
    remote_target(session_ptr s, const transfer_options& how, std::string path);
    remote_target(const remote_target&) = delete;
    ~remote_target();

    /// Opens it for the contents of a file like `source`.
    /// Returns: the bytes that are there already from an earlier attempt.
    static awaitable<outcome<std::uint64_t>> open(std::shared_ptr<remote_target> self, attributes source);
    /// One WRITE. Returns: when the server has said yes.
    static awaitable<outcome<void>> write(std::shared_ptr<remote_target> self, std::uint64_t offset, std::shared_ptr<block> data);
    /// Cuts it to what has been written without gaps, as far as that can still be asked for. Does not wait.
    void cut(std::uint64_t size) noexcept;
    /// All has been written: attributes, fsync, CLOSE, the name. A server that refuses attributes or fsync has the file all the
    /// same: see notes(). That it cannot be cut to its size is a failure.
    static awaitable<outcome<void>> finish(std::shared_ptr<remote_target> self, std::uint64_t size, attributes source);

    /// finish() has to take off what was there before, unless as much is written again.
    bool is_cut_at_end() const noexcept { return in_place_ && before_ != 0u; }
    /// The words for what was refused, and why.
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
    std::string name_; ///< that it is written under
    const bool preserve_, sparse_, sync_, beside_, in_place_;
    const existing existing_;
    std::shared_ptr<remote_handle> handle_;
    std::optional<std::uint64_t> before_; ///< the size of what was there; 0: nothing was
    std::vector<std::pair<const char*, failure>> notes_;
    bool exclusive_ = false, complete_ = false, may_be_there_ = false;
};

} // namespace sshoal::sftp
