// disk_file.hpp - a file of this machine, at the other end of a transfer. What waits for the disk is to be
// called on the disk's threads.
#pragma once

#include "sftp/local/page_cache.hpp"
#include "sshoal/sftp_types.hpp"

#include <memory>

namespace sshoal::sftp {

/// "open NAME: No such file or directory".
failure disk_failure(int number, const char* what, const std::string& path);

class disk_file {
public:
    disk_file() = default;
    disk_file(const disk_file&) = delete;
    ~disk_file();

    failure open_to_read(std::string path);
    /// `fresh`: what is there is emptied; otherwise it is kept, for resuming.
    /// `through_link`: where there is a link, the file that it leads to.
    failure open_to_write(std::string path, std::uint32_t permissions, bool fresh, bool through_link);
    /// Writes to a new file beside `path`; commit() gives it that name. Without commit() it is removed again.
    failure open_beside(std::string path, std::uint32_t permissions);

    /// Without waiting, on the strand. Returns: bytes; `all` where nothing is left to do.
    std::size_t read_at_once(std::uint64_t offset, std::span<std::byte> into, bool& all);
    std::size_t write_at_once(std::uint64_t offset, byte_view from, bool& all);

    /// The first byte from `offset` on that is in no hole; the end where only a hole follows.
    std::uint64_t next_data(std::uint64_t offset) const noexcept;

    outcome<attributes> stat() const;
    /// Returns: bytes read; fewer only at the end.
    outcome<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) const;
    failure write(std::uint64_t offset, byte_view from) const;
    failure sync() const;
    failure set_size(std::uint64_t size) const;
    failure set_mode(std::uint32_t permissions) const;
    failure set_times(file_time access, file_time modification) const;
    /// The file is complete: gives it its name, and closes it.
    failure commit();

    /// When the last that writes lets go of it, it is cut to this size if it is longer.
    void cut_at_end(std::uint64_t size) noexcept { cut_ = size; }

    const std::string& path() const noexcept { return path_; }

private:
    failure open(int flags, std::uint32_t permissions);

    void look();

    int fd_ = -1;
    std::uint64_t cut_ = UINT64_MAX;
    local::page_cache at_once_;
    std::string path_, final_; ///< final_: where commit() moves it
};

/// lstat() or stat(). Nothing where there is no such file.
outcome<std::optional<attributes>> disk_stat(const std::string& path, bool follow);

} // namespace sshoal::sftp
