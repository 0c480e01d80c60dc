// write_small_file.hpp - a whole small file of the machine, as a function that may wait.
#pragma once

#include "sftp/local/small_file.hpp"
#include "sftp/local/tree.hpp"

namespace sshoal::sftp::local {

/// `opened`: the file, opened as `f` says.
small_file_result write_small_file(tree& files, const small_file& f, outcome<opened_file> opened);

} // namespace sshoal::sftp::local
