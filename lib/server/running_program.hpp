// running_program.hpp - a program that runs for a client. Its streams, signals and window sizes are passed on, and the program is
// always reaped.
#pragma once

#include "parking/gate.hpp"
#include "parking/lot.hpp"
#include "server/program_child.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

namespace sshoal::server {

/// All members run on the connection's strand.
class running_program final : public parking::lot, public std::enable_shared_from_this<running_program> {
public:
    /// `patience` is the time for which the program may go on when its client has gone; empty: no limit.
    running_program(server_session session, forked_child child, bool may_signal,
                    std::optional<std::chrono::milliseconds> patience);
    ~running_program() override;

    /// Returns: when the program has ended and the client has its output and exit status, or the client has gone and the program
    /// has been reaped. Errors: operation_aborted; the program is killed then.
    static awaitable<outcome<void>> serve(std::shared_ptr<running_program> self);

    /// Waits until the program is started. Must be called first. Returns: no failure, or the child's report.
    static awaitable<os::start_report> started(std::shared_ptr<running_program> self);

private:
    using descriptor = asio::posix::basic_stream_descriptor<executor>;

    static awaitable<void> feed(std::shared_ptr<running_program> self);
    static awaitable<void> drain(std::shared_ptr<running_program> self, std::shared_ptr<descriptor> from, data_stream to);
    static awaitable<void> handle_events(std::shared_ptr<running_program> self);
    static awaitable<void> reap(std::shared_ptr<running_program> self);
    static awaitable<void> hand_over(std::shared_ptr<running_program> self, std::shared_ptr<descriptor> to,
                                     std::span<const std::byte> bytes);

    std::shared_ptr<descriptor> adopt(os::descriptor& fd);
    void close_input();
    void handle_event(const session_event& e);
    void signal_group(int number) noexcept;
    bool try_reap() noexcept;
    void handle_client_gone();
    void close_descriptors() noexcept;
    void gone() noexcept override { changed_.abandon(); }

    server_session session_;
    ::pid_t id_;
    const bool has_terminal_;
    const bool may_signal_;
    // The terminal's master is both input and output.
    std::shared_ptr<descriptor> input_, output_, error_, report_, exit_notice_;
    parking::gate changed_;       ///< serve() waits here for a change of the flags below
    asio::steady_timer kill_timer_;  ///< kills a program that goes on without its client
    const std::optional<std::chrono::milliseconds> patience_; ///< the time until then; none: no limit
    asio::steady_timer eof_timer_; ///< the time for which EOF waits for the end of the program
    std::vector<std::byte> terminal_input_;
    unsigned outputs_open_ = 0;
    int status_ = 0;
    bool line_begun_ = false;     ///< the last byte sent to the terminal was no line end
    bool input_refused_ = false;
    bool reaped_ = false;
    bool status_known_ = false;
    bool client_gone_ = false;
};

} // namespace sshoal::server
