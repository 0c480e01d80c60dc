#include "sftp/client/handles.hpp"

#include <boost/asio/dispatch.hpp>

namespace sshoal::sftp {

using sftp_protocol::type;

namespace {

/// For destructors, on any thread.
template <class F>
void post_on_strand_of(const core_ptr& core, F f) noexcept
{
    if (core->over())
        return;
    try {
        if (const executor ex = core->strand())
            asio::dispatch(ex, std::move(f));
    } catch (...) { // no memory for the request: the server closes its handles when the session ends
    }
}

} // namespace

void client_handle::close() const noexcept
{
    post_on_strand_of(core, [c = core] { c->end(failure(errc::closed, "SFTP session")); });
}

void post_request(const std::shared_ptr<client_handle>& session, type request, const std::string& subject) noexcept
{
    post_on_strand_of(session->core, [s = session, request, subject] {
        sftp_protocol::packet p(request, 0);
        p.string(subject);
        s->core->send_unanswered(std::move(p));
    });
}

void post_truncation(const std::shared_ptr<client_handle>& session, const std::string& handle, std::uint64_t size) noexcept
{
    post_on_strand_of(session->core, [s = session, handle, size] {
        sftp_protocol::packet p(type::fsetstat, 0);
        p.string(handle).attrs(attributes().with_size(size));
        s->core->send_unanswered(std::move(p));
    });
}

remote_handle::~remote_handle()
{
    if (closed_)
        return;
    --session->handles_open;
    post_request(session, type::close, text_);
}

failure remote_handle::usable() const
{
    if (core().over())
        return core().trouble();
    return closed_ ? failure(status::invalid_handle, printable(path) + " is closed") : failure();
}

awaitable<outcome<void>> remote_handle::close(std::shared_ptr<remote_handle> self)
{
    if (failure f = self->usable())
        co_return f;
    self->closed_ = true;
    --self->session->handles_open;
    auto closing = close_handle(self->session->core, self->text_, self->path);
    outcome<void> r = co_await std::move(closing);
    co_return r;
}

} // namespace sshoal::sftp
