// service_manager.hpp - what a daemon has to do with systemd: sockets that it is started with, and notes about its state.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/owned_descriptor.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshoal SSHOAL_API {

/// The sockets that the service manager has opened for this process, as sd_listen_fds(3) describes them. Each of them can be given
/// to listen_address::inherited(). The descriptors are closed on exec, and LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES are removed
/// from the environment, so that programs which this process starts do not take the sockets for theirs.
/// Returns: no socket if there is none for this process; a second call finds none. Call this before the process has other threads.
std::vector<owned_descriptor> inherited_sockets();

/// Tells the service manager about this process, as sd_notify(3) describes it: "READY=1", "RELOADING=1", "STOPPING=1",
/// "WATCHDOG=1", "STATUS=3 tunnels are up"; several lines may be sent at once.
/// Returns: whether the note was sent. Without a service manager (NOTIFY_SOCKET is not set) nothing happens. The function does not
/// wait. Executor: any thread.
bool notify_service_manager(std::string_view state) noexcept;

/// Returns: the line that systemd expects with "RELOADING=1" since version 253: "MONOTONIC_USEC=" and the time.
std::string reload_time();

/// Returns: the time within which the service manager wants "WATCHDOG=1" to be sent again; a daemon sends it twice as often. Nothing
/// if this process is not watched.
std::optional<std::chrono::microseconds> watchdog_interval();

} // namespace sshoal
