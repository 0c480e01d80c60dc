// piece_mover.hpp - moves a file in pieces, as many at once as the path can hold.
#pragma once

#include "sftp/client/transfer.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>

namespace sshoal::sftp {

class piece_mover : public std::enable_shared_from_this<piece_mover> {
public:
    using clock = transfer::clock;

    /// `source`: the name of the file in progress reports; `idle_round_trip`: as in pipeline_depth.
    piece_mover(transfer_ptr t, file_task f, std::string source, std::size_t servers_size, clock::duration idle_round_trip = {});
    virtual ~piece_mover() = default;

    /// Moves everything up to the end of the source, whatever size was reported; see transfer_options::growth_checks().
    /// Returns: when everything has been moved; `end` says how much that is. Errors: the first failure; no piece is under way
    /// then.
    static awaitable<outcome<void>> run(std::shared_ptr<piece_mover> self);

    const transfer_ptr whole;
    const std::string name; ///< the name of the source in progress reports
    file_task task;
    const std::size_t piece;
    sftp_protocol::pipeline_depth depth;
    transfer::meter meter;
    std::uint64_t next = 0;         ///< the offset of the next piece
    std::uint64_t reported = UINT64_MAX; ///< the size that the source reported last, which is a hint; UINT64_MAX: unknown
    std::uint64_t end = UINT64_MAX;  ///< the offset where the source has turned out to end

protected:
    /// Moves one piece. Returns: bytes moved, which may be fewer than `n`; 0 if the source ends at or before `offset`.
    virtual awaitable<outcome<std::size_t>> move(std::uint64_t offset, std::size_t n) = 0;
    /// Asks the source for its size again. Returns: nothing if the source does not report it.
    virtual awaitable<std::optional<std::uint64_t>> size_now() = 0;
    /// Returns: whether the source has a byte at `offset`. The byte is not moved.
    virtual awaitable<outcome<bool>> goes_on_at(std::uint64_t offset) = 0;

    /// Returns: the offset before which all bytes have been moved.
    std::uint64_t without_gaps() const noexcept { return std::min(unfinished_.empty() ? next : *unfinished_.begin(), end); }

    /// For targets that take the pieces of a file in rising order only: waits until all earlier pieces have been sent.
    /// Returns: wake::cancelled if the wait was cancelled.
    awaitable<wake> turn_of(std::uint64_t offset);
    /// Returns: whether a refusal of READ means the end of the file: some servers refuse a READ at the reported size.
    bool is_end(std::uint64_t offset, const failure& f) const noexcept
    {
        return offset == reported && reported > 0 && f.code().category() == sftp_category();
    }
    /// To be called when this piece has been sent; the next piece may be sent then.
    void has_left(std::uint64_t offset) noexcept;
    bool is_first_in_line(std::uint64_t offset) noexcept { return in_line_.empty() || place_of(offset) == in_line_.begin(); }

    /// Returns: the offset at or behind this one where the next piece begins that is not a hole.
    virtual std::uint64_t after_hole(std::uint64_t offset) { return offset; }

private:
    using line = std::map<std::uint64_t, gate*>;
    class place_in_line;
    class waiting_gate;

    static awaitable<outcome<void>> all(std::shared_ptr<piece_mover> self);
    static awaitable<outcome<void>> work(std::shared_ptr<piece_mover> self, std::weak_ptr<task_group> others);
    static awaitable<outcome<void>> one_piece(piece_mover& self, std::uint64_t offset, std::uint64_t last);
    void found_longer(std::optional<std::uint64_t> now, std::uint64_t moved);
    void start_workers(const std::shared_ptr<task_group>& workers);
    std::size_t allowed() const noexcept;
    bool may_begin() const noexcept;
    bool at_a_limit() noexcept;
    static awaitable<outcome<void>> leave_rest(std::shared_ptr<piece_mover> self);
    std::uint64_t piece_end(std::uint64_t offset) const noexcept;
    line::iterator place_of(std::uint64_t offset) { return std::prev(in_line_.upper_bound(offset)); }

    std::set<std::uint64_t> unfinished_; ///< the offsets of the pieces that are under way
    line in_line_;                       ///< the offsets of the pieces that have not been sent, and the gates where they wait
    std::uint64_t reached_ = 0; ///< the offset behind the last byte that was moved
    std::uint64_t last_ = UINT64_MAX; ///< the limit of what is moved if the reported size is wrong
    std::size_t checks_left_;   ///< how often a growing source may still be asked for its size
};

} // namespace sshoal::sftp
