// verify.hpp - compares two files without moving them, by digests of check-file and of local files.
#pragma once

#include "sftp/client/file_state.hpp"
#include "sftp/client/local_files.hpp"

namespace sshoal::sftp {

/// Compares a local file with a file at the server.
/// Errors: errc::files_differ if they differ; errc::not_supported if the server has no check-file.
awaitable<outcome<void>> compare_with_local(session_ptr session, std::string remote, files_ptr files, std::string local);
/// Compares files at two servers, which may be the same server.
awaitable<outcome<void>> compare_remote(session_ptr a, std::string path_a, session_ptr b, std::string path_b);

} // namespace sshoal::sftp
