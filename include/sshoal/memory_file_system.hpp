// memory_file_system.hpp - files in memory, for tests and for servers whose files come from elsewhere.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/file_system.hpp>

#include <memory>

namespace sshoal SSHOAL_API {
namespace sftp {

/// Options of make_memory_file_system(). Setters return the object.
class memory_options {
public:
    memory_options() {}
    /// Limits the bytes of all files together, and refuses more with "no space". Each block of 64 KiB whose predecessor is not
    /// full counts 4 KiB besides. Default 64 MiB.
    memory_options& capacity(std::uint64_t bytes) { capacity_ = bytes; return *this; }
    /// Limits the number of files, directories and links of both kinds below the root. Default 65536.
    memory_options& max_files(std::size_t n) { files_ = n; return *this; }
    std::uint64_t capacity() const noexcept { return capacity_; }
    std::size_t max_files() const noexcept { return files_; }

private:
    std::uint64_t capacity_ = 64u << 20;
    std::size_t files_ = 65536;
};

/// Makes an empty file system with the directories, links of both kinds, attributes and renames of POSIX. Sessions and threads
/// may share it. Holes take no space beyond the block of 64 KiB in which they end: a file of 8 TiB with one byte at its end takes
/// at most 68 KiB.
std::shared_ptr<file_system> make_memory_file_system(memory_options options = {});

} // namespace sftp
} // namespace sshoal
