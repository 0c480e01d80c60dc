// copy.hpp - files from one server to another, or to another place of the same.
#pragma once

#include "sftp/client/tree_transfer.hpp"

namespace sshoal::sftp {

/// `to` may be the same session. Directories only with recursive().
awaitable<outcome<transfer_result>> copy_all(session_ptr from_session, session_ptr to_session, std::string from, std::string to,
                                             transfer_options how);

} // namespace sshoal::sftp
