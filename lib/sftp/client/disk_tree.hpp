// disk_tree.hpp - directories and links of this machine, at the other end of a transfer. All functions wait for the disk.
#pragma once

#include "sftp/client/disk_file.hpp"

#include <vector>

namespace sshoal::sftp {

/// Entries but "." and "..", by name; attributes are of links themselves.
outcome<std::vector<directory_entry>> disk_list(const std::string& path);
/// An existing directory will do; a link to one only as the top of a tree.
failure disk_make_directory(const std::string& path, bool top);
failure disk_make_symlink(const std::string& target, const std::string& path);
outcome<std::string> disk_read_link(const std::string& path);
/// Mode and times of a directory.
failure disk_set_directory(const std::string& path, const attributes& a);

} // namespace sshoal::sftp
