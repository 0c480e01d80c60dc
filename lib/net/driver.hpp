// driver.hpp - moves bytes between one engine and one stream, on one strand: a coroutine that reads, one that waits when the
// stream takes no more, and one timer. Everything happens in turns: read a batch, work through it, run the coroutines that it
// woke, write all that is ready in one call.
#pragma once

#include "engine/engine.hpp"
#include "parking/gate.hpp"
#include "parking/teardown.hpp"
#include "sshoal/byte_stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace sshoal::net {

class way_home;

class driver final : private parking::teardown_watch {
public:
    /// `work`: where the engine's long computations are done; empty: on the strand.
    driver(executor strand, std::unique_ptr<byte_stream> stream, const engine::settings&, engine::observer&, executor work = {});
    ~driver();

    /// Starts to talk. `owner` holds this driver; the coroutines keep it alive until the stream is closed. On the strand.
    void start(std::shared_ptr<void> owner);

    engine::core& core() noexcept { return engine_; }
    parking::ready_list& ready() noexcept { return ready_; }
    const executor& strand() const noexcept { return strand_; }
    byte_stream& stream() noexcept { return *stream_; }
    const std::string& remote_name() const noexcept { return remote_; }
    const std::string& local_name() const noexcept { return local_; }
    /// The io_context is gone or going: there is no strand and no stream any more, and nothing will ever run again.
    bool abandoned() const noexcept { return abandoned_; }

    /// To be called after every command given to the engine: output is flushed, and deadlines are looked at, at the end of this
    /// turn or in one that is posted.
    void kick();
    /// Says good-bye and closes, unless that has happened.
    void disconnect(disconnect_reason, std::string_view text);
    const executor& work() const noexcept { return work_; }
    /// Has a job of the engine's done on work(), and gives it back to the engine.
    void hand_over(std::shared_ptr<job>);
    /// Runs the turn now. Only from the strand's own handlers, never from inside a turn.
    void turn();

private:
    awaitable<void> read_loop(std::shared_ptr<void> owner);
    awaitable<void> write_loop(std::shared_ptr<void> owner);
    /// There is input that the engine has not looked at and would.
    bool input_waits() const noexcept;
    void run_ready();
    void flush();
    void write_failed(const error_code& why);
    void stream_ended(const error_code& why);
    void arm();
    void close_stream();
    void context_gone() noexcept override;

    executor strand_;
    executor work_;
    std::shared_ptr<way_home> home_; // of jobs; made with the first
    std::unique_ptr<byte_stream> stream_;
    std::string remote_, local_;
    parking::ready_list ready_;
    engine::core engine_;
    std::optional<asio::steady_timer> timer_;
    parking::gate input_gate_;  // open while the engine wants input
    parking::gate output_gate_; // opened when the stream takes no more: the write loop goes and waits for it
    std::weak_ptr<void> owner_;
    time_point armed_ = never;
    time_point linger_ = never; // after the end, ours or the peer's: how long the last words may take
    error_code write_error_;    // set once the stream takes nothing any more
    std::optional<error_code> stream_over_; // nothing more will be read, and why; an end in order is no error
    bool in_turn_ = false;
    bool turn_posted_ = false;
    bool input_due_ = false; // the engine has not looked at all of its input
    bool write_blocked_ = false;
    bool stream_closed_ = false;
    bool abandoned_ = false;
};

} // namespace sshoal::net
