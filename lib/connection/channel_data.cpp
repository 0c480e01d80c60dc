// Moves a channel's bytes: reads, writes, and the ends of both.

#include "connection/channel_state.hpp"

#include "net/crossing.hpp"

#include <algorithm>
#include <cstring>

namespace sshoal::conn {

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
    return (has_put_back(from) ? extra_->put_back[std::size_t(from)].size() : 0)
           + (channel_ ? channel_->queued(mux::stream(from)) : 0);
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

bool pending_read::over()
{
    if (result_)
        return true;
    if (const std::size_t n = channel_.try_read(into_, from_); n > 0 || into_.empty())
        result_.emplace(n);
    else if (channel_.cut_short())
        result_.emplace(channel_.why_closed());
    else if (channel_.at_eof(from_))
        result_.emplace(std::size_t(0));
    else if (!waits_ && side().reading)
        result_.emplace(failure(errc::operation_in_progress, "another read waits on this stream"));
    else if (channel_.is_late(due_))
        result_.emplace(channel_.too_late("no data"));
    else {
        waits_ = true;
        side().into = into_;
        side().moved = 0;
        side().reading = true;
    }
    return result_.has_value();
}

void pending_read::woken(wake w)
{
    const std::size_t moved = side().moved;
    if (w == wake::cancelled) {
        channel_.put_back(into_.first(moved), from_);
        result_.emplace(net::aborted());
    } else if (moved > 0) {
        result_.emplace(moved);
    }
}

awaitable<outcome<std::size_t>> channel_state::read_some(std::shared_ptr<channel_state> self, std::span<std::byte> into,
                                                         data_stream from)
{
    pending_read r(*self, into, from);
    while (!r.over()) {
        const wake w = co_await r.wait();
        r.woken(w);
    }
    co_return r.result();
}

awaitable<outcome<std::size_t>> channel_state::read(std::shared_ptr<channel_state> self, std::span<std::byte> into,
                                                    data_stream from)
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

awaitable<outcome<std::string>> channel_state::read_all(std::shared_ptr<channel_state> self, data_stream from, std::size_t most)
{
    std::string all;
    for (;;) {
        const std::size_t had = all.size();
        const std::size_t step = std::max<std::size_t>(self->queued(from), 4096);
        all.resize(had + step);
        outcome<std::size_t> n = co_await read_some(self, std::as_writable_bytes(std::span(all)).subspan(had), from);
        if (!n)
            co_return n.error();
        all.resize(had + *n);
        if (all.size() > most)
            co_return failure(errc::capture_limit, "more than " + std::to_string(most) + " bytes; use read_some()");
        if (*n == 0)
            co_return all;
    }
}

std::size_t channel_state::on_data(mux::stream which, byte_view data)
{
    if (!reply_waits_.empty())
        program_has_output();
    side& s = sides_[std::size_t(which)];
    if (!s.reading) { // a stream adapter may wait until there is data
        s.readable.wake_all();
        activity_.wake_all();
        return 0;
    }
    // Bytes go only into the buffer of a read that still waits: a read that has been cancelled must not get any. A read that has
    // got bytes also takes those of the next packets, until its coroutine runs; if the read turns out to be cancelled, all bytes
    // go back together.
    if ((s.moved == 0 && !s.readable.waiting()) || has_put_back(data_stream(which)))
        return 0;
    const std::size_t n = std::min(data.size(), s.into.size() - s.moved);
    if (n > 0)
        std::memcpy(s.into.data() + s.moved, data.data(), n);
    s.moved += n;
    s.readable.wake_one();
    return n;
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
    link_->kick(); // no byte moved: the turn finds out whether the channel can send, or how long a limit holds it back
    return n;
}

pending_write::pending_write(channel_state& c, std::span<const std::byte> from, data_stream to, extent how_much,
                             std::size_t* taken) noexcept
    : channel_(c)
    , from_(from)
    , taken_(taken)
    , to_(to)
    , extent_(how_much)
{
    if (taken_)
        *taken_ = 0;
}

void pending_write::move()
{
    while (!from_.empty()) {
        const std::size_t n = channel_.try_write(from_, to_);
        if (n == 0)
            return;
        from_ = from_.subspan(n);
        moved_ += n;
        due_ = never;
        if (taken_)
            *taken_ = moved_;
        if (extent_ == extent::some)
            return;
    }
}

bool pending_write::over()
{
    if (result_)
        return true;
    move();
    if (extent_ == extent::all ? from_.empty() : moved_ > 0)
        result_.emplace(moved_);
    else if (failure f = channel_.why_closed())
        result_.emplace(std::move(f));
    else if (failure refused = channel_.channel_->write_failure())
        result_.emplace(std::move(refused));
    else if (from_.empty())
        result_.emplace(std::size_t(0));
    else if (channel_.is_late(due_))
        result_.emplace(channel_.too_late("nothing could be sent"));
    return result_.has_value();
}

/// A write of a whole span that has moved a part of it is not total any more.
asio::cancellation_type pending_write::accepted() const noexcept
{
    return moved_ == 0 ? asio::cancellation_type::all : asio::cancellation_type::terminal | asio::cancellation_type::partial;
}

void pending_write::woken(wake w)
{
    if (w == wake::cancelled)
        result_.emplace(net::aborted());
}

awaitable<outcome<std::size_t>> channel_state::write(std::shared_ptr<channel_state> self, std::span<const std::byte> from,
                                                     data_stream to, bool all, std::size_t* taken)
{
    pending_write w(*self, from, to, all ? pending_write::extent::all : pending_write::extent::some, taken);
    while (!w.over()) {
        const wake why = co_await w.wait();
        w.woken(why);
    }
    co_return w.result();
}

awaitable<outcome<void>> channel_state::send_eof(std::shared_ptr<channel_state> self)
{
    if (failure f = self->why_closed())
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

} // namespace sshoal::conn
