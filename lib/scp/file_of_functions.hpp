// file_of_functions.hpp - a file system with one file, whose bytes come from a function or go to one.
#pragma once

#include "sshoal/file_system.hpp"
#include "sshoal/sftp_transfer.hpp"

namespace sshoal::scp {

/// Every name is the one file. It can be read if there is a source, and opened once for writing if there is a sink.
std::shared_ptr<sftp::file_system> make_file_of_functions(sftp::transfer_source from, sftp::transfer_sink to, sftp::attributes of);

} // namespace sshoal::scp
