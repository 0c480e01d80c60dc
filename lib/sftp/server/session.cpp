#include "sftp/server/session.hpp"

#include "sftp/protocol/symlink_order.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace sshoal::sftp {
namespace {

/// The sizes of the input's block while the client sends little, and while it sends much.
constexpr std::size_t quiet_input = 16 * 1024, busy_input = large_block;
/// A session counts as quiet after so many reads in a row for which a small block would have been enough.
constexpr unsigned quiet_reads = 8;

} // namespace

session::session(std::unique_ptr<stream_io> l, std::shared_ptr<file_system> files, serve_options options, permissions allowed,
                 bool keep_open)
    : lot(l->get_executor())
    , stream_(std::move(l))
    , files_(std::move(files))
    , options_(std::move(options))
    , allowed_(std::move(allowed))
    , keep_open_(keep_open)
    , link_first_(sftp_protocol::has_link_first(options_.client()))
    , handles_(options_.max_handles())
    , input_(std::make_shared<input>(options_.max_packet()))
    , input_size_(quiet_input)
    , workers_(parking::task_group::make(strand()))
    , ended_(ready())
{
}

awaitable<failure> session::run(std::shared_ptr<session> self)
{
    session& s = *self;
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    s.lot::open(self);
    s.add_worker();
    for (;;) {
        const asio::cancellation_state now = co_await asio::this_coro::cancellation_state;
        if (now.cancelled() != asio::cancellation_type::none)
            s.stop(failure(error_code(asio::error::operation_aborted)), true);
        if (s.working_ == 0 || s.over_)
            break;
        co_await s.ended_.wait();
    }
    auto leaving = s.workers_->wait();
    (void)co_await std::move(leaving);
    co_await asio::this_coro::throw_if_cancelled(throws);
    s.handles_.clear();
    co_return s.why_;
}

void session::add_worker()
{
    ++working_;
    workers_->start(worker(shared_from_this()));
}

awaitable<outcome<void>> session::worker(std::shared_ptr<session> self)
{
    std::exception_ptr thrown;
    try {
        co_await self->work_loop();
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown)
        self->stop(failure_from(thrown), true);
    if (--self->working_ == 0)
        self->ended_.wake_all();
    co_return outcome<void>();
}

awaitable<void> session::work_loop()
{
    while (!over_) {
        if (work* const w = startable()) {
            watch();
            std::exception_ptr thrown;
            try {
                auto working = start(*w);
                co_await std::move(working);
            } catch (...) {
                thrown = std::current_exception();
            }
            if (thrown && !over_)
                reply_.failed(w->r.id, failure_from(thrown));
            finished(*w);
            continue;
        }
        if (!reading_ && has_room()) {
            if (parse() == parsed::one)
                continue;
            if (!over_ && !input_ended_) {
                co_await read_more();
                continue;
            }
        }
        flush();
        if (output_.front().empty() || flushing_)
            break; // another worker reads, sends, or works and will do the rest
        co_await wait_and_flush();
    }
}

bool session::has_room() const noexcept
{
    // Each request has begun at most one block, so short replies that are made side by side may take a block each.
    return active_.size() < options_.max_parallel() && output_.waiting() < options_.max_unread()
           && output_.blocks() < active_.size() + output::blocks_for(options_.max_unread());
}

bool session::wants_worker() const noexcept
{
    return !over_ && (waiting_ > 0 || (!reading_ && has_room() && !(input_ended_ && input_dry_)));
}

/// To be called before work that may suspend. The posted function runs when all workers wait, and adds a worker if there is work.
void session::watch()
{
    if (watching_)
        return;
    watching_ = true;
    asio::post(stream_->get_executor(), [self = shared_from_this()] {
        self->watching_ = false;
        if (self->wants_worker())
            self->add_worker();
    });
}

void session::stop(failure why, bool gone)
{
    if (!over_)
        why_ = std::move(why);
    over_ = true;
    if (!gone)
        flush(); // sends the replies that explain the reason
    if (gone || !keep_open_)
        stream_->close();
    workers_->stop(failure(error_code(asio::error::operation_aborted)));
    ended_.wake_all();
}

/// Each read takes as much as there is room for, so that few packets are moved inside of the block: an incomplete WRITE is moved
/// to the front only if its end would not fit.
std::span<std::byte> session::input_room()
{
    if (input_.use_count() > 1) { // requests that are being worked on refer to it
        if (input_->fits(1))
            return input_->room();
        const byte_view begun = input_->pending();
        auto fresh = std::make_shared<input>(options_.max_packet());
        fresh->reserve(input_size_);
        const std::span<std::byte> at = fresh->prepare(begun.size());
        std::copy_n(begun.data(), begun.size(), at.data());
        fresh->commit(begun.size());
        input_ = std::move(fresh);
        return input_->prepare(1);
    }
    if (input_size_ == quiet_input)
        input_->release(quiet_input);
    input_->reserve(input_size_);
    // A short beginning of a packet costs little to move, and with little room, data would have to wait in the channel's queue.
    const std::size_t begun = input_->pending().size();
    return input_->prepare(begun < quiet_input / 2 ? quiet_input / 2 : 1);
}

/// The block grows when a read fills it, and is given back when the client sends little or has closed all its files.
void session::note_input(std::size_t n, std::size_t room) noexcept
{
    if (n == room) {
        input_size_ = busy_input;
        short_reads_ = 0;
    } else if (n >= quiet_input) {
        short_reads_ = 0;
    } else if (++short_reads_ >= quiet_reads) {
        input_size_ = quiet_input;
    }
}

awaitable<void> session::read_more()
{
    flush();
    reading_ = true;
    if (!output_.front().empty() && !flushing_)
        add_worker(); // sends while this worker reads
    if (active_.empty() && output_.waiting() == 0)
        output_.shrink();
    if (handles_.size() == 0)
        input_size_ = quiet_input;
    const std::span<std::byte> room = input_room();
    error_code ec;
    auto reading = stream_->read_some(room, ec);
    const std::size_t n = co_await std::move(reading);
    reading_ = false;
    if (n > 0) {
        input_->commit(n);
        input_dry_ = false;
        note_input(n, room.size());
        co_return;
    }
    input_ended_ = input_dry_ = true;
    if (ec && ec != errc::channel_closed)
        stop(failure(ec), true);
    else if (!over_ && !input_->pending().empty())
        stop(failure(errc::connection_lost, "the client ended within a packet"), false);
}

void session::flush() noexcept
{
    if (flushing_)
        return;
    for (byte_view next = output_.front(); !next.empty(); next = output_.front()) {
        const std::size_t n = stream_->try_write(next);
        if (n == 0)
            break;
        output_.sent(n);
    }
}

awaitable<void> session::wait_and_flush()
{
    flushing_ = true;
    const byte_view next = output_.front();
    error_code ec;
    auto writing = stream_->write(next, ec);
    const std::size_t n = co_await std::move(writing);
    flushing_ = false;
    if (n > 0)
        output_.sent(n);
    if (ec == errc::channel_closed)
        stop(failure(), true);
    else if (ec)
        stop(failure(ec), true);
}

} // namespace sshoal::sftp
