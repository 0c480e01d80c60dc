// node_attributes.hpp - attributes of files read and set through descriptors, such as those opened with O_PATH.
#pragma once

#include "os/descriptor.hpp"

#include "sshoal/sftp_types.hpp"

#include <functional>
#include <optional>

#include <sys/stat.h>

namespace sshoal::sftp::local {

/// The kind of file system that has a file. Operations on memory never wait for a disk; on a network even attributes may wait.
enum class medium { memory, disk, network };
medium medium_of(int fd) noexcept;

attributes attributes_of(const struct ::stat& s);
std::optional<attributes> attributes_of(int fd); ///< nothing, and errno, if fstat(2) fails
outcome<file_system_info> information_about(int fd);

/// Opens the same file once more, with these flags of open(2).
using reopen_function = std::function<os::descriptor(int flags)>;

/// Sets the members of `a` in the order of OpenSSH: size, permissions, times, owner. Every member is tried, and the first failure
/// is returned. `node` may be opened with O_PATH and may be a link, which is not followed. Operations that such a descriptor does
/// not allow use a descriptor of `reopen`.
outcome<void> apply_attributes(int node, const attributes& a, const reopen_function& reopen);
/// The same for an open file.
outcome<void> apply_to_open(int fd, const attributes& a);

/// chmod(2) for a descriptor that may be opened with O_PATH. Returns: false, and errno.
bool change_mode(int node, unsigned mode, const reopen_function& reopen);

} // namespace sshoal::sftp::local
