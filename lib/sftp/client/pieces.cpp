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

/// Sends requests until enough bytes are under way. At least one piece is under way afterwards, unless the end has been reached.
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

failure piece_reader::ask()
{
    if (failure f = from_->usable())
        return f;
    return fill();
}

outcome<std::shared_ptr<block>> piece_reader::take()
{
    if (under_way_.empty())
        return std::make_shared<block>(0);
    piece taken = std::move(under_way_.front());
    under_way_.pop_front();
    asked_ -= taken.size;
    const failure refused = taken.reply->refusal("read " + printable(from_->path));
    std::shared_ptr<block> data = taken.reply->data();
    if (refused.code() == make_error_code(status::eof) || (!refused && data->size == 0)) {
        ended_ = true;
        under_way_.clear();
        asked_ = 0;
        data->size = 0;
        return data;
    }
    if (refused)
        return refused;
    if (data->size < taken.size) // the missing rest comes before the pieces that have been requested behind it
        if (failure f = start(under_way_.begin(), taken.offset + data->size, taken.size - data->size))
            return f;
    allowed_ = std::min(ahead_, std::max(allowed_ * 2, from_->core().read_size()));
    if (failure f = fill())
        return f;
    return data;
}

bool pending_piece::over()
{
    if (result_)
        return true;
    if (!asked_) {
        asked_ = true;
        if (failure f = reader_->ask()) {
            result_.emplace(std::move(f));
            return true;
        }
    }
    const awaited_reply* const first = reader_->first();
    if (first && !first->done())
        return false;
    result_.emplace(reader_->take());
    return true;
}

void pending_piece::woken(wake w)
{
    if (w == wake::cancelled)
        result_.emplace(aborted());
}

pending_read_at::pending_read_at(std::shared_ptr<remote_handle> from, std::uint64_t offset, std::span<std::byte> into)
    : reader_(std::make_shared<piece_reader>(std::move(from), offset, into.size(), bytes_of_one_call, true)), into_(into)
{
}

bool pending_read_at::over()
{
    while (!result_) {
        if (into_.empty()) {
            result_.emplace(done_);
            break;
        }
        if (!piece_)
            piece_.emplace(reader_);
        if (!piece_->over())
            return false;
        const outcome<std::shared_ptr<block>> piece = piece_->take();
        piece_.reset();
        if (!piece) {
            result_.emplace(piece.error());
        } else if ((*piece)->size == 0) {
            result_.emplace(done_);
        } else {
            std::copy_n((*piece)->data(), (*piece)->size, into_.data());
            into_ = into_.subspan((*piece)->size);
            done_ += (*piece)->size;
        }
    }
    return true;
}

// -- writing ------------------------------------------------------------------------------------------------------------------

bool piece_writer::settled(std::size_t behind)
{
    while (!under_way_.empty() && (unanswered_ > behind || under_way_.front().reply->done())) {
        const piece& oldest = under_way_.front();
        if (!oldest.reply->done())
            return false;
        if (failure f = oldest.reply->refusal("write " + printable(to_->path)); f && !trouble_)
            trouble_ = std::move(f);
        unanswered_ -= oldest.size;
        under_way_.pop_front();
    }
    return true;
}

outcome<std::size_t> piece_writer::send(std::uint64_t offset, byte_view data)
{
    const std::size_t n = std::min(to_->core().write_size(), data.size());
    piece p{std::make_unique<awaited_reply>(to_->core()), n};
    if (failure f = p.reply->send_write(to_->text(), offset, data.first(n)))
        return f;
    under_way_.push_back(std::move(p));
    unanswered_ += n;
    return n;
}

bool pending_write_at::over()
{
    while (!result_ && !data_.empty()) {
        if (!checked_)
            if (failure f = writer_->usable()) {
                result_.emplace(std::move(f));
                break;
            }
        checked_ = true;
        if (!writer_->settled(behind_))
            return false;
        if (failure f = writer_->take_trouble()) {
            result_.emplace(std::move(f));
            break;
        }
        const outcome<std::size_t> sent = writer_->send(offset_, data_);
        if (!sent) {
            result_.emplace(sent.error());
            break;
        }
        offset_ += *sent;
        data_ = data_.subspan(*sent);
        checked_ = false;
    }
    if (!result_)
        result_.emplace();
    return true;
}

void pending_write_at::woken(wake w)
{
    if (w == wake::cancelled)
        result_.emplace(aborted());
}

bool pending_flush::over()
{
    if (result_)
        return true;
    if (!writer_->settled(0))
        return false;
    if (failure f = writer_->take_trouble())
        result_.emplace(std::move(f));
    else
        result_.emplace();
    return true;
}

void pending_flush::woken(wake w)
{
    if (w == wake::cancelled)
        result_.emplace(aborted());
}

} // namespace sshoal::sftp
