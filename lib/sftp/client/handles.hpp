// handles.hpp - the objects that the public handles share. The last owner closes the session, file or directory without waiting.
#pragma once

#include "sftp/client/operations.hpp"

#include <atomic>

namespace sshoal::sftp {

struct client_handle {
    explicit client_handle(core_ptr c) noexcept : core(std::move(c)) {}
    client_handle(const client_handle&) = delete;
    ~client_handle() { close(); }
    void close() const noexcept; ///< any thread
    const core_ptr core;
    std::atomic<std::size_t> handles_open{0}; ///< handles of files and directories that are open at the server
};

/// One handle at the server. Every open file and directory has one.
class remote_handle {
public:
    remote_handle(std::shared_ptr<client_handle> s, std::string h, std::string p)
        : session(std::move(s)), path(std::move(p)), text_(std::move(h))
    {
        ++session->handles_open;
    }
    remote_handle(const remote_handle&) = delete;
    ~remote_handle();

    client_core& core() const noexcept { return *session->core; }
    /// Returns: why the handle cannot be used: it is closed, or the session is over; none if it can.
    failure usable() const;
    const std::string& text() const noexcept { return text_; }
    /// Sends CLOSE. To be called once.
    static awaitable<outcome<void>> close(std::shared_ptr<remote_handle> self);

    const std::shared_ptr<client_handle> session;
    const std::string path; ///< the path as the program gave it

private:
    std::string text_;
    bool closed_ = false;
};

/// Returns: whether an OPEN or OPENDIR may have been refused because the server has no more handles. SFTP has no status code for
/// that.
inline bool may_lack_handles(const failure& f) noexcept { return f.code() == make_error_code(status::failure); }

/// Sends a request about a handle or path, and drops the answer. For destructors, on any thread.
void post_request(const std::shared_ptr<client_handle>& session, sftp_protocol::type request,
                        const std::string& subject) noexcept;
/// The same for FSETSTAT with a size.
void post_truncation(const std::shared_ptr<client_handle>& session, const std::string& handle, std::uint64_t size) noexcept;

/// Returns: the handle. Errors (thrown): errc::invalid_argument for an empty handle.
template <class Handle>
const std::shared_ptr<Handle>& non_empty(const std::shared_ptr<Handle>& h)
{
    if (!h)
        throw error(failure(errc::invalid_argument, "an empty SFTP handle"));
    return h;
}

} // namespace sshoal::sftp
