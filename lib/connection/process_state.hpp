// process_state.hpp - the state of a program that a client has started, and the start of programs.
#pragma once

#include "connection/connection_operations.hpp"
#include "sshoal/process.hpp"

namespace sshoal {

struct process_options::impl {
    std::vector<std::pair<std::string, std::string>> env;
    std::optional<terminal> pty;
    bool pty_is_optional = false;
    bool merge_stderr = false, discard_stderr = false;
};

struct process::state final : conn::request_sink {
    exit_info exit;
    bool exit_known = false; ///< the server has told how the program ended; later messages are ignored
    bool has_terminal = false;
    bool take_request(const mux::incoming_request& r) override;
};

namespace conn::operations {

/// `type` is exec, shell or subsystem; `what` the command or name.
awaitable<outcome<process>> start(std::shared_ptr<connection_handle> c, std::string_view type, std::string what,
                                  process_options options);
awaitable<outcome<exit_info>> wait_exit(std::shared_ptr<channel_state> c, std::shared_ptr<process::state> s);
awaitable<outcome<exit_info>> terminate(std::shared_ptr<channel_state> c, std::shared_ptr<process::state> s,
                                        std::chrono::milliseconds grace);
/// Sends a signal to the program of a session. Does nothing if the channel is closed.
void send_signal(channel_state& c, std::string_view name);
awaitable<outcome<run_result>> run(std::shared_ptr<connection_handle> c, std::string command, run_options options);

} // namespace conn::operations
} // namespace sshoal
