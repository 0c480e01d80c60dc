// remote_session.hpp - how sshoal-sftp and sshoal-scp get to a server: by a connection of their own, by the program of -S, or to
// the server program of -D without any connection.
#pragma once

#include "../client_settings.hpp"
#include "remote_options.hpp"
#include "../remote_place.hpp"

#include <sshoal/child_program.hpp>
#include <sshoal/connection.hpp>
#include <sshoal/sftp.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <vector>

namespace programs {

/// The ends of the programs of -S and -D, for main functions: outlives the io_context, so that streams are closed before the ends
/// are waited for.
using children = std::vector<std::shared_future<sshoal::child_status>>;
/// The time that such a program has to end by itself.
constexpr std::chrono::milliseconds usual_patience{100}, patience_for_status{10'000};

/// A connection and what must live as long.
struct logged_in {
    std::unique_ptr<client_way> way;
    sshoal::connection connection;
};

/// Errors (thrown): config_error, sshoal::error.
sshoal::awaitable<logged_in> log_in(const remote_options& o, const remote_place& place);

/// Starts a command at the server by the program of -S.
sshoal::awaitable<std::unique_ptr<sshoal::byte_stream>>
start_by_program(const remote_options& o, const remote_place& place, const std::string& command, bool subsystem,
                 std::chrono::milliseconds patience, children& keep);

struct remote_session {
    sshoal::sftp::client sftp;
    std::optional<logged_in> own; ///< a connection of our own
};

sshoal::awaitable<std::shared_ptr<remote_session>> open_remote(const remote_options& o, const remote_place& place,
                                                               children& keep);

} // namespace programs
