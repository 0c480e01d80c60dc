// Sending requests: the small requests of one turn together, the data of WRITEs without a copy.

#include "sftp/client/client_core.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>

namespace sshoal::sftp {

namespace {

/// The most bytes of small requests that are sent together.
constexpr std::size_t gathered_bytes = 32 * 1024;

} // namespace

std::optional<std::uint32_t> client_core::send(sftp_protocol::packet request, outstanding_request r)
{
    return send(std::move(request), nullptr, std::move(r));
}

std::optional<std::uint32_t> client_core::send(sftp_protocol::packet head, std::shared_ptr<block> data, outstanding_request r)
{
    if (over())
        return std::nullopt;
    const std::optional<std::uint32_t> id = table_.add(std::move(r));
    if (!id)
        return std::nullopt;
    if (table_.size() == 1) {
        alone_ = id;
        alone_since_ = std::chrono::steady_clock::now();
    }
    bytes packet = std::move(head).finish(data ? data->size : 0);
    store_u32(packet.data() + 5, *id);
    if (waiting_.empty() && table_.size() <= most_requests()) {
        put_out(std::move(packet), std::move(data));
    } else {
        waiting_request w{*id, std::move(packet), std::move(data)};
        unsent_ += w.size(); // so that uploads wait for room meanwhile
        waiting_.push_back(std::move(w));
    }
    return id;
}

void client_core::send_waiting()
{
    while (!waiting_.empty() && table_.size() - waiting_.size() < most_requests() && !over()) {
        waiting_request w = std::move(waiting_.front());
        waiting_.pop_front();
        unsent_ -= w.size();
        if (w.id == alone_ || table_.size() == 1)
            alone_since_ = std::chrono::steady_clock::now();
        put_out(std::move(w.packet), std::move(w.data));
    }
}

client_core::request_limit::request_limit(std::shared_ptr<client_core> core, std::size_t n) : core_(std::move(core)), n_(n)
{
    if (n_ > 0)
        core_->limits_.insert(n_);
}

/// On any thread, since a job for the disk may hold the last reference to a transfer.
client_core::request_limit::~request_limit()
{
    if (n_ == 0 || core_->over())
        return;
    try {
        if (const executor ex = core_->strand())
            asio::dispatch(ex, [c = core_, n = n_] {
                c->limits_.erase(c->limits_.find(n));
                c->send_waiting();
            });
    } catch (...) { // no memory for the message: the session goes on with the lower limit
    }
}

void client_core::send_unanswered(sftp_protocol::packet request) { (void)send(std::move(request), outstanding_request()); }

void client_core::forget(std::uint32_t id) noexcept
{
    outstanding_request* const r = table_.find(id);
    if (!r)
        return;
    r->sink = nullptr;
    const auto unsent = std::find_if(waiting_.begin(), waiting_.end(), [id](const waiting_request& w) { return w.id == id; });
    if (unsent == waiting_.end())
        return;
    unsent_ -= unsent->size();
    waiting_.erase(unsent);
    (void)table_.take(id);
    grant_room();
}

void client_core::put_out(bytes packet, std::shared_ptr<block> data)
{
    unsent_ += packet.size() + (data ? data->size : 0);
    const bool last_is_busy = out_.size() == 1 && (writing_ || out_done_ > 0);
    if (data) {
        const byte_view all = data->prefixed(packet);
        out_.push_back(outgoing{bytes(), std::move(data), all});
    } else if (!out_.empty() && !last_is_busy && !out_.back().data
               && out_.back().packets.size() + packet.size() <= gathered_bytes) {
        append(out_.back().packets, packet);
        out_.back().view = out_.back().packets;
    } else {
        out_.push_back(outgoing{std::move(packet), nullptr, {}});
        out_.back().view = out_.back().packets;
    }
    if (!in_turn())
        flush();
}

void client_core::sent(std::size_t n)
{
    unsent_ -= n;
    grant_room();
}

void client_core::grant_room()
{
    if (!has_room() || room_granted_ || !room_.waiting())
        return;
    room_granted_ = true;
    room_.wake_one();
}

void client_core::flush()
{
    while (!out_.empty() && !writing_ && !over()) {
        const std::size_t n = stream_->try_write(out_.front().view.subspan(out_done_));
        out_done_ += n;
        sent(n);
        if (out_done_ == out_.front().view.size()) {
            out_.pop_front();
            out_done_ = 0;
        } else if (n == 0) {
            writing_ = true;
            spawn(strand(), write_loop(shared_from_this()), end_of_loop());
        }
    }
}

/// A loop ends with an exception if memory is short, for example. The session ends then, so that no coroutine waits for the loop.
spawn_handler client_core::end_of_loop()
{
    return [weak = weak_from_this()](std::exception_ptr thrown) {
        if (const auto self = weak.lock(); self && thrown)
            self->end(failure(error_code(asio::error::no_memory)));
    };
}

/// Runs as long as the stream takes no more bytes at once.
awaitable<void> client_core::write_loop(std::shared_ptr<client_core> self)
{
    error_code ec;
    while (!self->out_.empty() && !self->over()) {
        const byte_view rest = self->out_.front().view.subspan(self->out_done_);
        co_await self->stream_->write(rest, ec);
        if (ec) {
            // read_loop() finds the reason, unless the other direction of the stream stays open.
            if (ec.category() == boost::system::system_category())
                self->end(failure(ec));
            break;
        }
        self->out_.pop_front();
        self->out_done_ = 0;
        self->sent(rest.size());
    }
    self->writing_ = false;
}

} // namespace sshoal::sftp
