// Requests on a channel, in both directions.

#include "connection/channel_state.hpp"

#include "net/crossing.hpp"

#include <algorithm>
#include <utility>

namespace sshoal::conn {

failure channel_state::begin_request(connection_state::reply_wait& w, std::string_view type, byte_view body)
{
    if (failure f = why_closed())
        return f;
    w.token = link_->new_token();
    w.what = type;
    outcome<void> sent = channel_->request(type, true, body, w.token);
    if (!sent)
        return sent.error();
    w.enter(reply_waits_);
    link_->kick();
    return {};
}

awaitable<outcome<bool>> channel_state::finish_request(std::shared_ptr<channel_state> self, connection_state::reply_wait& w)
{
    while (!w.answered) {
        if (!w.list) {
            const failure f = w.why_none ? w.why_none : self->why_closed();
            co_return net::failed_bool(f ? f : failure(errc::channel_closed));
        }
        const wake why = co_await w.done.wait();
        if (why == wake::cancelled && w.list) {
            self->channel_->abandon_request(w.token);
            co_return net::failed_bool(net::aborted());
        }
    }
    co_return w.success;
}

awaitable<outcome<bool>> channel_state::request(std::shared_ptr<channel_state> self, std::string type,
                                                std::vector<std::byte> body)
{
    connection_state::reply_wait w(self->link_->ready());
    if (failure f = self->begin_request(w, type, body))
        co_return net::failed_bool(std::move(f));
    outcome<bool> granted = co_await finish_request(self, w);
    co_return granted;
}

void channel_state::on_reply(std::uint64_t token, bool success)
{
    const auto it = std::find_if(reply_waits_.begin(), reply_waits_.end(), [&](const auto* w) { return w->token == token; });
    if (it == reply_waits_.end())
        return;
    connection_state::reply_wait& w = **it;
    reply_waits_.erase(it);
    w.answered = true;
    w.success = success;
    w.over();
}

void channel_state::on_no_reply(std::uint64_t token, mux::no_reply why)
{
    if (why == mux::no_reply::unimplemented)
        return on_reply(token, false);
    const auto it = std::find_if(reply_waits_.begin(), reply_waits_.end(), [&](const auto* w) { return w->token == token; });
    if (it == reply_waits_.end())
        return;
    connection_state::reply_wait& w = **it;
    reply_waits_.erase(it);
    w.why_none = link_->reply_overdue(w.what);
    w.over();
}

/// Some servers do not answer a request for a terminal or a program, and just run the program: its first output counts as the
/// answer. An answer that comes later finds no coroutine that waits.
void channel_state::program_has_output()
{
    std::vector<connection_state::reply_wait*> waits = std::exchange(reply_waits_, {});
    for (connection_state::reply_wait* const w : waits) {
        if (!w->implied) {
            reply_waits_.push_back(w);
            continue;
        }
        channel_->abandon_request(w->token);
        w->answered = w->success = true;
        w->over();
    }
}

awaitable<outcome<void>> channel_state::notify(std::shared_ptr<channel_state> self, std::string type, std::vector<std::byte> body)
{
    if (failure f = self->why_closed())
        co_return f;
    outcome<void> sent = self->channel_->request(type, false, body, 0);
    if (!sent)
        co_return sent.error();
    self->link_->kick();
    co_return outcome<void>();
}

void channel_state::on_request(const mux::incoming_request& r)
{
    if (sink_ && sink_->take_request(r)) {
        program_has_output();
        state_changed_.wake_all();
        activity_.wake_all();
        link_->kick();
        return;
    }
    if (r.type == reset_request && !r.want_reply) {
        peer_reset_ = true;
        return;
    }
    // The protocol does not bound requests that want no reply, so they are bounded here.
    constexpr std::size_t most_waiting = 64;
    if (!extra_ || !extra_->listening || extra_->requests.size() >= most_waiting) {
        if (r.want_reply)
            channel_->reply(r.token, false);
        return;
    }
    channel_request q;
    q.type = r.type;
    q.body.assign(r.body.begin(), r.body.end());
    q.want_reply = r.want_reply;
    q.token = r.token;
    extra_->requests.push_back(std::move(q));
    extra_->arrived.wake_one();
}

awaitable<outcome<std::optional<channel_request>>> channel_state::next_request(std::shared_ptr<channel_state> self)
{
    extra& e = self->more_state();
    e.listening = true;
    for (;;) {
        if (!e.requests.empty()) {
            std::optional<channel_request> r(std::move(e.requests.front()));
            e.requests.erase(e.requests.begin());
            co_return std::move(r);
        }
        if (self->stage_ == stage::closed)
            co_return std::optional<channel_request>();
        const wake w = co_await e.arrived.wait();
        if (w == wake::cancelled) {
            if (!e.requests.empty())
                e.arrived.wake_one(); // the wake-up may have been meant for this coroutine
            co_return net::aborted();
        }
    }
}

void channel_state::answer(const channel_request& r, bool granted)
{
    if (!r.want_reply || !channel_)
        return;
    channel_->reply(r.token, granted);
    link_->kick();
}

} // namespace sshoal::conn
