#include "sftp/server/schedule.hpp"

#include "sftp/server/handles.hpp"

namespace sshoal::sftp {

using sftp_protocol::operation;

footprint footprint_of(const sftp_protocol::request& r, const open_handle* handle, const open_handle* second) noexcept
{
    footprint f;
    f.handle = handle;
    f.second = second;
    f.path = handle ? std::string_view(handle->path) : std::string_view(r.path);
    f.opens = r.what == operation::open;
    f.moves_handle = r.what == operation::readdir || r.what == operation::close;
    // Written data may become visible, or fail, only in CLOSE.
    f.changes = sftp_protocol::is_change(r)
                || (r.what == operation::close && handle && has(handle->mode, open_mode::write | open_mode::append));
    return f;
}

bool conflict(const footprint& a, const footprint& b) noexcept
{
    const auto touches = [](const footprint& f, const open_handle* h) { return h && (f.handle == h || f.second == h); };
    if (touches(a, b.handle) || touches(a, b.second))
        return a.changes || b.changes || a.moves_handle || b.moves_handle;
    if (!a.changes && !b.changes)
        return false;
    if (a.handle && b.handle)
        return false;
    // Files are opened beside work on other files. Two names may belong to the same file, but a client that depends on the order
    // waits for the answers.
    if ((a.opens && (b.handle || b.opens)) || (b.opens && a.handle))
        return a.path == b.path;
    return true;
}

} // namespace sshoal::sftp
