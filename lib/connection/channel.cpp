#include "sshoal/channel.hpp"

#include "connection/channel_state.hpp"
#include "net/crossing.hpp"

namespace sshoal {

using conn::channel_state;
using net::or_throw;

channel::channel() noexcept = default;
channel::~channel() = default;
channel::channel(const channel&) noexcept = default;
channel::channel(channel&&) noexcept = default;
channel& channel::operator=(const channel&) noexcept = default;
channel& channel::operator=(channel&&) noexcept = default;
channel::channel(std::shared_ptr<conn::channel_handle> h) noexcept : self_(std::move(h)) {}

namespace {

/// read_some() away from the strand. A cancellation can cross the result on its way back; then the bytes go back into the
/// channel, since a caller that has cancelled may never look at the result.
awaitable<outcome<std::size_t>> read_off_strand(std::shared_ptr<channel_state> c, std::span<std::byte> into, data_stream from)
{
    const asio::cancellation_state before = co_await asio::this_coro::cancellation_state;
    const asio::cancellation_type had = before.cancelled();
    auto there = net::or_failure(c->strand(), channel_state::read_some(c, into, from));
    outcome<std::size_t> n = co_await std::move(there);
    const asio::cancellation_state after = co_await asio::this_coro::cancellation_state;
    if (!n || *n == 0 || after.cancelled() == had)
        co_return n;
    // A read that begins after this one has returned reaches the strand after the bytes are back.
    conn::connection_state& link = c->link();
    link.perform([c, unread = std::vector<std::byte>(into.begin(), into.begin() + std::ptrdiff_t(*n)),
                  from](conn::connection_state&) { c->put_back(unread, from); });
    co_return net::aborted();
}

awaitable<std::size_t> read_or_throw(std::shared_ptr<channel_state> c, std::span<std::byte> into, data_stream from)
{
    if (!c)
        throw error(failure(errc::closed, "no channel: an empty handle"));
    const executor here = co_await asio::this_coro::executor;
    if (here != c->strand()) {
        outcome<std::size_t> n = co_await read_off_strand(std::move(c), into, from);
        if (!n)
            throw error(n.error());
        co_return *n;
    }
    conn::pending_read r(*c, into, from);
    while (!r.over()) {
        const parking::wake w = co_await r.wait();
        r.woken(w);
    }
    if (!r.result())
        throw error(r.result().error());
    co_return *r.result();
}

awaitable<std::size_t> read_or_code(std::shared_ptr<channel_state> c, std::span<std::byte> into, error_code& ec, data_stream from)
{
    auto reading = read_or_throw(std::move(c), into, from);
    ec = {};
    std::size_t n = 0;
    try {
        n = co_await std::move(reading);
    } catch (const boost::system::system_error& e) { // sshoal::error, or Asio's own where it was cancelled before it began
        ec = e.code();
    }
    co_return n;
}

/// T: std::size_t, or void for a write of everything.
template <class T>
awaitable<T> write_or_throw(std::shared_ptr<channel_state> c, std::span<const std::byte> from, data_stream to,
                            std::size_t* taken)
{
    constexpr bool all = std::is_void_v<T>;
    constexpr auto how_much = all ? conn::pending_write::extent::all : conn::pending_write::extent::some;
    if (!c)
        throw error(failure(errc::closed, "no channel: an empty handle"));
    const executor here = co_await asio::this_coro::executor;
    if (here != c->strand()) {
        auto there = net::or_failure(c->strand(), channel_state::write(c, from, to, all, taken));
        outcome<std::size_t> n = co_await std::move(there);
        if (!n)
            throw error(n.error());
        if constexpr (!all) {
            co_return *n;
        } else {
            co_return;
        }
    }
    conn::pending_write w(*c, from, to, how_much, taken);
    while (!w.over()) {
        const parking::wake why = co_await w.wait();
        w.woken(why);
    }
    if (!w.result())
        throw error(w.result().error());
    if constexpr (!all)
        co_return *w.result();
}

awaitable<std::size_t> write_or_code(std::shared_ptr<channel_state> c, std::span<const std::byte> from, error_code& ec,
                                     data_stream to)
{
    auto writing = write_or_throw<std::size_t>(std::move(c), from, to, nullptr);
    ec = {};
    std::size_t n = 0;
    try {
        n = co_await std::move(writing);
    } catch (const boost::system::system_error& e) { // sshoal::error, or Asio's own where it was cancelled before it began
        ec = e.code();
    }
    co_return n;
}

} // namespace

const std::shared_ptr<channel_state>& channel::state() const noexcept
{
    static const std::shared_ptr<channel_state> none;
    return self_ ? self_->state : none;
}

awaitable<std::size_t> channel::read_some(std::span<std::byte> into, data_stream from)
{
    return read_or_throw(state(), into, from);
}
awaitable<std::size_t> channel::read_some(std::span<std::byte> into, error_code& ec, data_stream from)
{
    return read_or_code(state(), into, ec, from);
}
awaitable<std::size_t> channel::read(std::span<std::byte> into, data_stream from)
{
    return net::or_throw(get_executor(), channel_state::read(state(), into, from));
}
awaitable<std::string> channel::read_all(data_stream from, std::size_t most)
{
    return net::or_throw(get_executor(), channel_state::read_all(state(), from, most));
}
std::size_t channel::try_read(std::span<std::byte> into, data_stream from)
{
    return self_ ? self_->state->try_read(into, from) : 0;
}
std::size_t channel::queued(data_stream from) const { return self_ ? self_->state->queued(from) : 0; }
bool channel::at_eof(data_stream from) const { return !self_ || self_->state->at_eof(from); }

awaitable<std::size_t> channel::write_some(std::span<const std::byte> from, data_stream to)
{
    return write_or_throw<std::size_t>(state(), from, to, nullptr);
}
awaitable<std::size_t> channel::write_some(std::span<const std::byte> from, error_code& ec, data_stream to)
{
    return write_or_code(state(), from, ec, to);
}
awaitable<void> channel::write(std::span<const std::byte> from, data_stream to, std::size_t* taken)
{
    return write_or_throw<void>(state(), from, to, taken);
}
awaitable<void> channel::write(std::string_view text, data_stream to) { return write(std::as_bytes(std::span(text)), to); }
std::size_t channel::try_write(std::span<const std::byte> from, data_stream to)
{
    return self_ ? self_->state->try_write(from, to) : 0;
}

awaitable<void> channel::send_eof() { return net::or_throw(get_executor(), channel_state::send_eof(state())); }
void channel::close() noexcept
{
    if (self_)
        self_->state->close();
}
void channel::widen_window(std::uint32_t size)
{
    if (self_)
        self_->state->widen_window(size);
}
void channel::set_priority(channel_priority p)
{
    if (self_)
        self_->state->set_priority(p);
}
void channel::set_send_rate(std::uint64_t bytes_per_second)
{
    if (self_)
        self_->state->set_send_rate(bytes_per_second);
}
void channel::set_timeout(std::chrono::milliseconds t)
{
    if (self_)
        self_->state->set_timeout(t);
}
void channel::merge_stderr()
{
    if (self_)
        self_->state->merge_stderr();
}
void channel::discard_stderr()
{
    if (self_)
        self_->state->discard_stderr();
}
void channel::set_name(std::string name)
{
    if (self_)
        self_->state->set_name(std::move(name));
}
awaitable<void> channel::wait_closed() { return net::or_throw(get_executor(), channel_state::wait_closed(state())); }

awaitable<bool> channel::request(std::string type, std::vector<std::byte> body)
{
    return net::or_throw(get_executor(), channel_state::request(state(), std::move(type), std::move(body)));
}
awaitable<void> channel::notify(std::string type, std::vector<std::byte> body)
{
    return net::or_throw(get_executor(), channel_state::notify(state(), std::move(type), std::move(body)));
}
awaitable<std::optional<channel_request>> channel::next_request()
{
    return net::or_throw(get_executor(), channel_state::next_request(state()));
}
void channel::answer(const channel_request& r, bool granted)
{
    if (self_)
        self_->state->answer(r, granted);
}

std::vector<std::byte> channel::confirmation() const
{
    return self_ ? self_->state->confirmation() : std::vector<std::byte>();
}
connection channel::connection() const
{
    return self_ ? detail::access::make<sshoal::connection>(self_->connection) : sshoal::connection();
}
channel_info channel::info() const { return self_ ? self_->state->info() : channel_info(); }
executor channel::get_executor() const noexcept { return self_ ? self_->state->strand() : executor(); }

spawn_handler end_of_spawned(const channel& at)
{
    return at ? conn::state_of(at)->link().end_of_spawned() : spawn_handler();
}

} // namespace sshoal
