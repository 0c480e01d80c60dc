// local_file.hpp - an open file of the machine: what is in memory is read at once, what must be waited for is done by the pool.
#pragma once

#include "sftp/local/buffers.hpp"
#include "sftp/local/tree.hpp"

#include "sshoal/file_system.hpp"

namespace sshoal::sftp::local {

std::shared_ptr<open_file> make_local_file(opened_file file, executor work, std::shared_ptr<buffers> memory, bool read_only);

} // namespace sshoal::sftp::local
