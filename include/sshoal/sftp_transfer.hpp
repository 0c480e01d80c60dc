// sftp_transfer.hpp - how client::get(), put() and copy() move files.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/executor.hpp>
#include <sshoal/sftp_types.hpp>
#include <sshoal/transfer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace sshoal SSHOAL_API {
namespace sftp {

class file_system;

/// The treatment of a file that exists already.
enum class existing : std::uint8_t {
    replace, ///< overwrite the file
    resume,  ///< append the missing rest to a shorter file; the existing bytes are compared only if verify() is set
    keep,    ///< leave the file alone; it counts as skipped
    fail,    ///< fail with status::file_already_exists
};

/// Gives client::put_from() the next bytes. Returns: the number of bytes; 0 at the end. An exception ends the transfer with
/// errc::file_error and the exception's text.
using transfer_source = std::function<awaitable<std::size_t>(std::span<std::byte> into)>;
/// Takes the next bytes from client::get_to(). An exception ends the transfer with errc::file_error and the exception's text.
using transfer_sink = std::function<awaitable<void>(std::span<const std::byte> from)>;

/// Options of transfers. Setters return the object.
class transfer_options {
public:
    transfer_options() {}
    transfer_options& recursive(bool on = true) { recursive_ = on; return *this; }
    /// Keeps times and all mode bits. Otherwise a new file has only the source's permissions (0777).
    transfer_options& preserve(bool on = true) { preserve_ = on; return *this; }
    transfer_options& glob(bool on = true) { glob_ = on; return *this; } ///< * ? [...] in any part of the source's path
    transfer_options& if_exists(existing e) { existing_ = e; return *this; }
    transfer_options& resume() { return if_exists(existing::resume); }
    /// Compares both ends with check-file after the transfer, and fails with errc::files_differ if they differ. Errors:
    /// errc::not_supported if the server has no check-file.
    transfer_options& verify(bool on = true) { verify_ = on; return *this; }
    /// Writes to "NAME.XXXXXX.part" beside the target and renames that file at the end, so that an interrupted transfer never
    /// leaves a half file under the final name. Otherwise the bytes that have arrived stay under that name.
    transfer_options& by_rename(bool on = true) { by_rename_ = on; return *this; }
    /// Overwrites an existing file in place and cuts it at the end, instead of emptying it first. Source and target may then be
    /// the same file.
    transfer_options& in_place(bool on = true) { in_place_ = on; return *this; }
    transfer_options& sparse(bool on = true) { sparse_ = on; return *this; } ///< runs of zeros become holes
    transfer_options& sync(bool on = true) { sync_ = on; return *this; } ///< fsync before a file is done, if the target has fsync
    /// In trees, copies the files that links lead to. This is the default; otherwise the links themselves are made anew.
    transfer_options& follow_links(bool on = true) { follow_ = on; return *this; }
    transfer_options& rate(std::uint64_t bytes_per_second) { rate_ = bytes_per_second; return *this; } ///< 0: no limit
    transfer_options& files_at_once(std::size_t n) { files_ = n; return *this; } ///< default 64
    /// The most bytes under way at once; the depth of the pipeline follows the round trip up to this. Default 64 MiB.
    transfer_options& bytes_at_once(std::size_t n) { bytes_ = n; return *this; }
    /// The bytes of one request. Default 0: as many as the server takes.
    transfer_options& block(std::size_t bytes) { block_ = bytes; return *this; }
    /// The most requests of the session under way at once while the transfer runs. Default 0: as client_options says.
    transfer_options& requests_at_once(std::size_t n) { requests_ = n; return *this; }
    /// The reported size of a source is a hint: every file is moved up to its real end. If a file has grown when the transfer
    /// gets to the reported size, the size is requested again, this many times at most. The last answer is then the end, so that
    /// a log file that keeps growing does not keep the transfer going for ever. Default 4; 0: the first answer is the end.
    /// copy-data goes on to the end that the server sees.
    transfer_options& growth_checks(std::size_t times) { growth_ = times; return *this; }
    /// A source that has more bytes than its reported size, and reports the same size again, is read to its end, but at most this
    /// many bytes behind that size. If there are more bytes, the file is in transfer_result::skipped as well, with
    /// errc::capture_limit. Default 0: 16 times the size, and at least 256 MiB. A source that reports the size 0 (as files of
    /// proc(5) do), or no size, is read to its end.
    transfer_options& beyond_size(std::uint64_t bytes) { beyond_ = bytes; return *this; }
    transfer_options& progress(progress_function f) { progress_ = std::move(f); return *this; }
    /// The local files of get() and put(), such as files in memory or a class of the program's own. Default: the files of this
    /// machine, with relative paths from the current directory. Members are called on the strand where the transfer runs. A
    /// cancelled transfer waits for the end of an open(), write() or close() that has begun. A single file needs no more than
    /// open() and read() for put(), or open() and write() for get().
    transfer_options& files(std::shared_ptr<file_system> f) { local_ = std::move(f); return *this; }
    /// Called for every file and directory of a tree with its path below the top; false leaves the file or directory out.
    transfer_options& filter(std::function<bool(const std::string&, const attributes&)> f)
    {
        filter_ = std::move(f);
        return *this;
    }

    bool is_recursive() const noexcept { return recursive_; }
    bool preserves() const noexcept { return preserve_; }
    bool globs() const noexcept { return glob_; }
    existing if_exists() const noexcept { return existing_; }
    bool verifies() const noexcept { return verify_; }
    bool is_by_rename() const noexcept { return by_rename_; }
    bool is_in_place() const noexcept { return in_place_; }
    bool is_sparse() const noexcept { return sparse_; }
    bool syncs() const noexcept { return sync_; }
    bool follows_links() const noexcept { return follow_; }
    std::uint64_t rate() const noexcept { return rate_; }
    std::size_t files_at_once() const noexcept { return files_; }
    std::size_t bytes_at_once() const noexcept { return bytes_; }
    std::size_t block() const noexcept { return block_; }
    std::size_t requests_at_once() const noexcept { return requests_; }
    std::size_t growth_checks() const noexcept { return growth_; }
    /// Returns: how many bytes behind its reported size a source of this size is read.
    std::uint64_t bytes_beyond(std::uint64_t size) const noexcept
    {
        constexpr std::uint64_t factor = 16, least = 256u << 20;
        if (beyond_ > 0)
            return beyond_;
        return size > UINT64_MAX / factor ? UINT64_MAX : size * factor > least ? size * factor : least;
    }
    const progress_function& progress() const noexcept { return progress_; }
    const std::shared_ptr<file_system>& files() const noexcept { return local_; }
    const std::function<bool(const std::string&, const attributes&)>& filter() const noexcept { return filter_; }

private:
    bool recursive_ = false, preserve_ = false, glob_ = false, verify_ = false, by_rename_ = false, in_place_ = false,
         sparse_ = false, sync_ = false;
    bool follow_ = true;
    existing existing_ = existing::replace;
    std::uint64_t rate_ = 0, beyond_ = 0;
    std::size_t files_ = 64, bytes_ = 64u << 20, block_ = 0, requests_ = 0, growth_ = 4;
    progress_function progress_;
    std::shared_ptr<file_system> local_;
    std::function<bool(const std::string&, const attributes&)> filter_;
};

} // namespace sftp
} // namespace sshoal
