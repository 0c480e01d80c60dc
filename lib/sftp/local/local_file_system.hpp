// local_file_system.hpp - make_local_file_system() with choices that transfers and tests need.
#pragma once

#include "sftp/local/tree.hpp"

namespace sshoal::sftp::local {

std::shared_ptr<file_system> make_file_system(const local_options& options, resolution how,
                                              listing l = listing::with_long_names);

} // namespace sshoal::sftp::local
