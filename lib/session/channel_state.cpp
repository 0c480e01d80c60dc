#include "session/channel_state.hpp"

#include "session/operation.hpp"

#include <algorithm>
#include <utility>

namespace sshoal::session {

channel_state::channel_state(std::shared_ptr<connection_state> c) noexcept
    : link_(std::move(c)), sides_{side(link_->ready()), side(link_->ready())}, writable_(link_->ready()), activity_(link_->ready()),
      state_changed_(link_->ready())
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

failure channel_state::trouble() const
{
    if (stage_ == stage::closed)
        return why_ ? why_ : failure(errc::channel_closed);
    if (stage_ != stage::open)
        return failure(errc::channel_closed, "the channel is not open yet");
    return {};
}

// -- reading ------------------------------------------------------------------------------------------------------------------

std::size_t channel_state::try_read(std::span<std::byte> into, data_stream from)
{
    if (!channel_ || into.empty())
        return 0;
    std::size_t done = 0;
    if (has_put_back(from)) {
        auto& first = extra_->put_back[std::size_t(from)];
        done = std::min(into.size(), first.size());
        std::memcpy(into.data(), first.data(), done);
        first.erase(first.begin(), first.begin() + std::ptrdiff_t(done));
        if (done == into.size())
            return done;
    }
    const std::size_t n = channel_->read(mux::stream(from), into.subspan(done));
    if (n > 0)
        link_->kick(); // a window adjustment may be waiting in the output
    return done + n;
}

std::size_t channel_state::queued(data_stream from) const
{
    return (has_put_back(from) ? extra_->put_back[std::size_t(from)].size() : 0) + (channel_ ? channel_->queued(mux::stream(from)) : 0);
}

void channel_state::put_back(std::span<const std::byte> unread, data_stream to)
{
    if (unread.empty())
        return;
    auto& first = more_state().put_back[std::size_t(to)];
    first.insert(first.begin(), unread.begin(), unread.end());
    sides_[std::size_t(to)].readable.wake_all();
    activity_.wake_all();
}

bool channel_state::at_eof(data_stream from) const
{
    return !channel_ || (channel_->at_eof(mux::stream(from)) && !has_put_back(from));
}

awaitable<outcome<std::size_t>> channel_state::read_some(std::shared_ptr<channel_state> self, std::span<std::byte> into, data_stream from)
{
    side& s = self->sides_[std::size_t(from)];
    for (;;) {
        if (const std::size_t n = self->try_read(into, from); n > 0 || into.empty())
            co_return n;
        if (self->stage_ == stage::closed && self->why_ && !self->peer_eof_)
            co_return self->why_;
        if (self->at_eof(from))
            co_return std::size_t(0);
        if (s.reading)
            co_return failure(errc::operation_in_progress, "another read waits on this stream");
        const reading_mark mark(s, into);
        const wake w = co_await s.readable.wait();
        if (w == wake::cancelled) {
            self->put_back(into.first(s.moved), from);
            co_return aborted();
        }
        if (s.moved > 0)
            co_return s.moved;
    }
}

awaitable<outcome<std::size_t>> channel_state::read(std::shared_ptr<channel_state> self, std::span<std::byte> into, data_stream from)
{
    std::size_t done = 0;
    while (done < into.size()) {
        outcome<std::size_t> n = co_await read_some(self, into.subspan(done), from);
        if (!n)
            co_return n.error();
        if (*n == 0)
            break;
        done += *n;
    }
    co_return done;
}

std::size_t channel_state::on_data(mux::stream which, byte_view data)
{
    side& s = sides_[std::size_t(which)];
    if (!s.reading) { // perhaps a stream adapter waits for data to be there
        s.readable.wake_all();
        activity_.wake_all();
        return 0;
    }
    // Only into the buffer of a read that still waits: one that has been cancelled does not want bytes any more, and must not have any.
    if (s.moved > 0 || !s.readable.waiting() || has_put_back(data_stream(which)))
        return 0;
    s.moved = std::min(data.size(), s.into.size());
    if (s.moved > 0)
        std::memcpy(s.into.data(), data.data(), s.moved);
    s.readable.wake_one();
    return s.moved;
}

void channel_state::on_eof()
{
    peer_eof_ = true;
    for (side& s : sides_)
        s.readable.wake_all();
    activity_.wake_all();
}

// -- writing ------------------------------------------------------------------------------------------------------------------

std::size_t channel_state::try_write(std::span<const std::byte> from, data_stream to)
{
    if (!channel_ || from.empty())
        return 0;
    const std::size_t n = channel_->write(mux::stream(to), from);
    if (n > 0)
        link_->kick();
    return n;
}

awaitable<outcome<std::size_t>> channel_state::write_some(std::shared_ptr<channel_state> self, std::span<const std::byte> from, data_stream to)
{
    for (;;) {
        if (const std::size_t n = self->try_write(from, to); n > 0)
            co_return n;
        if (failure f = self->trouble())
            co_return f;
        if (failure f = self->channel_->write_failure())
            co_return f;
        if (from.empty())
            co_return std::size_t(0);
        const wake w = co_await self->writable_.wait();
        if (w == wake::cancelled)
            co_return aborted();
    }
}

awaitable<outcome<void>> channel_state::write(std::shared_ptr<channel_state> self, std::span<const std::byte> from, data_stream to,
                                              std::size_t* taken)
{
    std::size_t done = 0;
    if (taken)
        *taken = 0;
    while (done < from.size()) {
        if (const std::size_t n = self->try_write(from.subspan(done), to); n > 0) {
            done += n;
            if (taken)
                *taken = done;
            continue;
        }
        if (failure f = self->trouble())
            co_return f;
        if (failure f = self->channel_->write_failure())
            co_return f;
        const auto accepted = done == 0 ? asio::cancellation_type::all : asio::cancellation_type::terminal | asio::cancellation_type::partial;
        const wake w = co_await self->writable_.wait(accepted);
        if (w == wake::cancelled)
            co_return aborted();
    }
    co_return outcome<void>();
}

awaitable<outcome<void>> channel_state::send_eof(std::shared_ptr<channel_state> self)
{
    if (failure f = self->trouble())
        co_return f;
    self->channel_->send_eof();
    self->link_->kick();
    co_return outcome<void>();
}

void channel_state::on_writable()
{
    writable_.wake_all();
    activity_.wake_all();
}

// -- opening and closing ------------------------------------------------------------------------------------------------------

awaitable<outcome<void>> channel_state::open(std::shared_ptr<channel_state> self, std::string type, std::vector<std::byte> body)
{
    if (self->link_->ended())
        co_return self->link_->why();
    outcome<std::shared_ptr<mux::channel>> opened = self->link_->mux().open(type, body, *self);
    if (!opened)
        co_return opened.error();
    self->channel_ = std::move(*opened);
    self->stage_ = stage::opening;
    self->link_->kick();
    while (self->stage_ == stage::opening) {
        const wake w = co_await self->state_changed_.wait();
        if (w == wake::cancelled && self->stage_ == stage::opening) {
            self->drop(); // a late confirmation is answered with CLOSE
            co_return aborted();
        }
    }
    if (self->stage_ == stage::closed)
        co_return self->trouble();
    co_return outcome<void>();
}

void channel_state::on_open_confirmed(byte_view)
{
    stage_ = stage::open;
    state_changed_.wake_all();
}

void channel_state::on_open_refused(open_failure reason, std::string text)
{
    why_ = failure(errc::channel_open_refused, make_error_code(reason).message() + (text.empty() ? "" : ": " + printable(text)));
    stage_ = stage::closed;
    state_changed_.wake_all();
}

void channel_state::on_closed(const failure& why)
{
    stage_ = stage::closed;
    if (why)
        why_ = why;
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

void channel_state::close() noexcept
{
    link_->perform([self = shared_from_this()](connection_state& link) {
        if (!self->channel_)
            return;
        self->channel_->close();
        link.kick();
    });
}

awaitable<outcome<void>> channel_state::wait_closed(std::shared_ptr<channel_state> self)
{
    while (self->stage_ != stage::closed) {
        const wake w = co_await self->state_changed_.wait();
        if (w == wake::cancelled && self->stage_ != stage::closed)
            co_return aborted();
    }
    co_return outcome<void>();
}

// -- requests -----------------------------------------------------------------------------------------------------------------

failure channel_state::begin_request(connection_state::reply_wait& w, std::string_view type, byte_view body)
{
    if (failure f = trouble())
        return f;
    w.token = link_->new_token();
    result<void> sent = channel_->request(type, true, body, w.token);
    if (!sent)
        return failure(sent.error());
    w.enter(reply_waits_);
    link_->kick();
    return {};
}

awaitable<outcome<bool>> channel_state::finish_request(std::shared_ptr<channel_state> self, connection_state::reply_wait& w)
{
    while (!w.answered) {
        if (!w.list) {
            const failure f = self->trouble();
            co_return failed_bool(f ? f : failure(errc::channel_closed));
        }
        const wake why = co_await w.done.wait();
        if (why == wake::cancelled && w.list) {
            self->channel_->abandon_request(w.token);
            co_return failed_bool(aborted());
        }
    }
    co_return w.success;
}

awaitable<outcome<bool>> channel_state::request(std::shared_ptr<channel_state> self, std::string type, std::vector<std::byte> body)
{
    connection_state::reply_wait w(self->link_->ready());
    if (failure f = self->begin_request(w, type, body))
        co_return failed_bool(std::move(f));
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

awaitable<outcome<void>> channel_state::notify(std::shared_ptr<channel_state> self, std::string type, std::vector<std::byte> body)
{
    if (failure f = self->trouble())
        co_return f;
    result<void> sent = self->channel_->request(type, false, body, 0);
    if (!sent)
        co_return failure(sent.error());
    self->link_->kick();
    co_return outcome<void>();
}

void channel_state::on_request(const mux::incoming_request& r)
{
    if (sink_ && sink_->take_request(r)) {
        link_->kick();
        return;
    }
    // Requests that want no reply are bounded by nothing in the protocol, so they are bounded here.
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
                e.arrived.wake_one(); // it may have been meant for this one
            co_return aborted();
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
        state->link().perform([s = state](connection_state&) { s->drop(); });
}

} // namespace sshoal::session
