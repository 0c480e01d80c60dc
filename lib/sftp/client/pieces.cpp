#include "sftp/client/pieces.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace sshoal::sftp {

namespace {

failure aborted() { return failure(error_code(asio::error::operation_aborted)); }

} // namespace

// -- reading ------------------------------------------------------------------------------------------------------------------

awaitable<outcome<std::shared_ptr<block>>> read_once(const remote_handle& from, std::uint64_t offset, std::size_t n)
{
    awaited_reply reply(from.core());
    if (failure f = reply.send_read(from.text(), offset, n))
        co_return f;
    while (!reply.done()) {
        const wake w = co_await reply.wait();
        if (w == wake::cancelled)
            co_return aborted();
    }
    const failure refused = reply.refusal("read " + printable(from.path));
    std::shared_ptr<block> data = reply.data();
    if (refused.code() == make_error_code(status::eof))
        data->size = 0;
    else if (refused)
        co_return refused;
    co_return data;
}

piece_reader::piece_reader(std::shared_ptr<remote_handle> from, std::uint64_t offset, std::uint64_t length, std::size_t ahead,
                           bool eager)
    : from_(std::move(from))
    , next_(offset)
    , end_(length > UINT64_MAX - offset ? UINT64_MAX : offset + length)
    , ahead_(ahead)
    , allowed_(eager ? ahead : 0)
{
}

failure piece_reader::start(std::deque<piece>::iterator before, std::uint64_t offset, std::size_t size)
{
    auto reply = std::make_unique<awaited_reply>(from_->core());
    if (failure f = reply->send_read(from_->text(), offset, size))
        return f;
    under_way_.insert(before, piece{std::move(reply), offset, size});
    asked_ += size;
    return {};
}

/// At least one piece is under way afterwards, unless the end has been reached.
failure piece_reader::fill()
{
    const std::size_t step = from_->core().read_size();
    while (!ended_ && next_ < end_ && (under_way_.empty() || asked_ + step <= allowed_)) {
        const std::size_t size = std::size_t(std::min<std::uint64_t>(step, end_ - next_));
        if (failure f = start(under_way_.end(), next_, size))
            return f;
        next_ += size;
    }
    return {};
}

awaitable<outcome<std::shared_ptr<block>>> piece_reader::next(std::shared_ptr<piece_reader> self)
{
    if (failure f = self->from_->usable())
        co_return f;
    if (failure f = self->fill())
        co_return f;
    if (self->under_way_.empty())
        co_return std::make_shared<block>(0);
    awaited_reply& reply = *self->under_way_.front().reply;
    while (!reply.done()) {
        const wake w = co_await reply.wait();
        if (w == wake::cancelled)
            co_return aborted(); // the piece stays; nothing is lost
    }
    piece taken = std::move(self->under_way_.front());
    self->under_way_.pop_front();
    self->asked_ -= taken.size;
    const failure refused = taken.reply->refusal("read " + printable(self->from_->path));
    std::shared_ptr<block> data = taken.reply->data();
    if (refused.code() == make_error_code(status::eof) || (!refused && data->size == 0)) {
        self->ended_ = true;
        self->under_way_.clear();
        self->asked_ = 0;
        data->size = 0;
        co_return data;
    }
    if (refused)
        co_return refused;
    if (data->size < taken.size) // the rest comes before what has been asked for behind it
        if (failure f = self->start(self->under_way_.begin(), taken.offset + data->size, taken.size - data->size))
            co_return f;
    self->allowed_ = std::min(self->ahead_, std::max(self->allowed_ * 2, self->from_->core().read_size()));
    if (failure f = self->fill())
        co_return f;
    co_return data;
}

// -- writing ------------------------------------------------------------------------------------------------------------------

awaitable<outcome<void>> piece_writer::settle(std::shared_ptr<piece_writer> self, std::size_t behind)
{
    while (!self->under_way_.empty() && (self->unanswered_ > behind || behind == 0 || self->under_way_.front().reply->done())) {
        awaited_reply& reply = *self->under_way_.front().reply;
        while (!reply.done()) {
            const wake w = co_await reply.wait();
            if (w == wake::cancelled)
                co_return aborted();
        }
        if (failure f = reply.refusal("write " + printable(self->to_->path)); f && !self->trouble_)
            self->trouble_ = f;
        self->unanswered_ -= self->under_way_.front().size;
        self->under_way_.pop_front();
    }
    if (self->trouble_)
        co_return std::exchange(self->trouble_, failure()); // told once, and not before
    co_return outcome<void>();
}

awaitable<outcome<void>> piece_writer::write(std::shared_ptr<piece_writer> self, std::uint64_t offset, byte_view data,
                                             std::size_t behind)
{
    const std::size_t step = self->to_->core().write_size();
    while (!data.empty()) {
        if (failure f = self->to_->usable())
            co_return f;
        const std::size_t n = std::min(step, data.size());
        auto settling = settle(self, std::max<std::size_t>(behind, 1));
        outcome<void> settled = co_await std::move(settling);
        if (!settled)
            co_return settled;
        piece p{std::make_unique<awaited_reply>(self->to_->core()), n};
        if (failure f = p.reply->send_write(self->to_->text(), offset, data.first(n)))
            co_return f;
        self->under_way_.push_back(std::move(p));
        self->unanswered_ += n;
        offset += n;
        data = data.subspan(n);
    }
    co_return outcome<void>();
}

} // namespace sshoal::sftp
