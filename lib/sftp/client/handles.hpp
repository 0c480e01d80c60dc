// handles.hpp - what the public handles hold: their going away closes what they stand for, without waiting.
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
    std::atomic<std::size_t> handles_open{0}; ///< of files and directories, at the server
};

/// One handle of the server's; files and directories have one each.
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
    /// Errors: once it is closed.
    failure usable() const;
    const std::string& text() const noexcept { return text_; }
    /// CLOSE, once.
    static awaitable<outcome<void>> close(std::shared_ptr<remote_handle> self);

    const std::shared_ptr<client_handle> session;
    const std::string path; ///< as the user named it

private:
    std::string text_;
    bool closed_ = false;
};

/// Whether an OPEN or OPENDIR may have been refused because the server has no more handles: there is no better word for it.
inline bool may_lack_handles(const failure& f) noexcept { return f.code() == make_error_code(status::failure); }

/// A request about a handle or path whose answer nobody waits for; for destructors, on any thread.
void post_request(const std::shared_ptr<client_handle>& session, sftp_protocol::type request,
                        const std::string& subject) noexcept;
/// The same for FSETSTAT with a size.
void post_truncation(const std::shared_ptr<client_handle>& session, const std::string& handle, std::uint64_t size) noexcept;

/// Errors (thrown): errc::invalid_argument for an empty handle.
template <class Handle>
const std::shared_ptr<Handle>& non_empty(const std::shared_ptr<Handle>& h)
{
    if (!h)
        throw error(failure(errc::invalid_argument, "an empty SFTP handle"));
    return h;
}

} // namespace sshoal::sftp
