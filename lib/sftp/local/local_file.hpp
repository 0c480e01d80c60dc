// local_file.hpp - an open file of the machine. Cached data is read and written at once; operations that may wait run in the
// pool.
#pragma once

#include "sftp/local/buffers.hpp"
#include "sftp/local/tree.hpp"

#include "sshoal/file_system.hpp"

namespace sshoal::sftp::local {

/// `made`: the path of a file that was opened with open_mode::exclusive, else empty.
std::shared_ptr<open_file> make_local_file(std::shared_ptr<tree> files, opened_file file, std::string made, executor work,
                                           std::shared_ptr<buffers> memory);

} // namespace sshoal::sftp::local
