// page_cache.hpp - reads and writes of open files, either completely, or as far as possible without waiting for a disk.
#pragma once

#include "base/bytes.hpp"
#include "sftp/local/node_attributes.hpp"

namespace sshoal::sftp::local {

/// The bytes moved, and errno if not all were.
struct moved {
    std::size_t bytes = 0;
    int error = 0;
};

moved read_fully(int fd, std::uint64_t offset, std::span<std::byte> into) noexcept;
moved write_fully(int fd, std::uint64_t offset, byte_view from) noexcept;

/// Reads and writes of one open file that cannot wait, for a strand: everything if the file is in memory, otherwise the part that
/// the page cache has or takes.
class page_cache {
public:
    page_cache() noexcept = default; ///< moves nothing at once
    page_cache(bool regular, medium where) noexcept
        : in_memory_(regular && where == medium::memory), reads_(regular), writes_(regular)
    {
    }

    bool is_memory() const noexcept { return in_memory_; }
    /// `all`: set if no rest is left; otherwise the rest is for a thread that may wait.
    moved read(int fd, std::uint64_t offset, std::span<std::byte> into, bool& all) noexcept;
    moved write(int fd, std::uint64_t offset, byte_view from, bool& all) noexcept;

private:
    bool in_memory_ = false;
    bool reads_ = false, writes_ = false; ///< whether the file system knows RWF_NOWAIT
};

} // namespace sshoal::sftp::local
