// schedule.hpp - which requests may be worked on side by side, so that it looks to the client as if they were done in order.
#pragma once

#include "sftp/protocol/requests.hpp"

namespace sshoal::sftp {

struct open_handle;

/// What a request touches.
struct footprint {
    const open_handle* handle = nullptr; ///< none: it names files by their paths
    const open_handle* second = nullptr;
    std::string_view path; ///< of OPEN, and of the file behind a handle
    bool changes = false; ///< what others could see
    bool moves_handle = false; ///< READDIR, CLOSE: the handle itself is different after it
    bool opens = false;
};

footprint footprint_of(const sftp_protocol::request& r, const open_handle* handle, const open_handle* second) noexcept;

/// Whether the later one has to wait for the end of the earlier one.
bool conflict(const footprint& earlier, const footprint& later) noexcept;

} // namespace sshoal::sftp
