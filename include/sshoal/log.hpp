// log.hpp - the text log of a connection. Secrets are never logged: packets are traced by name and size, and dump_packets() shows
// them up to their first secret.
#pragma once

#include <sshoal/api.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace sshoal SSHOAL_API {

enum class log_level { error, warning, info, debug, trace };

std::string_view name_of(log_level) noexcept;

/// Receives one line without a line break; text that came from the peer is escaped. A line about a connection begins with the
/// connection's name: "[127.0.0.1 port 39004] " before log-in, "[alice@127.0.0.1 port 39004] " from then on. The function is
/// called on the connection's strand; it must not throw and must not call back into the connection.
using log_function = std::function<void(log_level, std::string_view line)>;

/// Makes a log function that appends each line to a file, behind the time in UTC and the level:
///
///     client_options().log(log_to_file("~/sshoal.log"), log_level::debug)
///
///     2026-11-30T14:20:45.123Z debug [alice@192.0.2.1 port 22] logged in with publickey
///
/// A file that does not exist is made with mode 0600; one that exists keeps its mode. "~/" at the head of the path is the home
/// directory. Each line is written at once, and whole: many connections on many threads, and other processes too, may have the
/// same file. A line that cannot be written, such as on a full disk, is lost, and the next one is tried again.
/// Returns: the function, which any thread may call; copies share the open file. Errors (thrown): errc::file_error with the path
/// and the reason, also for anything but a regular file.
log_function log_to_file(std::string path);

} // namespace sshoal
