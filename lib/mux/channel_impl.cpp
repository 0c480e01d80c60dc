#include "mux/channel_impl.hpp"

#include "mux/message_length.hpp"
#include "mux/multiplexer_impl.hpp"
#include "wire/connection_messages.hpp"

#include <algorithm>

namespace sshoal::mux {

namespace msg = wire::msg;
namespace number = wire::number;

channel_impl::channel_impl(multiplexer::impl& m, channel_observer& who, const open_wishes& w)
    : mux_(&m), observer_(&who), remote_max_packet_(w.max_packet), receive_window_(m.pool, w.window), sending_(false)
{
    m.limit_new(*this);
}

channel_impl::channel_impl(multiplexer::impl& m, channel_observer& who, std::uint32_t remote_id, std::uint32_t window,
                             std::uint32_t max_packet)
    : mux_(&m), observer_(&who), remote_id_(remote_id), remote_max_packet_(max_packet), receive_window_(m.pool, 0), sending_(true)
{
    send_window_.credit(window);
    m.limit_new(*this);
}

bool channel_impl::is_open() const noexcept { return connected() && !receiving_.closed(); }

// -- receiving side -----------------------------------------------------------------------------------------------------------

std::size_t channel_impl::read(stream s, byte_span into)
{
    const std::size_t n = queue_[index(s)].pop(into);
    if (unread_share_)
        unread_share_->taken(n);
    credit(n);
    return n;
}

bool channel_impl::at_eof(stream s) const noexcept
{
    return queue_[index(s)].empty() && (!mux_ || !receiving_.open() || sending_.closed_or_wished());
}

void channel_impl::discard(stream s)
{
    discards_[index(s)] = true;
    const std::size_t n = queue_[index(s)].size();
    queue_[index(s)].clear();
    if (unread_share_)
        unread_share_->taken(n);
    credit(n);
}

void channel_impl::credit(std::size_t n)
{
    // A peer that will send no more data needs no credit.
    if (n == 0 || !connected() || !receiving_.open())
        return;
    if (const std::uint32_t due = receive_window_.consumed(n, mux_->out.now(), mux_->pool))
        mux_->send_adjust(remote_id_, due);
}

void channel_impl::widen_window(std::uint32_t size)
{
    if (!connected() || !receiving_.open())
        return;
    if (const std::uint32_t more = receive_window_.widen(size, mux_->pool))
        mux_->send_adjust(remote_id_, more);
}

// -- sending side -------------------------------------------------------------------------------------------------------------

std::size_t channel_impl::write(stream s, byte_view from)
{
    std::size_t moved = 0;
    // The conditions are checked for each packet, since sending one can start a key exchange, fill the output, or end the
    // connection.
    while (moved < from.size() && mux_ && sending_.writable() && !receiving_.closed()) {
        if (send_window_.left() == 0 || !sending_.confirmed()) {
            wants_window_ = true;
            break;
        }
        const std::size_t most = std::min({from.size() - moved, std::size_t(send_window_.left()), std::size_t(remote_max_packet_),
                                           std::size_t(std::max<std::uint32_t>(mux_->options.max_packet_out, 1))});
        const std::size_t n = mux_->admit(*this, most);
        if (n == 0)
            break;
        send_packet(s, from.subspan(moved, n));
        moved += n;
    }
    return moved;
}

void channel_impl::note_use()
{
    if (mux_->idle)
        mux_->note_use(local_id_);
}

void channel_impl::send_packet(stream s, byte_view piece)
{
    note_use();
    const auto n = std::uint32_t(piece.size());
    send_window_.spend(n);
    mux_->turns.sent(*this, n);
    ++count_.packets_out;
    count_.bytes_out += n;
    std::byte head[msg::channel_extended_data::overhead];
    store_u32(head + 1, remote_id_);
    if (s == stream::data) {
        head[0] = std::byte(number::channel_data);
        store_u32(head + 5, n);
        mux_->out.send_data(byte_view(head, msg::channel_data::overhead), piece);
    } else {
        head[0] = std::byte(number::channel_extended_data);
        store_u32(head + 5, msg::channel_extended_data::stderr_code);
        store_u32(head + 9, n);
        mux_->out.send_data(head, piece);
    }
}

void channel_impl::may_write()
{
    if (observer_ && sending_.writable() && !receiving_.closed())
        observer_->on_writable();
}

void channel_impl::set_priority(channel_priority p)
{
    if (mux_)
        mux_->turns.set_priority(*this, p);
}

void channel_impl::set_purpose(std::string_view name)
{
    if (mux_)
        mux_->watch(*this, name);
}

void channel_impl::set_terminal()
{
    if (!mux_ || has_terminal())
        return;
    mux_->turns.set_terminal(*this);
    ++mux_->terminals;
}

void channel_impl::set_send_rate(std::uint64_t bytes_per_second)
{
    if (mux_)
        mux_->turns.set_rate(*this, bytes_per_second, mux_->out.now());
}

void channel_impl::set_name(std::string_view name)
{
    if (event_notes* const n = mux_ ? mux_->reporter.notes() : nullptr)
        n->named(local_id_, name);
}

failure channel_impl::write_failure() const
{
    if (why_)
        return *why_;
    if (closed_ || !mux_ || sending_.closed_or_wished() || receiving_.closed())
        return errc::channel_closed;
    if (!sending_.writable())
        return errc::end_of_file;
    return {};
}

void channel_impl::send_eof()
{
    if (mux_)
        send_closing(sending_.end());
}

void channel_impl::close()
{
    if (!mux_)
        return;
    send_closing(sending_.close(!receiving_.closed()));
    end_if_both_closed();
}

/// Only after hold_close(): otherwise the peer's CLOSE ends the channel itself.
void channel_impl::end_if_both_closed()
{
    if (!mux_ || !receiving_.closed() || !sending_.closed())
        return;
    const auto* const entry = mux_->channels.find(local_id_);
    const std::shared_ptr<channel> kept = entry ? *entry : nullptr; // the table may hold the last reference
    mux_->release(*this, nullptr);
    finish();
}

void channel_impl::detach()
{
    observer_ = nullptr;
    closed_ = true;
    unread_share_.reset();
    for (byte_queue& q : queue_)
        q.clear();
    drop_requests();
    if (!mux_)
        return;
    send_closing(sending_.close(false));
    end_if_both_closed();
}

void channel_impl::send_closing(closing_messages f)
{
    if (f.eof)
        mux_->send_short(number::channel_eof, remote_id_);
    if (f.close)
        mux_->send_short(number::channel_close, remote_id_);
    if (!sending_.writable()) {
        wants_window_ = false;
        mux_->turns.leave(*this);
    }
}

// -- requests -----------------------------------------------------------------------------------------------------------------

channel_impl::request_queues& channel_impl::requests()
{
    if (!requests_)
        requests_ = std::make_unique<request_queues>();
    return *requests_;
}

outcome<void> channel_impl::request(std::string_view type, bool want_reply, byte_view body, std::uint64_t token)
{
    if (!connected() || (receiving_.closed() && (want_reply || !holds_close_)))
        return failure(errc::channel_closed);
    msg::channel_request m;
    m.recipient = remote_id_;
    m.type = type;
    m.want_reply = want_reply;
    m.rest = body;
    wire::encode_to(mux_->scratch, m);
    if (failure f = check_length("the channel request", type, mux_->scratch.size(), mux_->options))
        return f;
    if (!want_reply) {
        mux_->out.send(mux_->scratch);
        return outcome<void>();
    }
    if (requests().ours.size() >= mux_->options.max_outstanding_requests)
        return failure(errc::too_many_pending, "requests on this channel that wait for a reply");
    const std::uint32_t ticket = mux_->awaited.add(awaited_replies::kind::channel_request, local_id_);
    requests().ours.push(token, ticket);
    mux_->send_question(ticket);
    return outcome<void>();
}

/// Ends the wait for all replies of this channel.
void channel_impl::drop_requests() noexcept
{
    if (!requests_)
        return;
    if (mux_)
        while (const auto asked = requests_->ours.pop())
            mux_->awaited.over(asked->ticket);
    requests_.reset();
}

void channel_impl::abandon_request(std::uint64_t token) noexcept
{
    if (requests_)
        requests_->ours.abandon(token);
}

void channel_impl::reply(std::uint64_t token, bool success)
{
    if (!connected() || !requests_ || receiving_.closed())
        return;
    if (event_notes* const n = mux_->reporter.notes())
        n->answered(local_id_, token, success);
    requests_->theirs.answer(token, success, [this](bool yes) {
        mux_->send_short(yes ? number::channel_success : number::channel_failure, remote_id_);
    });
}

} // namespace sshoal::mux
