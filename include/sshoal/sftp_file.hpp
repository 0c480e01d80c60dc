// sftp_file.hpp - files and directories that are open at an SFTP server (draft-ietf-secsh-filexfer-02 §6).
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>
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

/// Where seek() counts from.
enum class seek_from : std::uint8_t { begin, current, end };

/// Options of sequential reading and writing.
class stream_options {
public:
    stream_options() {}
    /// Bytes that are asked for before they are read, once reading is seen to be sequential; 0: none. Default 4 MiB.
    stream_options& read_ahead(std::size_t bytes) { ahead_ = bytes; return *this; }
    /// Bytes that write() may have under way when it returns; 0: it waits for the server's word each time. What fails is reported
    /// by the next write(), flush() or close(). Default 0.
    stream_options& write_behind(std::size_t bytes) { behind_ = bytes; return *this; }
    std::size_t read_ahead() const noexcept { return ahead_; }
    std::size_t write_behind() const noexcept { return behind_; }

private:
    std::size_t ahead_ = 4u << 20, behind_ = 0;
};

/// A file that is open. A cheap handle: copies share the file and its position. Dropping the last one closes it, without waiting.
///
/// For all operations. Errors: sftp::status (context: the path, and the server's words), errc::invalid_argument for an empty
/// handle, and what ended the session. Cancellation: terminal, partial, total - a request that has left is not taken back; its
/// late answer is dropped. Executor: any; on get_executor(), the connection's strand, no hop is made. Lifetime: spans must live
/// until the operation completes. Any number of operations may run side by side, but sequential reads and writes share one
/// position: one at a time.
class file {
public:
    file() noexcept; ///< no file
    explicit operator bool() const noexcept { return bool(self_); }

    /// Reads at an offset until the span is full or the file ends; long ones are cut into pieces that travel together.
    /// Returns: bytes read; less than asked only at the end.
    awaitable<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into);
    /// Writes all of it at an offset. Returns: when the server has taken everything.
    awaitable<void> write_at(std::uint64_t offset, std::span<const std::byte> from);

    /// Reads on from the position. Returns: bytes read, at least 1; 0 at the end.
    awaitable<std::size_t> read_some(std::span<std::byte> into);
    /// Reads on until the span is full. Returns: bytes read; less than asked only at the end.
    awaitable<std::size_t> read(std::span<std::byte> into);
    /// Reads to the end. Errors: errc::capture_limit where there is more than `most`.
    awaitable<std::string> read_all(std::size_t most = 1u << 30);
    /// Writes on from the position; see stream_options::write_behind().
    awaitable<void> write(std::span<const std::byte> from);
    awaitable<void> write(std::string_view text);
    /// Waits for writes that are under way. Errors: the first that failed.
    awaitable<void> flush();
    /// Sets how sequential reads and writes work. Call on the strand, before them.
    void streaming(stream_options how);

    /// Returns: the new position. Reading ahead starts anew. From the end: asks the server for the size.
    awaitable<std::uint64_t> seek(std::int64_t to, seek_from where = seek_from::begin);
    std::uint64_t position() const noexcept; ///< call on the strand

    awaitable<attributes> stat();
    awaitable<void> set_attributes(attributes a);
    awaitable<void> truncate(std::uint64_t size);
    awaitable<void> chmod(std::uint32_t permissions);
    awaitable<void> chown(std::uint32_t uid, std::uint32_t gid);
    awaitable<void> utime(file_time access, file_time modification);
    awaitable<void> sync();                  ///< fsync@openssh.com: the data is on the disk. Errors: errc::not_supported
    awaitable<file_system_info> statvfs();   ///< fstatvfs@openssh.com. Errors: errc::not_supported
    /// The server's checksum of a part (check-file): one digest for each `block` bytes, or one for all where that is 0. `length`
    /// 0: to the end. `algorithms`: names as hasher::names() has them, comma-separated, the best first: "sha256,sha1".
    /// Returns: the one that the server chose, and the digests in a row. Errors: errc::not_supported.
    awaitable<std::pair<std::string, std::vector<std::byte>>> check(std::string algorithms, std::uint64_t offset = 0,
                                                                    std::uint64_t length = 0, std::uint32_t block = 0);

    /// Closes it; the errors of writes under way are reported here at the latest. Other copies of the handle are then closed too.
    awaitable<void> close();

    const std::string& path() const noexcept; ///< as it was opened
    executor get_executor() const noexcept;

private:
    friend struct detail::access;
    explicit file(std::shared_ptr<file_handle> h) noexcept;
    std::shared_ptr<file_handle> self_;
};

/// A directory that is being read; memory stays flat, however many entries it has. A cheap handle; dropping the last one closes
/// it. Errors, cancellation, executor: as for file. One operation at a time.
class directory {
public:
    directory() noexcept; ///< no directory
    explicit operator bool() const noexcept { return bool(self_); }

    /// Returns: the next entry, "." and ".." left out; nothing at the end. The server is asked for more before the last has been
    /// taken.
    awaitable<std::optional<directory_entry>> next();
    /// Returns: those that are there, at least one; none at the end.
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
