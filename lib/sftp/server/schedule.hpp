// schedule.hpp - decides which requests may be worked on side by side, so that the client cannot tell them from requests in
// order.
#pragma once

#include "sftp/protocol/requests.hpp"

namespace sshoal::sftp {

struct open_handle;

/// The handles and files that a request touches.
struct footprint {
    const open_handle* handle = nullptr; ///< null if the request names files by their paths
    const open_handle* second = nullptr;
    std::string_view path; ///< the path of OPEN, or of the file behind a handle
    bool changes = false; ///< the request may change what other requests see
    bool moves_handle = false; ///< READDIR and CLOSE change the handle itself
    bool opens = false;
};

footprint footprint_of(const sftp_protocol::request& r, const open_handle* handle, const open_handle* second) noexcept;

/// Returns: whether the later request must wait for the end of the earlier one.
bool conflict(const footprint& earlier, const footprint& later) noexcept;

} // namespace sshoal::sftp
