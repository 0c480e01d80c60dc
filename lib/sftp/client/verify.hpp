// verify.hpp - are two files the same, without moving either: the server's check-file, and our own reading.
#pragma once

#include "sftp/client/file_state.hpp"
#include "sftp/client/local_files.hpp"

namespace sshoal::sftp {

/// A file of this machine against one at the server.
/// Errors: errc::mac_mismatch where they differ; errc::not_supported where the server has no check-file.
awaitable<outcome<void>> compare_with_local(session_ptr session, std::string remote, files_ptr files, std::string local);
/// Files at two servers, which may be the same.
awaitable<outcome<void>> compare_remote(session_ptr a, std::string path_a, session_ptr b, std::string path_b);

} // namespace sshoal::sftp
