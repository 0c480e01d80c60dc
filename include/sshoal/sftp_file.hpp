// sftp_file.hpp - files and directories that are open at an SFTP server (draft-ietf-secsh-filexfer-02 §6).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/lines.hpp>
#include <sshoal/sftp_types.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal::sftp {
struct file_handle;
struct directory_handle;
} // namespace sshoal::sftp

namespace sshoal SSHOAL_API {
namespace sftp {

/// The place from which seek() counts.
enum class seek_from : std::uint8_t { begin, current, end };

/// A part of a file, for file::read_ranges().
struct byte_range {
    std::uint64_t offset = 0;
    std::size_t size = 0;
};

/// Options of sequential reading and writing.
class stream_options {
public:
    stream_options() {}
    /// The bytes that are requested before the program reads them, once reading turns out to be sequential; 0: none. Default
    /// 4 MiB.
    stream_options& read_ahead(std::size_t bytes) { ahead_ = bytes; return *this; }
    /// The bytes that may be under way when write() returns; 0: write() waits for the server's answer each time. A failure is
    /// reported by the next write(), flush() or close(). Default 0.
    stream_options& write_behind(std::size_t bytes) { behind_ = bytes; return *this; }
    std::size_t read_ahead() const noexcept { return ahead_; }
    std::size_t write_behind() const noexcept { return behind_; }

private:
    std::size_t ahead_ = 4u << 20, behind_ = 0;
};

/// An open file. The object is a cheap handle: copies share the file and its position. The file is closed, without waiting, when
/// the last handle is gone.
///
/// For all operations. Errors: sftp::status (context: the path and the server's text), errc::invalid_argument for an empty
/// handle, and the failure that ended the session. Cancellation: terminal, partial, total - a request that has been sent is not
/// taken back; its late answer is dropped. Executor: any; no hop is made on get_executor(), the connection's strand. Lifetime:
/// spans must live until the operation completes. Any number of operations may run side by side, but sequential reads and writes
/// share one position, so only one of them may run at a time.
class file {
public:
    file() noexcept; ///< a handle without a file
    explicit operator bool() const noexcept { return bool(self_); }

    /// Reads at an offset until the span is full or the file ends. A long read is cut into requests that travel together.
    /// Returns: bytes read; fewer than asked only at the end.
    awaitable<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into);
    /// Reads many parts of the file, whose requests travel together. Returns: the parts in the order of the ranges; a part is
    /// shorter than its range only at the end of the file.
    awaitable<std::vector<std::vector<std::byte>>> read_ranges(std::vector<byte_range> ranges);
    /// Writes the whole span at an offset. Returns: when the server has confirmed every byte.
    awaitable<void> write_at(std::uint64_t offset, std::span<const std::byte> from);

    /// Reads from the position on. Returns: bytes read, at least 1; 0 at the end.
    awaitable<std::size_t> read_some(std::span<std::byte> into);
    /// Reads from the position on until the span is full. Returns: bytes read; fewer than asked only at the end.
    awaitable<std::size_t> read(std::span<std::byte> into);
    /// Reads to the end. Errors: errc::capture_limit if there are more than `most` bytes.
    awaitable<std::string> read_all(std::size_t most = 1u << 30);
    /// Reads a line from the position on; see line_reader::next(). The position is then that of the next line. A read that fails
    /// or is cancelled leaves the position at the beginning of the line.
    awaitable<std::optional<std::string>> read_line(std::size_t limit = default_text_limit);
    /// Reads up to this text. Returns: everything up to the text, and the text itself; the position is behind it.
    /// Errors: errc::text_not_found if the file ends before; errc::line_too_long if everything would be longer than the limit;
    /// errc::invalid_argument for an empty text. The position stays after an error.
    awaitable<std::string> read_until(std::string text, std::size_t limit = default_text_limit);
    /// Returns: a reader of the lines from the position on, which keeps the file open.
    line_reader lines(std::size_t limit = default_text_limit) const;
    /// Writes from the position on; see stream_options::write_behind().
    awaitable<void> write(std::span<const std::byte> from);
    awaitable<void> write(std::string_view text);
    /// Waits for the writes that are under way. Errors: the first failure of these writes.
    awaitable<void> flush();
    /// Sets how sequential reads and writes work. Must be called on the strand, before the first of them.
    void streaming(stream_options how);

    /// Returns: the new position. Reading ahead starts anew. A position from the end needs the size, so the server is asked for
    /// it.
    awaitable<std::uint64_t> seek(std::int64_t to, seek_from where = seek_from::begin);
    std::uint64_t position() const noexcept; ///< must be called on the strand

    awaitable<attributes> stat();
    awaitable<void> set_attributes(attributes a);
    awaitable<void> truncate(std::uint64_t size);
    awaitable<void> chmod(std::uint32_t permissions);
    awaitable<void> chown(std::uint32_t uid, std::uint32_t gid);
    awaitable<void> utime(file_time access, file_time modification);
    awaitable<void> sync();                  ///< fsync@openssh.com: the data is on the disk. Errors: errc::not_supported
    awaitable<file_system_info> statvfs();   ///< fstatvfs@openssh.com. Errors: errc::not_supported
    /// Asks the server for digests of a part of the file (check-file): one digest for each `block` bytes, or a single digest if
    /// `block` is 0. `length` 0: to the end. `algorithms`: names of hasher::names(), comma-separated, the best first:
    /// "sha256,sha1".
    /// Returns: the algorithm that the server chose, and the digests in a row. Errors: errc::not_supported.
    awaitable<std::pair<std::string, std::vector<std::byte>>> check(std::string algorithms, std::uint64_t offset = 0,
                                                                    std::uint64_t length = 0, std::uint32_t block = 0);

    /// Closes the file for all copies of the handle. The failures of writes that were under way are reported here at the latest.
    awaitable<void> close();

    const std::string& path() const noexcept; ///< the path with which the file was opened
    executor get_executor() const noexcept;

private:
    friend struct detail::access;
    explicit file(std::shared_ptr<file_handle> h) noexcept;
    std::shared_ptr<file_handle> self_;
};

/// A directory that is being read. The memory does not grow with the number of entries. The object is a cheap handle; the
/// directory is closed when the last handle is gone. Errors, cancellation, executor: as for file. One operation at a time.
class directory {
public:
    directory() noexcept; ///< a handle without a directory
    explicit operator bool() const noexcept { return bool(self_); }

    /// Returns: the next entry, without "." and ".."; nothing at the end. The server is asked for more entries before the last
    /// entry has been taken.
    awaitable<std::optional<directory_entry>> next();
    /// Returns: the entries that have arrived, at least one; none at the end.
    awaitable<std::vector<directory_entry>> next_batch();
    awaitable<void> close();

    const std::string& path() const noexcept;
    executor get_executor() const noexcept;

private:
    friend struct detail::access;
    explicit directory(std::shared_ptr<directory_handle> h) noexcept;
    std::shared_ptr<directory_handle> self_;
};

} // namespace sftp
} // namespace sshoal
