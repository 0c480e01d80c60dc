// permissions.hpp - the requests that are allowed in a session, and the VERSION packet that offers them.
#pragma once

#include "sftp/protocol/requests.hpp"
#include "sshoal/sftp_server.hpp"

#include <bitset>

namespace sshoal::sftp {

class permissions {
public:
    /// Errors: invalid_argument for an unknown name in the lists.
    static outcome<permissions> make(const serve_options& options, const file_system& files);

    bool allows(const sftp_protocol::request& r) const noexcept
    {
        return std::size_t(r.what) >= sftp_protocol::operation_count
               || (allowed_[std::size_t(r.what)] && !(read_only_ && sftp_protocol::is_change(r)));
    }
    /// Returns: the whole VERSION packet.
    bytes version() const;

private:
    bool offers(sftp_protocol::operation o) const noexcept;

    std::bitset<sftp_protocol::operation_count> allowed_, there_;
    bool read_only_ = false;
};

} // namespace sshoal::sftp
