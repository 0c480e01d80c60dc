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
#include <string>

namespace sshoal SSHOAL_API {
namespace sftp {

class file_system;

/// What is done about a file that is there already.
enum class existing : std::uint8_t {
    replace, ///< overwrite it
    resume,  ///< go on behind what it has, if it is shorter; what is there is not compared unless verify() asks for it
    keep,    ///< leave it alone: the file counts as skipped
    fail,    ///< status::file_already_exists
};

/// Options of transfers. Setters return the object.
class transfer_options {
public:
    transfer_options() {}
    transfer_options& recursive(bool on = true) { recursive_ = on; return *this; }
    /// Times, and all mode bits; without it only the permissions of a new file (0777).
    transfer_options& preserve(bool on = true) { preserve_ = on; return *this; }
    transfer_options& glob(bool on = true) { glob_ = on; return *this; } ///< * ? [...] in the source's last and other parts
    transfer_options& if_exists(existing e) { existing_ = e; return *this; }
    transfer_options& resume() { return if_exists(existing::resume); }
    /// Compares both ends by check-file after the transfer, and fails with errc::mac_mismatch where they differ. Errors:
    /// errc::not_supported where the server has no check-file.
    transfer_options& verify(bool on = true) { verify_ = on; return *this; }
    /// Writes to "NAME.XXXXXX.part" beside the target and renames at the end, so that an interrupted transfer never leaves a half
    /// file under the final name. Without it, what has arrived stays under that name.
    transfer_options& by_rename(bool on = true) { by_rename_ = on; return *this; }
    /// An existing file is overwritten where it is and cut at the end, instead of being emptied first: source and target may then
    /// be the same file.
    transfer_options& in_place(bool on = true) { in_place_ = on; return *this; }
    transfer_options& sparse(bool on = true) { sparse_ = on; return *this; } ///< runs of zeros become holes
    transfer_options& sync(bool on = true) { sync_ = on; return *this; }     ///< fsync before a file counts as done, where there is one
    /// In trees; default: yes. Else links are remade.
    transfer_options& follow_links(bool on = true) { follow_ = on; return *this; }
    transfer_options& rate(std::uint64_t bytes_per_second) { rate_ = bytes_per_second; return *this; } ///< 0: no limit
    transfer_options& files_at_once(std::size_t n) { files_ = n; return *this; } ///< default 64
    /// Data that may be under way at once; the depth follows the round trip up to this. Default 64 MiB.
    transfer_options& bytes_at_once(std::size_t n) { bytes_ = n; return *this; }
    /// Of one request; default 0: what the server takes.
    transfer_options& block(std::size_t bytes) { block_ = bytes; return *this; }
    /// Requests under way at once, of all files of the transfer together, while it runs; default 0: client_options says it.
    transfer_options& requests_at_once(std::size_t n) { requests_ = n; return *this; }
    /// A size is a hint: every file is moved up to its end, wherever that is. A file that has grown when the transfer gets to the
    /// size told before is asked for its size again, and moved up to that, this many times; the last answer is the end then, so
    /// that a log that somebody goes on writing does not keep the transfer for ever. Default 4; 0: the first answer is the end.
    /// copy-data goes on to the end that the server sees.
    transfer_options& growth_checks(std::size_t times) { growth_ = times; return *this; }
    /// A source that has more bytes than it tells, and still tells the same when it is asked again, is read until it has no more,
    /// but no further than this many bytes behind that size; if there are more, the file is in transfer_result::skipped as well,
    /// with errc::capture_limit. Default 0: 16 times the size, and at least 256 MiB. A source that tells 0 (as files of proc(5)
    /// do) or nothing is read until it has no more.
    transfer_options& beyond_size(std::uint64_t bytes) { beyond_ = bytes; return *this; }
    transfer_options& progress(progress_function f) { progress_ = std::move(f); return *this; }
    /// The local files of get() and put(): files in memory, or a class of your own. Default: those of this machine, relative paths
    /// from the current directory. Members are called on the strand where the transfer runs; a cancelled transfer waits for the
    /// end of an open(), write() or close() that has begun. A file of put() needs open() and read() alone; one of get() open()
    /// and write().
    transfer_options& files(std::shared_ptr<file_system> f) { local_ = std::move(f); return *this; }
    /// Asked about every file and directory of a tree, by its path below the top; false leaves it out.
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
    /// Returns the offset at which a source of this size is given up, though it has more.
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
