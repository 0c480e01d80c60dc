// piece_mover.hpp - moves a file in pieces, as many at once as the path holds.
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

    /// `source` is the file's name in progress; `idle_round_trip` as of pipeline_depth.
    piece_mover(transfer_ptr t, file_task f, std::string source, std::size_t servers_size, clock::duration idle_round_trip = {});
    virtual ~piece_mover() = default;

    /// Moves everything up to the end of the source, whatever its size was said to be; see transfer_options::growth_checks().
    /// Returns: when all of it has been moved; `end` says how much that is. Errors: the first; nothing is under way then.
    static awaitable<outcome<void>> run(std::shared_ptr<piece_mover> self);

    const transfer_ptr whole;
    const std::string name; ///< of the source, in progress
    file_task task;
    const std::size_t piece;
    sftp_protocol::pipeline_depth depth;
    transfer::meter meter;
    std::uint64_t next = 0;         ///< the first byte that nobody has begun with
    std::uint64_t said = UINT64_MAX; ///< the source's size as it was told last, which is a hint; UINT64_MAX: nobody can tell
    std::uint64_t end = UINT64_MAX;  ///< where the source has turned out to end

protected:
    /// Moves one piece. Returns: bytes moved, which may be fewer; 0 where the source ends before it.
    virtual awaitable<outcome<std::size_t>> move(std::uint64_t offset, std::size_t n) = 0;
    /// Asks the source for its size again. Returns: nothing where the source does not tell it.
    virtual awaitable<std::optional<std::uint64_t>> size_now() = 0;
    /// Whether the source has something at `offset`, which is not moved.
    virtual awaitable<outcome<bool>> goes_on_at(std::uint64_t offset) = 0;

    /// All before it has been moved.
    std::uint64_t without_gaps() const noexcept { return std::min(unfinished_.empty() ? next : *unfinished_.begin(), end); }

    /// For targets that take the pieces of a file in rising order only: waits until all pieces before this one have left.
    /// Returns: wake::cancelled where the waiting was given up.
    awaitable<wake> turn_of(std::uint64_t offset);
    /// Whether a READ that was refused was behind all that was told, and is as good as the end: some servers have no better word.
    bool is_end(std::uint64_t offset, const failure& f) const noexcept
    {
        return offset == said && said > 0 && f.code().category() == sftp_category();
    }
    /// Lets the piece after this one leave: this one is on its way.
    void has_left(std::uint64_t offset) noexcept;
    bool is_first_in_line(std::uint64_t offset) noexcept { return in_line_.empty() || place_of(offset) == in_line_.begin(); }

    /// Where the next piece begins that must be moved, at or behind `offset`.
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

    std::set<std::uint64_t> unfinished_; ///< where the pieces begin that are under way
    line in_line_;                       ///< the pieces that have not left yet, and who waits
    std::uint64_t reached_ = 0; ///< the end of the last byte that was moved
    std::uint64_t last_ = UINT64_MAX; ///< nothing from here on is moved, because the source's size was wrong by so much
    std::size_t checks_left_;   ///< how often a source that has grown may still be asked for its size
};

} // namespace sshoal::sftp
