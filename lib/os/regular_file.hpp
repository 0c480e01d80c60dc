// regular_file.hpp - reads whole small files without being held up: a FIFO, a device or a directory in the place of a key file is
// refused instead of waited for, and a file past the limit is not read at all.
#pragma once

#include "base/secure.hpp"
#include "sshoal/error.hpp"

#include <optional>

#include <sys/stat.h>

namespace sshoal::os {

class regular_file {
public:
    /// Nothing where no file of this name exists. Errors: file_error.
    static outcome<std::optional<regular_file>> open(const std::string& path);

    regular_file(regular_file&& other) noexcept;
    regular_file& operator=(regular_file&&) = delete;
    ~regular_file();

    /// Owner and mode, of the file that is open and not of whatever has the name by now.
    const struct ::stat& status() const noexcept { return status_; }

    /// All of it. Errors: file_error, also where there is more than `limit`.
    outcome<secure_bytes> read(std::size_t limit);

private:
    regular_file(int descriptor, std::string path, const struct ::stat& status)
        : fd_(descriptor)
        , path_(std::move(path))
        , status_(status)
    {
    }

    int fd_;
    std::string path_;
    struct ::stat status_;
};

/// Opens and reads; a missing file is an error as well.
outcome<secure_bytes> read_file(const std::string& path, std::size_t limit);

/// Writes a file that did not exist before, readable for its owner only from its first instant. What was written is
/// removed again if not all of it could be. Errors: file_error.
outcome<void> write_new_file(const std::string& path, byte_view content);

/// Appends a line to a regular file that is created with mode 0600, in a folder that is created with mode 0700. A last line that
/// is not ended is ended first. Errors: file_error.
outcome<void> append_line(const std::string& path, std::string_view line);

/// errc::file_error with the path and errno's words.
failure file_failure(const std::string& path, int error_number);

} // namespace sshoal::os
