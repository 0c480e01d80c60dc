// file.hpp - open files and directories of the file system in memory.
#pragma once

#include "sftp/memory/tree.hpp"
#include "sshoal/file_system.hpp"

namespace sshoal::sftp::memory {

std::shared_ptr<open_file> make_open_file(std::shared_ptr<node> n, open_mode mode);
std::shared_ptr<directory_reader> make_directory_reader(std::shared_ptr<tree> t, std::shared_ptr<node> n);

inline outcome<void> outcome_of(failure f) { return f ? outcome<void>(std::move(f)) : outcome<void>(); }

} // namespace sshoal::sftp::memory
