// page_cache.hpp - reads and writes of open files: to the end, or as far as they go without waiting for a disk.
#pragma once

#include "base/bytes.hpp"
#include "sftp/local/node_attributes.hpp"

namespace sshoal::sftp::local {

/// Bytes moved, and errno where that was not all.
struct moved {
    std::size_t bytes = 0;
    int error = 0;
};

moved read_fully(int fd, std::uint64_t offset, std::span<std::byte> into) noexcept;
moved write_fully(int fd, std::uint64_t offset, byte_view from) noexcept;

/// What one open file can do at once, on a strand: all where it is in memory, and what the page cache has or takes elsewhere.
class page_cache {
public:
    page_cache() noexcept = default; ///< nothing at once
    page_cache(bool regular, medium where) noexcept
        : in_memory_(regular && where == medium::memory), reads_(regular), writes_(regular)
    {
    }

    bool is_memory() const noexcept { return in_memory_; }
    /// `all`: nothing is left to be moved; else the rest is for a thread that may wait.
    moved read(int fd, std::uint64_t offset, std::span<std::byte> into, bool& all) noexcept;
    moved write(int fd, std::uint64_t offset, byte_view from, bool& all) noexcept;

private:
    bool in_memory_ = false;
    bool reads_ = false, writes_ = false; ///< whether the file system knows RWF_NOWAIT
};

} // namespace sshoal::sftp::local
