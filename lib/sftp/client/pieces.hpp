// pieces.hpp - long reads and writes in order, as pieces that travel together.
#pragma once

#include "sftp/client/awaited_reply.hpp"
#include "sftp/client/handles.hpp"

#include <deque>

namespace sshoal::sftp {

/// One READ. Returns: the data, which may be less than was asked for; an empty block at the end of the file.
awaitable<outcome<std::shared_ptr<block>>> read_once(const remote_handle& from, std::uint64_t offset, std::size_t n);

/// Reads a file from an offset on. Short answers are asked for again, so the data has no gaps.
class piece_reader {
public:
    /// At most `length` bytes; `ahead`: how many may be asked for before they are taken. `eager`: all of that from the beginning;
    /// otherwise from one piece up, twice as much each time, as for a file that may soon be at its end.
    piece_reader(std::shared_ptr<remote_handle> from, std::uint64_t offset, std::uint64_t length, std::size_t ahead, bool eager);

    /// Returns: the next data, empty at the end. On the strand, one at a time.
    static awaitable<outcome<std::shared_ptr<block>>> next(std::shared_ptr<piece_reader> self);

    const std::shared_ptr<remote_handle>& from() const noexcept { return from_; }

private:
    struct piece {
        std::unique_ptr<awaited_reply> reply;
        std::uint64_t offset;
        std::size_t size;
    };
    failure fill();
    failure start(std::deque<piece>::iterator before, std::uint64_t offset, std::size_t size);

    std::shared_ptr<remote_handle> from_;
    std::deque<piece> under_way_;
    std::uint64_t next_, end_;
    std::size_t ahead_, allowed_, asked_ = 0;
    bool ended_ = false;
};

/// Writes without waiting for each answer.
class piece_writer {
public:
    explicit piece_writer(std::shared_ptr<remote_handle> to) noexcept : to_(std::move(to)) {}

    /// Sends what is given, after waiting until no more than `behind` bytes are unanswered.
    /// Errors: the first of any write that has not been told yet; nothing more is sent then.
    static awaitable<outcome<void>> write(std::shared_ptr<piece_writer> self, std::uint64_t offset, byte_view data,
                                          std::size_t behind);
    /// Waits until at most `behind` bytes are unanswered.
    static awaitable<outcome<void>> settle(std::shared_ptr<piece_writer> self, std::size_t behind);

private:
    struct piece {
        std::unique_ptr<awaited_reply> reply;
        std::size_t size;
    };
    std::shared_ptr<remote_handle> to_;
    std::deque<piece> under_way_;
    std::size_t unanswered_ = 0;
    failure trouble_;
};

} // namespace sshoal::sftp
