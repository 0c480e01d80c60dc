// channel_state.hpp - the channel behind the interface: what the user does, and what the peer's messages do to it (RFC 4254 §5).
// It lives as long as the table of the multiplexer or a user holds it; a message holds it too while it is being dispatched, as
// observers may drop their pointer in any call.
#pragma once

#include "base/byte_queue.hpp"
#include "mux/half_close.hpp"
#include "mux/left_behind.hpp"
#include "mux/multiplexer.hpp"
#include "mux/requests.hpp"
#include "mux/sender.hpp"
#include "mux/window.hpp"

#include <variant>

namespace sshoal::mux {

class channel_state final : public channel, public sender {
public:
    /// An open of ours, to be confirmed; the multiplexer gives it its number.
    channel_state(multiplexer::impl&, channel_observer&);
    /// An open of the peer that has been accepted.
    channel_state(multiplexer::impl&, channel_observer&, std::uint32_t remote_id, std::uint32_t window, std::uint32_t max_packet);

    std::uint32_t local_id() const noexcept override { return local_id_; }
    std::uint32_t remote_id() const noexcept override { return remote_id_; }
    bool is_open() const noexcept override;
    bool is_closed() const noexcept override { return closed_; }

    std::size_t read(stream, byte_span into) override;
    std::size_t queued(stream s) const noexcept override { return queue_[index(s)].size(); }
    bool at_eof(stream) const noexcept override;
    void discard(stream) override;
    void merge_error_stream() override { merges_ = true; }
    std::size_t write(stream, byte_view from) override;
    failure write_failure() const override;
    void widen_window(std::uint32_t size) override;
    void set_priority(channel_priority) override;
    void set_terminal() override;
    void set_send_rate(std::uint64_t bytes_per_second) override;
    void send_eof() override;
    void close() override;
    void hold_close() override { holds_close_ = true; }
    void detach() override;
    outcome<void> request(std::string_view type, bool want_reply, byte_view body, std::uint64_t token) override;
    void abandon_request(std::uint64_t token) noexcept override;
    void reply(std::uint64_t token, bool success) override;

    std::uint32_t local_window() const noexcept override { return receive_window_.left(); }
    std::uint32_t window_size() const noexcept override { return receive_window_.size(); }
    std::uint64_t remote_window() const noexcept override { return send_window_.left(); }
    const channel_counters& count() const noexcept override { return count_; }

    // -- for the multiplexer: the peer's messages; a failure ends the connection --------------------------------------------
    bool confirmed() const noexcept { return sending_.confirmed(); }
    void set_local_id(std::uint32_t id) noexcept { local_id_ = id; }
    failure receive_confirmation(std::uint32_t remote_id, std::uint32_t window, std::uint32_t max_packet, byte_view body);
    void receive_open_failure(open_failure reason, std::string_view text);
    failure receive_data(stream, byte_view data);
    /// Extended data of a kind that nobody has defined.
    failure receive_unknown_data(byte_view data);
    failure receive_adjust(std::uint32_t n);
    void receive_eof();
    void receive_close();
    failure receive_request(std::string_view type, bool want_reply, byte_view body);
    failure receive_reply(bool success);
    /// No reply will come to a request of ours, or to our open.
    void receive_unimplemented(std::uint32_t ticket);
    void reply_overdue(std::uint32_t ticket);
    std::uint32_t open_ticket() const noexcept { return open_ticket_; }
    void set_open_ticket(std::uint32_t ticket) noexcept { open_ticket_ = ticket; }

    /// It is this writer's turn.
    void may_write();
    /// The number is free, or the connection over: no further word to or from the multiplexer. A null reason: in order.
    void leave(std::shared_ptr<const failure> why) noexcept;
    /// Tells the observer that the channel is over.
    void finish();

private:
    /// Most channels see a few requests and then none.
    struct request_queues {
        outstanding_requests ours;
        unanswered_requests<bool> theirs;
    };

    static std::size_t index(stream s) noexcept { return std::size_t(s); }
    bool connected() const noexcept { return mux_ && sending_.confirmed() && !sending_.closed(); }
    failure charge(byte_view data);
    void credit(std::size_t n);
    void say(farewell);
    /// Gives the number back once CLOSE has gone both ways.
    void end_if_both_closed();
    void send_packet(stream, byte_view piece);
    request_queues& requests();
    void drop_requests() noexcept;

    multiplexer::impl* mux_; // null: see leave()
    channel_observer* observer_; // null: detached, or told that it is over
    std::uint32_t local_id_ = 0;
    std::uint32_t remote_id_ = 0;
    std::uint32_t remote_max_packet_ = 0;
    std::uint32_t open_ticket_ = 0; // of our open, until the peer has answered it
    send_window send_window_;
    receive_window receive_window_;
    sending_half sending_;
    receiving_half receiving_;
    bool discards_[2] = {false, false};
    bool merges_ = false;
    bool closed_ = false;
    bool holds_close_ = false; // the peer's CLOSE waits for close()
    bool wants_window_ = false; // a write ended because the window did
    byte_queue queue_[2];
    std::unique_ptr<left_behind> left_behind_; // of what is queued when the channel leaves
    channel_counters count_;
    std::unique_ptr<request_queues> requests_;
    std::shared_ptr<const failure> why_;
};

} // namespace sshoal::mux
