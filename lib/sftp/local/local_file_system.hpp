// local_file_system.hpp - make_local_file_system() with a choice that tests need.
#pragma once

#include "sftp/local/path_space.hpp"

namespace sshoal::sftp::local {

std::shared_ptr<file_system> make_file_system(const local_options& options, resolution how);

} // namespace sshoal::sftp::local
