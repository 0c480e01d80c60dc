// file_kind.hpp - finds out whether a path at the server is a directory, even if the attributes do not say so.
#pragma once

#include "sftp/client/operations.hpp"

namespace sshoal::sftp {

/// This choice says whether links are followed.
enum class symlinks { follow, keep };

/// Finds out the type of a file whose attributes do not have it, with LSTAT and READLINK if links are not followed, and with
/// OPENDIR.
/// Returns: the attributes that LSTAT reports, or `known` with the type of a link or directory; otherwise `known` without a type.
/// Errors: only the failure that ended the session, and operation_aborted.
awaitable<outcome<attributes>> with_known_type(core_ptr core, std::string path, attributes known, symlinks links);

/// Returns: whether a path leads to a directory, according to STAT, or to OPENDIR if STAT is refused or reports no type.
/// Errors: the failure that ended the session, and operation_aborted.
awaitable<outcome<bool>> is_directory_at(core_ptr core, std::string path);

} // namespace sshoal::sftp
