// piece_mover.hpp - moves a file in pieces, as many at once as the path holds.
#pragma once

#include "sftp/client/transfer.hpp"

#include <set>

namespace sshoal::sftp {

class piece_mover : public std::enable_shared_from_this<piece_mover> {
public:
    using clock = transfer::clock;

    /// `source` is the file's name in progress; `idle_round_trip` as of pipeline_depth.
    piece_mover(transfer_ptr t, file_task f, std::string source, std::size_t servers_size, clock::duration idle_round_trip = {});
    virtual ~piece_mover() = default;

    /// Returns: when all of it has been moved. Errors: the first; nothing is under way then.
    static awaitable<outcome<void>> run(std::shared_ptr<piece_mover> self);

    const transfer_ptr whole;
    file_task task;
    const std::size_t piece;
    sftp_protocol::pipeline_depth depth;
    transfer::meter meter;
    std::uint64_t next = 0;         ///< the first byte that nobody has begun with
    std::uint64_t end = UINT64_MAX; ///< as far as is known

protected:
    /// Moves one piece. Returns: bytes moved, which may be fewer; 0 where the source ends before it.
    virtual awaitable<outcome<std::size_t>> move(std::uint64_t offset, std::size_t n) = 0;

    /// All before it has been moved.
    std::uint64_t without_gaps() const noexcept { return unfinished_.empty() ? next : *unfinished_.begin(); }

    /// Where the next piece begins that must be moved, at or behind `offset`.
    virtual std::uint64_t after_hole(std::uint64_t offset) { return offset; }

private:
    static awaitable<outcome<void>> work(std::shared_ptr<piece_mover> self, std::weak_ptr<crew> others);
    void start_workers(const std::shared_ptr<crew>& workers);
    std::size_t allowed() const noexcept;
    bool may_begin() const noexcept;

    std::set<std::uint64_t> unfinished_; ///< where the pieces begin that are under way
    std::uint64_t reached_ = 0; ///< the end of the last byte that was moved
};

} // namespace sshoal::sftp
