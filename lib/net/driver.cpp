#include "net/driver.hpp"

#include "net/offload.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sshoal::net {
namespace {

constexpr std::size_t read_size = 256 * 1024;
constexpr int rounds_in_a_turn = 16;
constexpr int resumptions_in_a_round = 1024;
constexpr int reads_without_waiting = 4; // then other handlers of the thread run
constexpr auto linger_time = std::chrono::seconds(2);

} // namespace

driver::driver(executor strand, std::unique_ptr<byte_stream> stream, const engine::settings& settings, engine::observer& observer,
               executor work)
    : lot(std::move(strand))
    , work_(std::move(work))
    , stream_(std::move(stream))
    , remote_(stream_->remote())
    , local_(stream_->local())
    , traffic_(settings.traffic)
    , engine_(settings, crypto::system_random(), observer)
    , timer_(std::in_place, this->strand())
    , input_gate_(ready())
    , output_gate_(ready())
{
}

driver::~driver()
{
    if (return_path_)
        return_path_->close();
}

void driver::start(std::shared_ptr<void> owner)
{
    open(owner);
    engine_.start(clock::now());
    asio::co_spawn(strand(), read_loop(owner), asio::detached);
    asio::co_spawn(strand(), write_loop(std::move(owner)), asio::detached);
    kick();
}

void driver::hand_over(std::shared_ptr<job> j)
{
    if (!return_path_)
        return_path_ = std::make_shared<return_path>(strand());
    auto done = [this, weak = owner(), j] {
        const auto alive = weak.lock();
        if (!alive || abandoned_)
            return;
        engine_.set_now(clock::now());
        engine_.work_done(*j);
        turn();
    };
    offload(work_, std::move(j), return_path_, std::move(done));
}

void driver::disconnect(disconnect_reason reason, std::string_view text)
{
    engine_.set_now(clock::now());
    engine_.disconnect(reason, text);
    kick();
}

void driver::turn()
{
    if (in_turn()) // the caller is a coroutine that the turn runs
        return;
    std::optional<turn_mark> mark(std::in_place, *this);
    const time_point now = clock::now();
    engine_.set_now(now);
    for (int round = 0; round < rounds_in_a_turn; ++round) {
        if (input_waits()) {
            // A question to the application stops the engine in the middle of the input; the rest waits for the answer.
            input_due_ = engine_.receive(now) || !engine_.wants_input();
        }
        resume();
        if (stream_over_ && !input_waits())
            engine_.stream_ended(*stream_over_);
        // Channels that wait to send add their data before anything is written, so that small turns still make large writes.
        bool writers_left = false;
        for (int i = 0; i < resumptions_in_a_round && (writers_left = engine_.resume_writers()); ++i)
            resume();
        flush();
        // resume() may have resumed the read loop, which leaves its input to this loop.
        if (input_waits() || writers_left || !ready().empty())
            continue;
        // flush() has made room, which goes to the channels that still wait to send.
        if (!engine_.resume_writers())
            break;
    }
    mark_traffic();
    engine_.input().release_if_empty();
    engine_.output().release_if_empty();
    if (engine_.wants_input() || engine_.ended())
        input_gate_.wake_all();
    mark.reset();
    if (input_waits())
        kick();
    if (engine_.ended() && !stream_closed_ && linger_ == never)
        linger_ = now + linger_time;
    if (engine_.ended() && (engine_.output().empty() || stream_closed_))
        close_stream();
    arm();
}

/// A class that is not set any more leaves packets unmarked, since the system's own class cannot be asked for again.
void driver::mark_traffic() noexcept
{
    if (!engine_.authenticated() || stream_closed_ || (traffic_.interactive < 0 && traffic_.bulk < 0))
        return;
    const int wanted = engine_.channels().terminals() > 0 ? traffic_.interactive : traffic_.bulk;
    if (wanted == marked_ || (wanted < 0 && marked_ == 0))
        return;
    marked_ = std::max(wanted, 0);
    (void)stream_->set_traffic_class(marked_); // a stream without such marks is none the worse
}

bool driver::input_waits() const noexcept { return input_due_ && engine_.wants_input(); }

void driver::flush()
{
    io_buffer& out = engine_.output();
    if (write_error_)
        out.clear();
    while (!out.empty() && !write_blocked_ && !stream_closed_) {
        error_code ec;
        const std::size_t n = stream_->try_write(out.view(), ec);
        if (n > 0) {
            out.consume(n);
            engine_.output_sent(clock::now());
        } else if (ec == asio::error::would_block || ec == asio::error::try_again) {
            write_blocked_ = true;
            output_gate_.wake_all();
        } else {
            write_failed(ec);
        }
    }
}

/// A peer that has closed the stream may have sent its reasons, the end of a program and its last output before. They are read
/// first, within linger_time.
void driver::write_failed(const error_code& why)
{
    if (write_error_ || stream_closed_)
        return;
    write_error_ = why;
    engine_.output().clear();
    if (linger_ == never)
        linger_ = clock::now() + linger_time;
}

awaitable<void> driver::read_loop([[maybe_unused]] std::shared_ptr<void> owner)
{
    int reads = 0;
    while (!stream_closed_) {
        if (!engine_.wants_input()) {
            if (engine_.ended())
                break;
            co_await input_gate_.wait(asio::cancellation_type::none);
            continue;
        }
        error_code ec;
        io_buffer& in = engine_.input();
        const byte_span room = in.prepare(read_size);
        const std::size_t n = stream_->try_read(room, ec);
        bool wait = n < room.size();
        if (n > 0) {
            in.commit(n);
            input_due_ = true;
            turn();
            if (++reads >= reads_without_waiting && !wait) {
                reads = 0;
                co_await asio::post(strand(), asio::use_awaitable);
            }
        } else if (ec != asio::error::would_block && ec != asio::error::try_again) {
            stream_ended(ec == asio::error::eof ? error_code() : ec);
            break;
        }
        if (wait && !stream_closed_) {
            reads = 0;
            in.release_if_empty();
            const error_code failed = co_await stream_->wait_readable();
            if (failed && !stream_closed_) {
                stream_ended(failed);
                break;
            }
        }
    }
}

awaitable<void> driver::write_loop([[maybe_unused]] std::shared_ptr<void> owner)
{
    while (!stream_closed_) {
        if (!write_blocked_) {
            co_await output_gate_.wait(asio::cancellation_type::none);
            continue;
        }
        const error_code failed = co_await stream_->wait_writable();
        write_blocked_ = false;
        if (failed)
            write_failed(failed);
        turn();
    }
}

/// The driver reads no more. Input that was read before is worked through first: the caller may be a coroutine of this turn, and
/// the turn may not have looked at the input.
void driver::stream_ended(const error_code& why)
{
    stream_over_ = why || !write_error_ ? why : write_error_;
    turn();
}

void driver::arm()
{
    const time_point wanted = stream_closed_    ? never
                              : engine_.ended() ? linger_
                              : write_error_    ? std::min(linger_, engine_.next_deadline())
                                                : engine_.next_deadline();
    if (wanted >= armed_)
        return; // the timer goes off too early, looks again, and is set anew
    std::shared_ptr<void> owner = lot::owner().lock();
    if (!owner)
        return;
    armed_ = wanted;
    timer_->expires_at(wanted);
    timer_->async_wait([this, weak = std::weak_ptr<void>(owner)](const error_code& ec) {
        const auto alive = weak.lock();
        if (ec || !alive)
            return;
        armed_ = never;
        const time_point now = clock::now();
        if (engine_.ended() && now >= linger_)
            close_stream();
        else if (write_error_ && now >= linger_)
            engine_.stream_ended(write_error_);
        else if (now >= engine_.next_deadline())
            engine_.handle_deadline(now);
        turn();
    });
}

void driver::close_stream()
{
    if (stream_closed_)
        return;
    stream_closed_ = true;
    timer_->cancel();
    stream_->close();
    input_gate_.wake_all();
    output_gate_.wake_all();
}

/// Handles of the connection may outlive the io_context, so the driver gives up all members that need an io_context.
void driver::gone() noexcept
{
    abandoned_ = true;
    if (return_path_)
        return_path_->close();
    stream_closed_ = true;
    engine_.stream_ended(asio::error::operation_aborted);
    input_gate_.abandon();
    output_gate_.abandon();
    ready().abandon();
    timer_.reset();
    stream_->close();
    stream_.reset();
    work_ = executor(); // the work executor may be a strand of the same context
}

} // namespace sshoal::net
