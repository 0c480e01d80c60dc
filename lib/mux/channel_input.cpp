// channel_input.cpp - handles the peer's messages for a channel. After our CLOSE everything but the peer's CLOSE is ignored,
// since the peer may not have seen ours yet.
#include "mux/channel_impl.hpp"

#include "mux/multiplexer_impl.hpp"

#include <algorithm>
#include <new>

namespace sshoal::mux {
namespace {

constexpr std::uint32_t unsaid_max_packet = 1024;
constexpr std::string_view data_behind_eof = "data behind SSH_MSG_CHANNEL_EOF"; // the observer has been told of the end

} // namespace

failure channel_impl::receive_confirmation(std::uint32_t remote_id, std::uint32_t window, std::uint32_t max_packet,
                                            byte_view body)
{
    remote_id_ = remote_id;
    // Zero comes from peers that do not fill in the field. OpenSSH's client runs programs without input with such peers.
    const std::uint32_t announced = max_packet == 0 ? unsaid_max_packet : max_packet;
    remote_max_packet_ = remote_max_packet_ == 0 ? announced : std::min(announced, remote_max_packet_);
    send_window_.credit(window);
    send_closing(sending_.confirm());
    if (observer_)
        observer_->on_open_confirmed(body);
    if (observer_ && mux_ && sending_.open() && wants_window_ && send_window_.left() > 0) {
        wants_window_ = false;
        observer_->on_writable();
    }
    return {};
}

void channel_impl::receive_open_failure(open_failure reason, std::string_view text)
{
    const std::string words = printable(text);
    if (event_notes* const n = mux_->reporter.notes())
        n->refused_by_peer(local_id_, reason, text);
    mux_->release(*this, std::make_shared<const failure>(errc::channel_open_refused, words));
    closed_ = true;
    if (channel_observer* const who = std::exchange(observer_, nullptr))
        who->on_open_refused(reason, words);
}

failure channel_impl::charge(byte_view data)
{
    // A packet longer than the maximum that we announced is accepted: some peers do not count the packet's head, and the window
    // and the connection's maximum packet size bound the cost.
    if (!receive_window_.received(data.size(), mux_->out.now(), mux_->pool))
        return {errc::window_overrun, std::to_string(data.size()) + " bytes far beyond the window of channel "
                                          + std::to_string(local_id_) + ", which has " + std::to_string(receive_window_.left())};
    note_use();
    ++count_.packets_in;
    count_.bytes_in += data.size();
    return {};
}

failure channel_impl::receive_data(stream s, byte_view data)
{
    if (sending_.closed())
        return {};
    if (!receiving_.open())
        return mux_->out.odd_message(data_behind_eof);
    if (failure f = charge(data))
        return f;
    if (merges_)
        s = stream::data;
    byte_queue& queue = queue_[index(s)];
    std::size_t taken = 0;
    if (discards_[index(s)]) {
        taken = data.size();
    } else if (!data.empty() && queue.empty()) {
        // While older bytes are queued, the observer cannot take newer ones.
        taken = std::min(observer_->on_data(s, data), data.size());
        if (!observer_)
            return {}; // the channel left the multiplexer meanwhile
        if (discards_[index(s)])
            taken = data.size();
    }
    if (taken < data.size())
        queue.push(data.subspan(taken));
    credit(taken);
    return {};
}

failure channel_impl::receive_unknown_data(byte_view data)
{
    if (sending_.closed())
        return {};
    if (!receiving_.open())
        return mux_->out.odd_message(data_behind_eof);
    if (failure f = charge(data))
        return f;
    credit(data.size());
    return {};
}

failure channel_impl::receive_adjust(std::uint32_t n)
{
    if (sending_.closed() || receiving_.closed())
        return {};
    if (!send_window_.credit(n))
        return {errc::protocol_error, "window of channel " + std::to_string(local_id_) + " adjusted past 2^32-1"};
    if (wants_window_ && send_window_.left() > 0) {
        wants_window_ = false;
        observer_->on_writable();
    }
    return {};
}

void channel_impl::receive_eof()
{
    if (!sending_.closed() && receiving_.eof())
        observer_->on_eof();
}

void channel_impl::receive_close()
{
    const bool again = receiving_.closed();
    const bool news = receiving_.close();
    if (holds_close_ && observer_ && !sending_.closed()) {
        if (again)
            return; // peers that repeat themselves are harmless
        drop_requests();
        wants_window_ = false;
        mux_->turns.leave(*this);
        if (news)
            observer_->on_eof();
        if (observer_)
            observer_->on_peer_closed();
        return;
    }
    send_closing(sending_.close(false));
    mux_->release(*this, nullptr);
    if (news && observer_)
        observer_->on_eof();
    finish();
}

failure channel_impl::receive_request(std::string_view type, bool want_reply, byte_view body)
{
    if (sending_.closed() || receiving_.closed())
        return {};
    std::uint64_t token = 0;
    if (want_reply) {
        if (requests().theirs.size() >= mux_->options.max_pending_requests)
            return {errc::too_many_pending, "requests on channel " + std::to_string(local_id_)};
        token = requests().theirs.arrived();
    }
    if (event_notes* const n = mux_->reporter.notes())
        n->asked(local_id_, token, type);
    const incoming_request r{type, want_reply, body, token};
    observer_->on_request(r);
    return {};
}

failure channel_impl::receive_reply(bool success)
{
    if (sending_.closed())
        return {};
    const auto asked = requests_ ? requests_->ours.pop() : std::nullopt;
    if (!asked)
        return mux_->out.odd_message("a reply to a request that was not made");
    mux_->awaited.over(asked->ticket);
    if (asked->wanted)
        observer_->on_reply(asked->token, success);
    return {};
}

void channel_impl::receive_unimplemented(std::uint32_t ticket)
{
    if (sending_.closed() || !requests_)
        return;
    if (const auto token = requests_->ours.remove(ticket))
        observer_->on_no_reply(*token, no_reply::unimplemented);
}

void channel_impl::reply_overdue(std::uint32_t ticket)
{
    if (!confirmed()) { // a late confirmation is answered with CLOSE
        why_ = std::make_shared<const failure>(errc::timed_out, "no answer to the open of a channel");
        send_closing(sending_.close(false));
        finish();
    } else if (!sending_.closed() && requests_) {
        if (const auto token = requests_->ours.give_up(ticket))
            observer_->on_no_reply(*token, no_reply::overdue);
    }
}

void channel_impl::leave(std::shared_ptr<const failure> why) noexcept
{
    if (!mux_)
        return;
    receive_window_.release(mux_->pool);
    if (const std::size_t unread = queue_[0].size() + queue_[1].size(); unread > 0 && !why)
        unread_share_.reset(new (std::nothrow) unread_share(mux_->unread, unread)); // without memory it goes uncounted
    mux_->turns.leave(*this);
    drop_requests();
    wants_window_ = false;
    why_ = std::move(why);
    mux_ = nullptr;
}

void channel_impl::finish()
{
    closed_ = true;
    if (channel_observer* const who = std::exchange(observer_, nullptr)) {
        const std::shared_ptr<const failure> why = why_; // keeps the failure alive if the call destroys the channel
        who->on_closed(why ? *why : failure());
    }
}

} // namespace sshoal::mux
