#include "sshoal/relay.hpp"

#include "net/closing_stream.hpp"
#include "net/crossing.hpp"
#include "net/strand.hpp"
#include "net/would_block.hpp"
#include "parking/gate.hpp"
#include "parking/lot.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>

namespace sshoal {
namespace net {
namespace {

constexpr std::size_t relay_piece = 64 * 1024;
constexpr int pieces_in_a_row = 16; // then other handlers of the thread run

/// Bytes pass through this buffer; those that the other side does not take are copied out before other code runs.
std::span<std::byte> relay_room()
{
    thread_local std::array<std::byte, relay_piece> room;
    return room;
}

/// Returns: whether a stream has been broken by its other end, and did not come to its end.
bool is_reset(const error_code& ec)
{
    return ec == asio::error::connection_reset || ec == asio::error::broken_pipe || ec == asio::error::connection_aborted;
}

/// A relay is two coroutines, one for each direction. They end when the streams are closed.
class relay_run final : public parking::lot, public std::enable_shared_from_this<relay_run> {
public:
    relay_run(executor strand, std::unique_ptr<byte_stream> a, std::unique_ptr<byte_stream> b,
              std::shared_ptr<relay_result> result)
        : lot(std::move(strand)), a_(std::move(a)), b_(std::move(b)), result_(std::move(result)), over_(ready())
    {
    }

    static awaitable<outcome<void>> run(std::shared_ptr<relay_run> self)
    {
        self->open(self);
        asio::co_spawn(self->strand(), carry(self, *self->a_, *self->b_, self->result_->from_a), asio::detached);
        asio::co_spawn(self->strand(), carry(self, *self->b_, *self->a_, self->result_->from_b), asio::detached);
        while (self->running_ > 0) {
            const auto accepted = self->ended_ ? asio::cancellation_type::none : asio::cancellation_type::all;
            const parking::wake w = co_await self->over_.wait(accepted);
            if (w != parking::wake::cancelled)
                continue;
            self->cancelled_ = true;
            self->end(aborted());
        }
        if (self->cancelled_)
            co_return aborted();
        co_return outcome<void>();
    }
    /// Ends both sides, on the strand. The first reason counts.
    void end(failure why)
    {
        if (ended_)
            return;
        ended_ = true;
        result_->why = why;
        const bool broken = is_reset(why.code());
        for (byte_stream* const s : {a_.get(), b_.get()})
            broken ? s->reset() : s->close();
        // An error ends the other side too. Otherwise bytes for that side may still be in the stream that joins the two.
        if (const executor there = why && other_ ? other_->strand() : executor())
            asio::post(there, [other = other_, why] { other->end(why); });
    }
    /// `other` continues this relay on another strand: run() waits for its end as well.
    void join(std::shared_ptr<relay_run> other)
    {
        other_ = std::move(other);
        ++running_;
    }
    void other_ended(const failure& why)
    {
        other_.reset();
        --running_;
        if (why)
            end(why);
        over_.wake_all();
    }

private:
    static awaitable<void> carry(std::shared_ptr<relay_run> self, byte_stream& from, byte_stream& to, std::uint64_t& count)
    {
        try {
            auto carrying = self->carry_all(from, to, count);
            co_await std::move(carrying);
        } catch (const boost::system::system_error& e) {
            self->end(failure(e.code()));
        } catch (const std::bad_alloc&) {
            self->end(failure(make_error_code(boost::system::errc::not_enough_memory)));
        }
        --self->running_;
        self->over_.wake_all();
    }

    awaitable<void> carry_all(byte_stream& from, byte_stream& to, std::uint64_t& count)
    {
        std::vector<std::byte> rest; // the rest of a piece; holds no memory while the other side sends nothing
        int pieces = 0;
        while (!ended_) {
            error_code ec;
            const std::span<std::byte> room = relay_room();
            const std::size_t n = from.try_read(room, ec);
            if (n > 0) {
                const std::size_t taken = to.try_write(room.first(n), ec);
                count += taken;
                if (taken < n) {
                    if (taken == 0 && !would_block(ec)) {
                        end(failure(ec));
                        break;
                    }
                    rest.assign(room.begin() + std::ptrdiff_t(taken), room.begin() + std::ptrdiff_t(n));
                    auto writing = write_all(to, rest, count);
                    co_await std::move(writing);
                    pieces = 0;
                } else if (++pieces >= pieces_in_a_row) {
                    pieces = 0;
                    co_await asio::post(strand(), asio::use_awaitable);
                }
            } else if (would_block(ec)) {
                pieces = 0;
                std::vector<std::byte>().swap(rest);
                ec = co_await from.wait_readable();
                if (ec)
                    end(failure(ec));
            } else if (ec == asio::error::eof) {
                auto passing = pass_end(from, to);
                co_await std::move(passing);
                break;
            } else {
                end(failure(ec));
            }
        }
    }

    awaitable<void> write_all(byte_stream& to, std::span<const std::byte> bytes, std::uint64_t& count)
    {
        while (!bytes.empty() && !ended_) {
            error_code ec;
            const std::size_t n = to.try_write(bytes, ec);
            count += n;
            bytes = bytes.subspan(n);
            if (n > 0)
                continue;
            if (would_block(ec))
                ec = co_await to.wait_writable();
            if (ec)
                end(failure(ec));
        }
    }

    /// Called when one direction has come to its end.
    awaitable<void> pass_end(byte_stream& from, byte_stream& to)
    {
        const error_code ec = to.shutdown_send();
        ++directions_over_;
        if (directions_over_ == 2 || ec == asio::error::operation_not_supported) {
            end({});
            co_return;
        }
        auto* const closing = dynamic_cast<closing_stream*>(&from);
        if (closing == nullptr)
            co_return;
        auto waiting = closing->wait_closed();
        co_await std::move(waiting);
        end({});
    }

    /// Cuts a circle: the streams hold coroutines that wait for them, and these hold this object.
    void gone() noexcept override
    {
        ended_ = true;
        other_.reset();
        a_->close();
        b_->close();
        over_.abandon();
    }

    const std::unique_ptr<byte_stream> a_, b_;
    const std::shared_ptr<relay_result> result_;
    std::shared_ptr<relay_run> other_;
    parking::gate over_; // wakes run() when a coroutine has ended
    int running_ = 2;
    int directions_over_ = 0;
    bool ended_ = false, cancelled_ = false;
};

awaitable<relay_result> finish(executor strand, std::shared_ptr<relay_run> made, std::shared_ptr<relay_result> result)
{
    auto running = or_throw(std::move(strand), relay_run::run(std::move(made)));
    co_await std::move(running);
    co_return *result;
}

/// Relays between two channels of different connections: each side runs on its own strand, and a stream in memory joins the two.
awaitable<relay_result> relay_across(std::unique_ptr<byte_stream> a, std::unique_ptr<byte_stream> b,
                                     std::shared_ptr<relay_result> result)
{
    const executor here = a->home(), there = b->home();
    auto joint = make_memory_streams(here, there, relay_piece);
    auto far_result = std::make_shared<relay_result>();
    auto near_side = std::make_shared<relay_run>(here, std::move(a), std::move(joint.first), result);
    auto far_side = std::make_shared<relay_run>(there, std::move(joint.second), std::move(b), far_result);
    near_side->join(far_side);
    asio::co_spawn(there, relay_run::run(far_side), [near_side, far_result](std::exception_ptr, const outcome<void>&) {
        if (const executor back = near_side->strand())
            asio::post(back, [near_side, why = far_result->why] { near_side->other_ended(why); });
    });
    auto running = finish(here, std::move(near_side), std::move(result));
    const relay_result r = co_await std::move(running);
    co_return r;
}

awaitable<relay_result> relay_at(std::unique_ptr<byte_stream> a, std::unique_ptr<byte_stream> b,
                                 std::shared_ptr<relay_result> result)
{
    executor strand = a->home() ? a->home() : b->home();
    if (!strand)
        strand = strand_for(co_await asio::this_coro::executor);
    auto made = std::make_shared<relay_run>(strand, std::move(a), std::move(b), result);
    auto running = finish(std::move(strand), std::move(made), std::move(result));
    const relay_result r = co_await std::move(running);
    co_return r;
}

} // namespace
} // namespace net

awaitable<relay_result> relay(std::unique_ptr<byte_stream> a, std::unique_ptr<byte_stream> b,
                              std::shared_ptr<relay_result> progress)
{
    if (!progress)
        progress = std::make_shared<relay_result>();
    if (a->home() && b->home() && a->home() != b->home())
        return net::relay_across(std::move(a), std::move(b), std::move(progress));
    return net::relay_at(std::move(a), std::move(b), std::move(progress));
}

} // namespace sshoal
