// file_state.hpp - the state behind the public handles: of a file, its position and the pieces under way; of a directory, the
// entries that have arrived.
#pragma once

#include "sftp/client/pieces.hpp"
#include "sshoal/sftp_file.hpp"

namespace sshoal::sftp {

using session_ptr = std::shared_ptr<client_handle>;

struct file_handle {
    explicit file_handle(std::shared_ptr<remote_handle> h)
        : remote(std::move(h)), writer(std::make_shared<piece_writer>(remote))
    {
    }

    static awaitable<outcome<file>> open(session_ptr session, std::string path, open_mode mode, attributes initial);
    static awaitable<outcome<std::size_t>> read_at(std::shared_ptr<file_handle> self, std::uint64_t offset,
                                                   std::span<std::byte> into);
    static awaitable<outcome<void>> write_at(std::shared_ptr<file_handle> self, std::uint64_t offset, byte_view from);
    static awaitable<outcome<std::size_t>> read_some(std::shared_ptr<file_handle> self, std::span<std::byte> into);
    static awaitable<outcome<std::size_t>> read(std::shared_ptr<file_handle> self, std::span<std::byte> into);
    static awaitable<outcome<std::string>> read_all(std::shared_ptr<file_handle> self, std::size_t most);
    static awaitable<outcome<void>> write(std::shared_ptr<file_handle> self, byte_view from);
    static awaitable<outcome<void>> flush(std::shared_ptr<file_handle> self);
    static awaitable<outcome<std::uint64_t>> seek(std::shared_ptr<file_handle> self, std::int64_t to, seek_from where);
    static awaitable<outcome<void>> close(std::shared_ptr<file_handle> self);

    /// Sets the position back over the bytes that were read last.
    void unread(std::size_t n);

    client_core& core() const noexcept { return remote->core(); }
    const core_ptr& shared_core() const noexcept { return remote->session->core; }

    std::shared_ptr<remote_handle> remote;
    std::shared_ptr<piece_writer> writer;
    std::uint64_t position = 0;
    stream_options how;

private:
    friend class pending_read_some;
    void stop_reading_ahead();

    std::shared_ptr<piece_reader> reader_;
    std::shared_ptr<block> current_; ///< the last piece; its bytes from taken_ on have not been read yet
    std::size_t taken_ = 0;
};

/// Reads from a file's position on, in steps like those of pieces.hpp.
class pending_read_some {
public:
    pending_read_some(std::shared_ptr<file_handle> f, std::span<std::byte> into) noexcept : file_(std::move(f)), into_(into) {}
    bool over();
    auto wait() { return at_ ? at_->wait() : piece_->wait(); }
    void woken(wake w) { at_ ? at_->woken(w) : piece_->woken(w); }
    const outcome<std::size_t>& result() const { return *result_; }

private:
    void take_from_current();
    void take_piece();

    std::shared_ptr<file_handle> file_;
    std::span<std::byte> into_;
    std::optional<pending_read_at> at_; ///< used if nothing is read ahead
    std::optional<pending_piece> piece_;
    std::optional<outcome<std::size_t>> result_;
};

struct directory_handle {
    explicit directory_handle(std::shared_ptr<remote_handle> h) : remote(std::move(h)) {}
    static awaitable<outcome<directory>> open(session_ptr session, std::string path);
    /// Sends the next READDIR before it returns entries.
    static awaitable<outcome<std::vector<directory_entry>>> batch(std::shared_ptr<directory_handle> self);
    static awaitable<outcome<std::optional<directory_entry>>> next(std::shared_ptr<directory_handle> self);
    /// Returns: the entries that have not been read yet. Errors: errc::capture_limit if there are more than
    /// client_options::max_entries().
    static awaitable<outcome<std::vector<directory_entry>>> rest(std::shared_ptr<directory_handle> self);
    /// Reads the remaining entries into memory and closes the handle, for servers that have no more handles.
    static awaitable<outcome<void>> keep_rest(std::shared_ptr<directory_handle> self);

    std::shared_ptr<remote_handle> remote;

private:
    failure ask();

    std::unique_ptr<awaited_reply> under_way_;
    std::vector<directory_entry> come_;
    std::size_t taken_ = 0;
    bool ended_ = false;
};

awaitable<outcome<std::vector<std::vector<std::byte>>>> read_ranges_of(std::shared_ptr<file_handle> file,
                                                                       std::vector<byte_range> ranges);
awaitable<outcome<std::string>> read_whole_file(session_ptr session, std::string path, std::size_t most);
awaitable<outcome<void>> write_whole_file(session_ptr session, std::string path, byte_view contents, attributes initial);

} // namespace sshoal::sftp
