// request_table.hpp - requests that have been sent and wait for their answers, by id. An id is used again only when its answer
// has come, so a late answer cannot be assigned to another request.
#pragma once

#include "sftp/client/block.hpp"
#include "sftp/protocol/messages.hpp"

#include <optional>

namespace sshoal::sftp {

/// The receiver of an answer. Members are called on the strand, must not wait and must not throw.
class reply_sink {
public:
    /// `body`: the packet behind the id. The data of a READ is in the block that was given with the request.
    virtual void on_reply(sftp_protocol::type t, wire::reader body) = 0;
    /// No answer will come.
    virtual void on_lost(const failure& why) = 0;
    /// The io_context is being destroyed. The receiver destroys the waiting coroutine, and may be gone itself afterwards.
    virtual void on_teardown() noexcept = 0;

protected:
    ~reply_sink() = default;
};

/// The treatment of an answer whose request has been given up.
enum class late_reply : std::uint8_t { drop, close_handle };

struct outstanding_request {
    reply_sink* sink = nullptr;
    std::shared_ptr<block> into; ///< for READ
    std::size_t most = 0;        ///< the number of bytes that were requested; the block may have more room
    sftp_protocol::type expected = sftp_protocol::type::status;
    late_reply late = late_reply::drop;
    bool used = false;
};

class request_table {
public:
    /// The most requests under way at once.
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
