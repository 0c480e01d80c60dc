// channel_impl.hpp - the implementation of channel: calls of the user, and messages of the peer (RFC 4254 §5). The table of the
// multiplexer and the user own the channel together. The dispatch of a message holds it too, since observers may drop their
// pointer in any call.
#pragma once

#include "base/byte_queue.hpp"
#include "mux/half_close.hpp"
#include "mux/unread_share.hpp"
#include "mux/multiplexer.hpp"
#include "mux/requests.hpp"
#include "mux/sender.hpp"
#include "mux/window.hpp"

#include <variant>

namespace sshoal::mux {

class channel_impl final : public channel, public sender {
public:
    /// Makes a channel that we open and the peer has to confirm; the multiplexer sets its number.
    channel_impl(multiplexer::impl&, channel_observer&, const open_wishes&);
    /// Makes a channel that the peer opened and we have accepted.
    channel_impl(multiplexer::impl&, channel_observer&, std::uint32_t remote_id, std::uint32_t window, std::uint32_t max_packet);

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
    void set_purpose(std::string_view name) override;
    void set_send_rate(std::uint64_t bytes_per_second) override;
    void set_name(std::string_view name) override;
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
    /// Handles extended data of an undefined type.
    failure receive_unknown_data(byte_view data);
    failure receive_adjust(std::uint32_t n);
    void receive_eof();
    void receive_close();
    failure receive_request(std::string_view type, bool want_reply, byte_view body);
    failure receive_reply(bool success);
    /// Tells that no reply will come to a request of ours, or to our open.
    void receive_unimplemented(std::uint32_t ticket);
    void reply_overdue(std::uint32_t ticket);
    std::uint32_t open_ticket() const noexcept { return open_ticket_; }
    void set_open_ticket(std::uint32_t ticket) noexcept { open_ticket_ = ticket; }

    /// Tells the observer that it may write now.
    void may_write();
    /// Separates the channel from the multiplexer, when its number is free or the connection is over. `why` is null after an
    /// orderly end.
    void leave(std::shared_ptr<const failure> why) noexcept;
    /// Tells the observer that the channel is over.
    void finish();

private:
    /// The queues are allocated on demand, since most channels have few requests.
    struct request_queues {
        outstanding_requests ours;
        unanswered_requests<bool> theirs;
    };

    static std::size_t index(stream s) noexcept { return std::size_t(s); }
    bool connected() const noexcept { return mux_ && sending_.confirmed() && !sending_.closed(); }
    failure charge(byte_view data);
    void credit(std::size_t n);
    void send_closing(closing_messages);
    /// Gives the number back once CLOSE has gone both ways.
    void end_if_both_closed();
    void send_packet(stream, byte_view piece);
    /// Data moves now.
    void note_use();
    request_queues& requests();
    void drop_requests() noexcept;

    multiplexer::impl* mux_; // null after leave()
    channel_observer* observer_; // null after detach() and after on_closed()
    std::uint32_t local_id_ = 0;
    std::uint32_t remote_id_ = 0;
    std::uint32_t remote_max_packet_ = 0; // before the confirmation: the limit that the open wishes; 0: none
    std::uint32_t open_ticket_ = 0; // ticket of our open, until the peer has answered it
    send_window send_window_;
    receive_window receive_window_;
    sending_half sending_;
    receiving_half receiving_;
    bool discards_[2] = {false, false};
    bool merges_ = false;
    bool closed_ = false;
    bool holds_close_ = false; // the peer's CLOSE waits for close()
    bool wants_window_ = false; // a write ended because the window was used up
    byte_queue queue_[2];
    std::unique_ptr<unread_share> unread_share_; // counts the data that is queued when the channel leaves
    channel_counters count_;
    std::unique_ptr<request_queues> requests_;
    std::shared_ptr<const failure> why_;
};

} // namespace sshoal::mux
