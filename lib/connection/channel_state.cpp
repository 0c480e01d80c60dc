#include "connection/channel_state.hpp"

#include "base/duration_text.hpp"
#include "net/crossing.hpp"
#include "sshoal/failure_detail.hpp"

#include <utility>

namespace sshoal::conn {

channel_state::channel_state(std::shared_ptr<connection_state> c) noexcept
    : link_(std::move(c))
    , sides_{side(link_->ready()), side(link_->ready())}
    , writable_(link_->ready())
    , activity_(link_->ready())
    , state_changed_(link_->ready())
{
}

channel_state::~channel_state()
{
    if (channel_)
        channel_->detach();
}

void channel_state::drop() noexcept
{
    if (channel_) {
        channel_->detach();
        link_->kick();
    }
    if (stage_ != stage::closed)
        on_closed(failure(errc::channel_closed));
}

failure channel_state::why_closed() const
{
    if (stage_ == stage::closed)
        return why_ ? *why_ : failure(errc::channel_closed);
    if (stage_ != stage::open)
        return failure(errc::channel_closed, "the channel is not open yet");
    return {};
}

awaitable<outcome<void>> channel_state::open(std::shared_ptr<channel_state> self, std::string type, std::vector<std::byte> body,
                                             channel_options options)
{
    if (self->link_->ended())
        co_return self->link_->why();
    mux::open_wishes wishes;
    wishes.window = options.window();
    wishes.max_packet = options.max_packet();
    wishes.name = options.name();
    outcome<std::shared_ptr<mux::channel>> opened = self->link_->mux().open(type, body, *self, wishes);
    if (!opened)
        co_return opened.error();
    self->channel_ = std::move(*opened);
    self->stage_ = stage::opening;
    self->is_session_ = type == session_type;
    self->link_->kick();
    while (self->stage_ == stage::opening) {
        const wake w = co_await self->state_changed_.wait();
        if (w == wake::cancelled && self->stage_ == stage::opening) {
            self->drop(); // a late confirmation is answered with CLOSE
            co_return net::aborted();
        }
    }
    if (self->stage_ == stage::closed)
        co_return self->why_closed();
    co_return outcome<void>();
}

void channel_state::on_open_confirmed(byte_view body)
{
    stage_ = stage::open;
    if (!body.empty())
        more_state().confirmation.assign(body.begin(), body.end());
    if (is_session_ && link_->sessions_closed > 0)
        --link_->sessions_closed;
    state_changed_.wake_all();
}

void channel_state::on_open_refused(open_failure reason, std::string text)
{
    failure_detail detail;
    detail.open_failure = reason;
    detail.peer_text = text; // the text is escaped already
    std::string words = make_error_code(reason).message() + (text.empty() ? "" : ": " + text);
    if (is_session_ && (reason == open_failure::connect_failed || text == "open failed")) // as OpenSSH's server says it
        words += "; the server may allow no more sessions on one connection (MaxSessions)";
    set_why(with_detail(failure(errc::channel_open_refused, words), std::move(detail)));
    stage_ = stage::closed;
    state_changed_.wake_all();
}

void channel_state::on_closed(const failure& why)
{
    if (is_session_ && stage_ == stage::open)
        ++link_->sessions_closed;
    stage_ = stage::closed;
    if (why)
        set_why(why);
    for (side& s : sides_)
        s.readable.wake_all();
    on_writable();
    for (auto* w : std::exchange(reply_waits_, {}))
        w->over();
    if (extra_)
        extra_->arrived.wake_all();
    state_changed_.wake_all();
    if (sink_)
        sink_->channel_over();
}

void channel_state::on_peer_closed()
{
    peer_closed_ = true;
    for (auto* w : std::exchange(reply_waits_, {}))
        w->over();
    on_writable();
    if (sink_)
        sink_->peer_closed();
}

void channel_state::close() noexcept
{
    link_->perform_if_possible([self = shared_from_this()](connection_state& link) {
        if (!self->channel_)
            return;
        self->channel_->close();
        // Coroutines that wait find the end now, and not when the peer has sent CLOSE too.
        for (side& s : self->sides_)
            s.readable.wake_all();
        self->on_writable();
        link.kick();
    });
}

void channel_state::widen_window(std::uint32_t size)
{
    link_->perform([self = shared_from_this(), size](connection_state& link) {
        if (!self->channel_)
            return;
        self->channel_->widen_window(size);
        link.kick();
    });
}

void channel_state::set_priority(channel_priority p)
{
    link_->perform([self = shared_from_this(), p](connection_state& link) {
        if (!self->channel_)
            return;
        self->channel_->set_priority(p);
        link.kick();
    });
}

void channel_state::set_send_rate(std::uint64_t bytes_per_second)
{
    link_->perform([self = shared_from_this(), bytes_per_second](connection_state& link) {
        if (!self->channel_)
            return;
        self->channel_->set_send_rate(bytes_per_second);
        link.kick();
    });
}

void channel_state::merge_stderr()
{
    link_->perform([self = shared_from_this()](connection_state&) {
        if (self->channel_)
            self->channel_->merge_error_stream();
    });
}

void channel_state::discard_stderr()
{
    link_->perform([self = shared_from_this()](connection_state& link) {
        if (!self->channel_)
            return;
        self->channel_->discard(mux::stream::error);
        if (self->extra_)
            self->extra_->put_back[std::size_t(data_stream::error)].clear();
        link.kick();
    });
}

void channel_state::set_name(std::string name)
{
    link_->perform([self = shared_from_this(), name = std::move(name)](connection_state&) {
        if (self->channel_)
            self->channel_->set_name(name);
    });
}

void channel_state::set_timeout(std::chrono::milliseconds t)
{
    link_->perform([self = shared_from_this(), t](connection_state&) { self->more_state().timeout = t; });
}

void channel_state::without_default_timeout()
{
    if (link_->channel_timeout() > duration::zero() && !more_state().timeout)
        more_state().timeout = duration::zero();
}

bool channel_state::is_late(time_point& due)
{
    const duration limit = timeout();
    if (limit <= duration::zero())
        return false;
    const time_point now = clock::now();
    if (due == never)
        due = now + limit;
    if (now >= due)
        return true;
    if (due < more_state().wake_time) {
        more_state().wake_time = due;
        link_->wake_at(due, weak_from_this());
    }
    return false;
}

failure channel_state::too_late(const char* what) const
{
    return failure(errc::timed_out, std::string(what) + " within " + duration_text(timeout()));
}

void channel_state::wake_waiters()
{
    extra_->wake_time = never; // coroutines that go on waiting set it again
    for (side& s : sides_)
        s.readable.wake_all();
    writable_.wake_all();
}

void connection_state::wake_at(time_point t, std::weak_ptr<channel_state> who)
{
    wake_times_.emplace(t, std::move(who));
    core().set_alarm(t);
    kick();
}

void connection_state::on_alarm(time_point now)
{
    while (!wake_times_.empty() && wake_times_.begin()->first <= now) {
        const std::shared_ptr<channel_state> who = wake_times_.begin()->second.lock();
        wake_times_.erase(wake_times_.begin());
        if (who)
            who->wake_waiters();
    }
    if (!wake_times_.empty())
        core().set_alarm(wake_times_.begin()->first);
}

awaitable<outcome<void>> channel_state::wait_closed(std::shared_ptr<channel_state> self)
{
    while (self->stage_ != stage::closed) {
        const wake w = co_await self->state_changed_.wait();
        if (w == wake::cancelled && self->stage_ != stage::closed)
            co_return net::aborted();
    }
    co_return outcome<void>();
}

channel_info channel_state::info() const
{
    channel_info i;
    if (!channel_)
        return i;
    i.local_id = channel_->local_id();
    i.remote_id = channel_->remote_id();
    i.bytes_in = channel_->count().bytes_in;
    i.bytes_out = channel_->count().bytes_out;
    i.receive_window = channel_->window_size();
    i.send_window = channel_->remote_window();
    return i;
}

channel_handle::~channel_handle()
{
    if (state)
        state->link().perform_if_possible([s = state](connection_state&) { s->drop(); });
}

} // namespace sshoal::conn
