// request_table.hpp - requests that have left and wait for their answers, by id. An id is used again only when its answer has
// come, so a late answer can never be taken for another's.
#pragma once

#include "sftp/client/block.hpp"
#include "sftp/protocol/messages.hpp"

#include <optional>

namespace sshoal::sftp {

/// Who waits for an answer. Called on the strand; must not wait, and may not throw.
class reply_sink {
public:
    /// `body`: what follows the id. Data that was read is in the block that was given with the request.
    virtual void on_reply(sftp_protocol::type t, wire::reader body) = 0;
    /// No answer will come.
    virtual void on_lost(const failure& why) = 0;
    /// The io_context is being destroyed: let go of the coroutine that waits. This object may be gone afterwards.
    virtual void on_teardown() noexcept = 0;

protected:
    ~reply_sink() = default;
};

/// What is done with the answer to a request that nobody waits for any more.
enum class late_reply : std::uint8_t { drop, close_handle };

struct outstanding_request {
    reply_sink* sink = nullptr;
    std::shared_ptr<block> into; ///< for READ
    std::size_t most = 0;        ///< bytes of it that were asked for; the block may have more room
    sftp_protocol::type expected = sftp_protocol::type::status;
    late_reply late = late_reply::drop;
    bool used = false;
};

class request_table {
public:
    /// Of requests under way at once.
    static constexpr std::size_t most = 65536;

    std::optional<std::uint32_t> add(outstanding_request r)
    {
        std::uint32_t id = 0;
        if (!free_.empty()) {
            id = free_.back();
            free_.pop_back();
        } else if (slots_.size() < most) {
            id = std::uint32_t(slots_.size());
            slots_.emplace_back();
        } else {
            return std::nullopt;
        }
        slots_[id] = std::move(r);
        slots_[id].used = true;
        ++used_;
        return id;
    }
    outstanding_request* find(std::uint32_t id) noexcept
    {
        return id < slots_.size() && slots_[id].used ? &slots_[id] : nullptr;
    }
    outstanding_request take(std::uint32_t id)
    {
        outstanding_request r = std::move(slots_[id]);
        slots_[id] = outstanding_request();
        free_.push_back(id);
        --used_;
        return r;
    }
    std::size_t size() const noexcept { return used_; }
    std::size_t capacity() const noexcept { return slots_.size(); }

private:
    std::vector<outstanding_request> slots_;
    std::vector<std::uint32_t> free_;
    std::size_t used_ = 0;
};

} // namespace sshoal::sftp
