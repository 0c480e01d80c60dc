// file_pump.hpp - moves one file between a file system and the channel. The next block is read, or the last block written, while
// the channel sends or receives the present one.
#pragma once

#include "scp/copying.hpp"

namespace sshoal::scp {

/// Sends `size` bytes of a file, and the byte that confirms them. If bytes cannot be read, zeros are sent in their place, since
/// the size has been announced, and the confirming byte is left out.
/// Returns: why bytes are missing. Errors: as link.
awaitable<failure> send_bytes(copying& c, sftp::open_file& file, std::uint64_t size);

/// Receives `size` bytes into a file. After a failed write, the rest is received and dropped.
/// Returns: the failure of the file. Errors: as link.
awaitable<failure> receive_bytes(copying& c, sftp::open_file& file, std::uint64_t size);

} // namespace sshoal::scp
