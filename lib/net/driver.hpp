// driver.hpp - moves bytes between one engine and one stream, on one strand. A driver has a coroutine that reads, another that
// waits while the stream takes no more, and one timer. All work is done in turns: a turn reads a batch of packets, works through
// them, runs the coroutines that they woke, and writes all output in one call.
#pragma once

#include "engine/engine.hpp"
#include "parking/gate.hpp"
#include "parking/lot.hpp"
#include "sshoal/byte_stream.hpp"

#include <boost/asio/steady_timer.hpp>

#include <optional>

namespace sshoal::net {

class return_path;

class driver final : public parking::lot {
public:
    /// `work` is the executor of the engine's long computations. If it is empty, the strand does them.
    driver(executor strand, std::unique_ptr<byte_stream> stream, const engine::settings&, engine::observer&, executor work = {});
    ~driver();

    /// Starts the connection. `owner` holds this driver; the driver's coroutines keep the owner alive until the stream is closed.
    /// Must be called on the strand.
    void start(std::shared_ptr<void> owner);

    engine::core& core() noexcept { return engine_; }
    byte_stream& stream() noexcept { return *stream_; }
    /// The ends of the stream; they stay the same when the stream is gone.
    const endpoint& remote() const noexcept { return remote_; }
    const endpoint& local() const noexcept { return local_; }
    /// Returns: whether the io_context is gone or going. Then there is no strand and no stream any more, and no handler will run
    /// again.
    bool abandoned() const noexcept { return abandoned_; }

    /// Must be called after every command given to the engine. The end of this turn, or of a posted turn, flushes the output and
    /// looks at the deadlines.

    /// Sends DISCONNECT and closes the stream, unless the connection has ended.
    void disconnect(disconnect_reason, std::string_view text);
    const executor& work() const noexcept { return work_; }
    /// Runs a job of the engine on work(), and returns the job to the engine.
    void hand_over(std::shared_ptr<job>);
    /// Runs a turn now; does nothing inside a turn. Handlers of the strand call this.
    void turn() override;

private:
    awaitable<void> read_loop(std::shared_ptr<void> owner);
    awaitable<void> write_loop(std::shared_ptr<void> owner);
    /// Returns: whether there is input that the engine has not looked at, and the engine wants input.
    bool input_waits() const noexcept;
    void flush();
    void mark_traffic() noexcept;
    void write_failed(const error_code& why);
    void stream_ended(const error_code& why);
    void arm();
    void close_stream();
    void gone() noexcept override;

    executor work_;
    std::shared_ptr<return_path> return_path_; // the way back of jobs; made with the first job
    std::unique_ptr<byte_stream> stream_;
    endpoint remote_, local_;
    const traffic_classes traffic_;
    int marked_ = -1; // the class that the stream's packets have
    engine::core engine_;
    std::optional<asio::steady_timer> timer_;
    parking::gate input_gate_;  // open while the engine wants input
    parking::gate output_gate_; // opened when the stream takes no more: the write loop then waits for the stream
    time_point armed_ = never;
    time_point linger_ = never; // the time by which the last messages must be out, after the end of the connection
    error_code write_error_;    // set once the stream takes no bytes any more
    std::optional<error_code> stream_over_; // set once no more bytes will be read: the reason, or no error for an orderly end
    bool input_due_ = false; // the engine has not looked at all of its input
    bool write_blocked_ = false;
    bool stream_closed_ = false;
    bool abandoned_ = false;
};

} // namespace sshoal::net
