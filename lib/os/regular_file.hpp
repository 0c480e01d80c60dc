// regular_file.hpp - reads whole small files without waiting: a FIFO, a device or a directory in the place of a key file is
// refused, and a file past the limit is not read at all.
#pragma once

#include "base/secure.hpp"
#include "os/descriptor.hpp"
#include "sshoal/error.hpp"

#include <optional>

#include <sys/stat.h>

namespace sshoal::os {

class regular_file {
public:
    /// Returns: the file; nothing if no file has this name. Errors: file_error.
    static outcome<std::optional<regular_file>> open(const std::string& path);

    /// Returns: owner and mode of the file that is open; another file may have its name by now.
    const struct ::stat& status() const noexcept { return status_; }

    /// Returns: the whole content. Errors: file_error, also if there are more than `limit` bytes.
    outcome<secure_bytes> read(std::size_t limit);

private:
    regular_file(descriptor fd, std::string path, const struct ::stat& status)
        : fd_(std::move(fd))
        , path_(std::move(path))
        , status_(status)
    {
    }

    descriptor fd_;
    std::string path_;
    struct ::stat status_;
};

/// Returns: whether this is /dev/null, which people write where they want an empty file.
bool is_null_device(const std::string& path) noexcept;

/// Opens a file and reads its content. Errors: file_error, also if there is no such file.
outcome<secure_bytes> read_file(const std::string& path, std::size_t limit);

/// Writes a new file that only its owner can read, from its first instant. If not all of the content can be written, the file is
/// removed again. Errors: file_error, also if the file exists.
outcome<void> write_new_file(const std::string& path, byte_view content);

/// Writes the content to a file beside this one, which then takes the place of this one in one step: a reader finds either the
/// old content or the new one. Owner and mode stay; a new file has mode 0600, in a folder that is created with mode 0700. A
/// symbolic link stays, and the file that it names is replaced. Errors: file_error, also for anything but a regular file.
outcome<void> replace_file(const std::string& path, byte_view content);

/// Appends a line to a regular file that is created with mode 0600, in a folder that is created with mode 0700. If the last line
/// of the file has no line end, it gets one first. Errors: file_error.
outcome<void> append_line(const std::string& path, std::string_view line);

/// Returns: errc::file_error with the path and the text of `error_number`.
failure file_failure(const std::string& path, int error_number);

} // namespace sshoal::os
