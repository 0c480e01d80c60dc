// client_request.hpp - a request of the client before it is sent, and the wait for its answer.
#pragma once

#include "sftp/client/awaited_reply.hpp"

#include <array>
#include <optional>

namespace sshoal::sftp {

using core_ptr = std::shared_ptr<client_core>;
class remote_handle;

/// A packet, the type of the expected answer, and the text for failures. Plain data, which any thread may make.
class client_request {
public:
    client_request(sftp_protocol::packet p, sftp_protocol::type expects, std::string for_failures)
        : packet(std::move(p)), expected(expects), what(std::move(for_failures))
    {
    }
    /// The request fails without being sent if the server does not offer this extension.
    client_request& needs(const client_core& core, std::string_view extension_name);
    /// The request fails without being sent if this handle has been closed: the server may use its name for another file.
    client_request& uses(std::shared_ptr<remote_handle> h)
    {
        (handles[0] ? handles[1] : handles[0]) = std::move(h);
        return *this;
    }
    /// If the request has been given up when the handle comes, the handle is closed.
    client_request& opens() { return late = late_reply::close_handle, *this; }

    sftp_protocol::packet packet;
    sftp_protocol::type expected;
    std::string what;
    late_reply late = late_reply::drop;
    failure refused;
    std::array<std::shared_ptr<remote_handle>, 2> handles;
};

/// A request under way, to be awaited in steps: while (!over()) woken(co_await wait()). This is not a coroutine, so that an
/// operation takes one coroutine frame.
class pending_answer {
public:
    pending_answer(client_core& core, client_request r) : core_(core), request_(std::move(r)), reply_(core) {}
    pending_answer(const pending_answer&) = delete;
    /// The first call sends the request. Returns: false if the answer must be waited for.
    bool over();
    auto wait() { return reply_.wait(); }
    void woken(wake);
    /// Returns: the body of the answer; empty for STATUS ok.
    outcome<bytes> take() { return std::move(*result_); }

private:
    client_core& core_;
    client_request request_;
    awaited_reply reply_;
    bool sent_ = false;
    std::optional<outcome<bytes>> result_;
};

/// Sends a request, waits, and decodes the body of the answer, or returns the failure. On the strand.
template <class T>
awaitable<outcome<T>> answer(core_ptr core, client_request request, outcome<T> (*decode)(outcome<bytes>))
{
    pending_answer pending(*core, std::move(request));
    while (!pending.over()) {
        const wake w = co_await pending.wait();
        pending.woken(w);
    }
    co_return decode(pending.take());
}

} // namespace sshoal::sftp
