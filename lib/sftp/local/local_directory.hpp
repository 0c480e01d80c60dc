// local_directory.hpp - a folder of the machine, read batch by batch in the pool.
#pragma once

#include "sftp/local/tree.hpp"

#include "sshoal/file_system.hpp"

namespace sshoal::sftp::local {

std::shared_ptr<directory_reader> make_local_directory(std::shared_ptr<tree> files, opened_directory folder, executor work);

} // namespace sshoal::sftp::local
