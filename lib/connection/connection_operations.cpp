#include "connection/connection_operations.hpp"

#include "base/access.hpp"
#include "net/crossing.hpp"

namespace sshoal::conn::operations {

awaitable<outcome<channel>> open_channel(std::shared_ptr<connection_handle> c, std::string type, std::vector<std::byte> body,
                                         channel_options options)
{
    auto state = std::make_shared<channel_state>(c->state);
    outcome<void> opened = co_await channel_state::open(state, type, body, options);
    // OpenSSH's server counts a session until it has worked through the client's CLOSE, so it may refuse a new session although
    // it has that CLOSE already. The open is tried once more.
    if (!opened && opened.error().code() == errc::channel_open_refused && type == session_type
        && c->state->sessions_closed > 0) {
        state = std::make_shared<channel_state>(c->state);
        outcome<void> again = co_await channel_state::open(state, std::move(type), std::move(body), std::move(options));
        if (!again)
            c->state->sessions_closed = 0;
        opened = std::move(again);
    }
    if (!opened)
        co_return opened.error();
    auto handle = std::make_shared<channel_handle>(std::move(state), std::move(c));
    co_return detail::access::make<channel>(std::move(handle));
}

channel accept(const std::shared_ptr<connection_handle>& c, std::uint64_t token, std::span<const std::byte> body,
               std::shared_ptr<request_sink> sink)
{
    if (c->state->ended())
        return channel();
    auto state = std::make_shared<channel_state>(c->state);
    state->set_sink(std::move(sink));
    std::shared_ptr<mux::channel> opened = c->state->mux().accept(token, *state, body);
    if (!opened)
        return channel();
    state->attach(std::move(opened));
    c->state->kick();
    return detail::access::make<channel>(std::make_shared<channel_handle>(std::move(state), c));
}

awaitable<outcome<std::optional<std::vector<std::byte>>>> request(std::shared_ptr<connection_handle> c, std::string name,
                                                                  std::vector<std::byte> body)
{
    connection_state& s = *c->state;
    if (s.ended())
        co_return s.why();
    connection_state::reply_wait w(s.ready());
    w.token = s.new_token();
    w.what = name;
    outcome<void> sent = s.mux().request_global(name, true, body, w.token);
    if (!sent)
        co_return sent.error();
    w.enter(s.global_waits);
    s.kick();
    const wake why = co_await w.done.wait();
    if (w.answered) {
        std::optional<std::vector<std::byte>> reply;
        if (w.success)
            reply.emplace(std::move(w.body));
        co_return std::move(reply);
    }
    if (why == wake::cancelled && w.list) {
        s.mux().abandon_global(w.token);
        co_return net::aborted();
    }
    co_return w.why_none ? w.why_none : s.why();
}

awaitable<outcome<void>> notify(std::shared_ptr<connection_handle> c, std::string name, std::vector<std::byte> body)
{
    connection_state& s = *c->state;
    if (s.ended())
        co_return s.why();
    outcome<void> sent = s.mux().request_global(name, false, body, 0);
    if (!sent)
        co_return sent.error();
    s.kick();
    co_return outcome<void>();
}

awaitable<outcome<void>> rekey(std::shared_ptr<connection_handle> c)
{
    connection_state& s = *c->state;
    if (s.ended())
        co_return s.why();
    const std::uint64_t before = s.rekeys_done;
    s.core().rekey();
    s.kick();
    while (s.rekeys_done == before) {
        if (s.ended())
            co_return s.why();
        const wake w = co_await s.rekeyed.wait();
        if (w == wake::cancelled && s.rekeys_done == before)
            co_return net::aborted();
    }
    co_return outcome<void>();
}

awaitable<outcome<std::chrono::nanoseconds>> ping(std::shared_ptr<connection_handle> c)
{
    connection_state& s = *c->state;
    if (s.ended())
        co_return s.why();
    connection_state::reply_wait w(s.ready());
    w.token = s.new_token();
    w.what = "keepalive@openssh.com";
    const time_point sent = clock::now();
    s.core().set_now(sent);
    if (!s.core().ping(w.token))
        co_return s.ended() ? s.why() : failure(errc::too_many_pending, "global requests without an answer");
    w.enter(s.ping_waits);
    s.kick();
    const wake why = co_await w.done.wait();
    if (w.answered)
        co_return std::chrono::nanoseconds(clock::now() - sent);
    if (why == wake::cancelled && w.list)
        co_return net::aborted();
    co_return w.why_none ? w.why_none : s.why();
}

awaitable<outcome<failure>> wait_closed(std::shared_ptr<connection_state> c)
{
    while (!c->ended()) {
        const wake w = co_await c->closed.wait();
        if (w == wake::cancelled && !c->ended())
            co_return outcome<failure>(boost::system::in_place_error, net::aborted());
    }
    co_return outcome<failure>(boost::system::in_place_value, c->why());
}

awaitable<outcome<void>> until_closed(std::shared_ptr<connection_state> c)
{
    auto waiting = wait_closed(std::move(c));
    const outcome<failure> ended = co_await std::move(waiting);
    co_return ended ? *ended : ended.error();
}

} // namespace sshoal::conn::operations
