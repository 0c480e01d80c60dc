// file_pump.hpp - moves one file between a file system and the channel: the next block is read, or the last one written, while
// the channel takes or brings the present one.
#pragma once

#include "scp/copying.hpp"

namespace sshoal::scp {

/// Sends `size` bytes of a file, and with them the byte that says they are good. What cannot be read is sent as zeros, since the
/// number of bytes has been said, and the byte is left out.
/// Returns: why bytes are missing. Errors: as link.
awaitable<failure> send_bytes(copying& c, sftp::open_file& file, std::uint64_t size);

/// Receives `size` bytes into a file; after a write that fails, the rest is received and dropped.
/// Returns: what went wrong with the file. Errors: as link.
awaitable<failure> receive_bytes(copying& c, sftp::open_file& file, std::uint64_t size);

} // namespace sshoal::scp
