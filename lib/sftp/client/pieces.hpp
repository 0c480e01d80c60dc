// pieces.hpp - long reads and writes in order, as pieces that travel together. The classes are no coroutines, so that an
// operation on a file takes one coroutine frame. Each is awaited in steps: while (!over()) woken(co_await wait()).
#pragma once

#include "sftp/client/awaited_reply.hpp"
#include "sftp/client/handles.hpp"

#include <deque>

namespace sshoal::sftp {

/// The most bytes that one read_at() or write_at() has under way.
constexpr std::size_t bytes_of_one_call = 4u << 20;

/// Sends one READ. Returns: the data, which may be shorter than requested; an empty block at the end of the file.
awaitable<outcome<std::shared_ptr<block>>> read_once(const remote_handle& from, std::uint64_t offset, std::size_t n);

/// Reads a file from an offset on. The missing rest of a short answer is requested again, so the data has no gaps.
class piece_reader {
public:
    /// Reads at most `length` bytes. `ahead`: how many bytes may be requested before they are taken. `eager`: requests all of
    /// these at once; otherwise begins with one piece and doubles each time, since the file may end soon.
    piece_reader(std::shared_ptr<remote_handle> from, std::uint64_t offset, std::uint64_t length, std::size_t ahead, bool eager);

    /// Sends requests for the next pieces, if they have not been sent. Errors: the handle is closed.
    failure ask();
    /// Returns: the request for the next piece; null if no more data comes.
    awaited_reply* first() noexcept { return under_way_.empty() ? nullptr : under_way_.front().reply.get(); }
    /// To be called after ask(), and when first() is null or done. Returns: the next data; empty at the end.
    outcome<std::shared_ptr<block>> take();

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

/// The next piece of a reader. On the strand, one at a time. If the wait is cancelled, the reader keeps the piece.
class pending_piece {
public:
    explicit pending_piece(std::shared_ptr<piece_reader> r) noexcept : reader_(std::move(r)) {}
    bool over();
    auto wait() { return reader_->first()->wait(); }
    void woken(wake);
    outcome<std::shared_ptr<block>> take() { return std::move(*result_); }

private:
    std::shared_ptr<piece_reader> reader_;
    bool asked_ = false;
    std::optional<outcome<std::shared_ptr<block>>> result_;
};

/// Reads until a span is full or the file ends.
class pending_read_at {
public:
    pending_read_at(std::shared_ptr<remote_handle> from, std::uint64_t offset, std::span<std::byte> into);
    bool over();
    auto wait() { return piece_->wait(); }
    void woken(wake w) { piece_->woken(w); }
    const outcome<std::size_t>& result() const { return *result_; }

private:
    std::shared_ptr<piece_reader> reader_;
    std::span<std::byte> into_;
    std::size_t done_ = 0;
    std::optional<pending_piece> piece_;
    std::optional<outcome<std::size_t>> result_;
};

/// Writes without waiting for each answer.
class piece_writer {
public:
    explicit piece_writer(std::shared_ptr<remote_handle> to) noexcept : to_(std::move(to)) {}

    failure usable() const { return to_->usable(); }
    /// Takes note of the answers that have come. Returns: false if more than `behind` bytes are unanswered, so that first() must
    /// be waited for.
    bool settled(std::size_t behind);
    awaited_reply& first() noexcept { return *under_way_.front().reply; }
    /// Returns: the first failure of a write that has not been reported yet.
    failure take_trouble() { return std::exchange(trouble_, failure()); }
    /// Sends one WRITE. Returns: how many bytes of the data it carries.
    outcome<std::size_t> send(std::uint64_t offset, byte_view data);

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

/// Sends data while no more than `behind` bytes are unanswered.
/// Errors: the first failure of a write that has not been reported yet; the rest is not sent then.
class pending_write_at {
public:
    pending_write_at(std::shared_ptr<piece_writer> w, std::uint64_t offset, byte_view data, std::size_t behind) noexcept
        : writer_(std::move(w)), data_(data), offset_(offset), behind_(std::max<std::size_t>(behind, 1))
    {
    }
    bool over();
    auto wait() { return writer_->first().wait(); }
    void woken(wake);
    const outcome<void>& result() const { return *result_; }

private:
    std::shared_ptr<piece_writer> writer_;
    byte_view data_;
    std::uint64_t offset_;
    std::size_t behind_;
    bool checked_ = false; ///< the handle has been found open for the next piece
    std::optional<outcome<void>> result_;
};

/// Waits for all answers of a writer. Errors: as pending_write_at.
class pending_flush {
public:
    explicit pending_flush(std::shared_ptr<piece_writer> w) noexcept : writer_(std::move(w)) {}
    bool over();
    auto wait() { return writer_->first().wait(); }
    void woken(wake);
    const outcome<void>& result() const { return *result_; }

private:
    std::shared_ptr<piece_writer> writer_;
    std::optional<outcome<void>> result_;
};

} // namespace sshoal::sftp
