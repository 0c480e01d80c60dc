// file_kind.hpp - what something at the server is, also where its attributes do not say it: what is done with it hangs on whether
// it is a directory.
#pragma once

#include "sftp/client/operations.hpp"

namespace sshoal::sftp {

/// Whether a link counts as itself or as what it leads to.
enum class symlinks { follow, keep };

/// Finds out what something is whose attributes do not tell its type: by LSTAT and READLINK where links are not followed, and by
/// whether OPENDIR succeeds.
/// Returns: the attributes with the type of a directory, or what LSTAT says; as they were for anything else.
/// Errors: only what ended the session, and operation_aborted.
awaitable<outcome<attributes>> with_known_type(core_ptr core, std::string path, attributes known, symlinks links);

/// Whether a path leads to a directory, by STAT, and where that is refused or says no type, by OPENDIR.
/// Errors: what ended the session, and operation_aborted.
awaitable<outcome<bool>> is_directory_at(core_ptr core, std::string path);

} // namespace sshoal::sftp
