// half_close.hpp - two small state machines for the ends of a channel's two directions (RFC 4254 §5.3). Each event returns the
// messages that the caller must send.
//
//   sending:    unconfirmed ------confirm------> open --end--> ended --close--> closed
//               (end, close: a wish, which       open -----------close--------> closed
//                confirm() turns into messages)
//   receiving:  open --eof--> ended --close--> closed          open --close--> closed
//
// A CLOSE from the peer is answered by ours, unless that has gone already; with both halves closed the channel's number is free.
#pragma once

#include <cstdint>

namespace sshoal::mux {

/// The messages that the caller must send after an event, EOF first.
struct closing_messages {
    bool eof = false;
    bool close = false;
};

class sending_half {
public:
    /// A channel that we open waits for its confirmation; a channel that we accept is open at once.
    explicit sending_half(bool confirmed) noexcept : state_(confirmed ? state::open : state::unconfirmed) {}

    bool confirmed() const noexcept { return state_ >= state::open; }
    bool open() const noexcept { return state_ == state::open; }
    /// Returns whether neither EOF nor CLOSE has been sent or requested, so that a write may succeed now or later.
    bool writable() const noexcept { return state_ == state::open || state_ == state::unconfirmed; }
    /// Returns whether CLOSE has been sent.
    bool closed() const noexcept { return state_ == state::closed; }
    bool closed_or_wished() const noexcept { return state_ == state::closed || state_ == state::unconfirmed_close; }

    closing_messages confirm() noexcept
    {
        const state was = state_;
        state_ = was == state::unconfirmed_close ? state::closed : was == state::unconfirmed_end ? state::ended : state::open;
        return {was == state::unconfirmed_end, was == state::unconfirmed_close};
    }
    closing_messages end() noexcept
    {
        if (state_ == state::unconfirmed)
            state_ = state::unconfirmed_end;
        if (state_ != state::open)
            return {};
        state_ = state::ended;
        return {true, false};
    }
    /// Closes the channel. `in_order` means that all data has been sent, so EOF goes first. Otherwise no EOF is sent, so that the
    /// peer does not take the data for complete.
    closing_messages close(bool in_order) noexcept
    {
        if (!confirmed())
            state_ = state::unconfirmed_close;
        if (!confirmed() || closed())
            return {};
        const bool eof = in_order && state_ == state::open;
        state_ = state::closed;
        return {eof, true};
    }

private:
    enum class state : std::uint8_t { unconfirmed, unconfirmed_end, unconfirmed_close, open, ended, closed };
    state state_;
};

class receiving_half {
public:
    bool open() const noexcept { return state_ == state::open; }
    bool closed() const noexcept { return state_ == state::closed; }

    /// Returns true the first time; repeated EOFs of a peer are harmless.
    bool eof() noexcept
    {
        if (state_ != state::open)
            return false;
        state_ = state::ended;
        return true;
    }
    /// Returns true if no EOF came before the CLOSE.
    bool close() noexcept
    {
        const bool first = state_ == state::open;
        state_ = state::closed;
        return first;
    }

private:
    enum class state : std::uint8_t { open, ended, closed };
    state state_ = state::open;
};

} // namespace sshoal::mux
