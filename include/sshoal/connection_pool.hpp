// connection_pool.hpp - sessions on many hosts over connections that are made when they are needed, shared, and closed when idle.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/client_options.hpp>
#include <sshoal/connection.hpp>
#include <sshoal/reconnector.hpp>
#include <sshoal/target.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sshoal SSHOAL_API {

/// A pool has a connection of its own for each target: user, host, port, and the hosts on the way.
class pool_target {
public:
    pool_target(login_target where) : to(std::move(where)) {} // a target without hosts on the way
    /// Adds a host on the way, the nearest one first.
    pool_target& jump(login_target via) { jumps.push_back(std::move(via)); return *this; }
    login_target to;
    std::vector<login_target> jumps;
    /// Returns: "alice@db via bob@gate".
    std::string to_string() const;
};

/// Options of a pool. Setters return the object, so they can be chained. A setter does not fail; the constructor of the pool
/// throws errc::invalid_argument for a value that cannot be used.
class pool_options {
public:
    pool_options() { reconnect_.attempts(3); }

    /// These options say how a connection is attempted again. By default three attempts in a row that fail are told to those who wait.
    pool_options& reconnect(reconnect_options r) { reconnect_ = std::move(r); return *this; }
    /// Limits the connections to one target. Default 8; at least 1.
    pool_options& max_connections(std::size_t n) { connections_ = n; return *this; }
    /// Limits the sessions on one connection. Default 10, as MaxSessions of OpenSSH's server; at least 1. A server that allows
    /// fewer refuses one; the pool opens that session elsewhere, and remembers the number.
    pool_options& max_sessions(std::size_t n) { sessions_ = n; return *this; }
    /// Limits those who wait for a place, for each target. Default 1024; one more fails with errc::too_many_pending.
    pool_options& max_waiting(std::size_t n) { waiting_ = n; return *this; }
    /// A connection without sessions is closed after this time. Default 60 s; not negative.
    pool_options& idle_after(std::chrono::nanoseconds t) { idle_ = t; return *this; }

    const reconnect_options& reconnect() const noexcept { return reconnect_; }
    std::size_t max_connections() const noexcept { return connections_; }
    std::size_t max_sessions() const noexcept { return sessions_; }
    std::size_t max_waiting() const noexcept { return waiting_; }
    std::chrono::nanoseconds idle_after() const noexcept { return idle_; }

private:
    reconnect_options reconnect_;
    std::size_t connections_ = 8, sessions_ = 10, waiting_ = 1024;
    std::chrono::nanoseconds idle_ = std::chrono::seconds(60);
};

/// Numbers of a pool.
class pool_counters {
public:
    pool_counters() {}
    std::size_t connections = 0; ///< that are up
    std::size_t connecting = 0;  ///< that are being made, or wait for the next attempt
    std::size_t sessions = 0;    ///< places that are taken
    std::size_t waiting = 0;     ///< for a place
};

/// The place of a session on a connection of a pool. A cheap handle: the place is free when the last copy is gone, on any thread.
class pool_place {
public:
    pool_place() noexcept; ///< no place
    explicit operator bool() const noexcept { return bool(self_); }
    /// Returns: the connection. A program opens no more than one session on it for each place.
    const connection& on() const noexcept;

    struct token;

private:
    friend struct detail::access;
    explicit pool_place(std::shared_ptr<token> t) noexcept : self_(std::move(t)) {}
    std::shared_ptr<token> self_;
};

/// Something that is open in a session of a pool: `co_await p->wait()`.
template <class T>
class pooled {
public:
    pooled(T value, pool_place place) : place_(std::move(place)), value_(std::move(value)) {}
    T& operator*() noexcept { return value_; }
    T* operator->() noexcept { return &value_; }
    const pool_place& place() const noexcept { return place_; }

private:
    pool_place place_;
    T value_; // goes before its place
};

/// A cheap handle: copies refer to the same pool, and dropping the last one closes all connections.
///
///     connection_pool pool(ex, client_options::from_user_config());
///     run_result up = co_await pool.exec(parse_target("alice@db").value(), "uptime");
///
/// Many at once are the tasks of a task_group, which waits for them (examples/dispatch.cpp).
///
/// Those who wait for a place of a target get one in the order in which they came. A connection that is lost fails the sessions
/// that run on it, and is made anew if somebody waits. A failure that no attempt can mend is told to all who wait for that target.
/// Executor: any for operations, and for stop(); the strand for count(). Connections live on the pool's strand. Lifetime: options
/// are copied.
class connection_pool {
public:
    /// Makes one connection, on the strand on which the function is called. A failure is thrown as `error`.
    using connect_function = std::function<awaitable<connection>(pool_target)>;

    connection_pool() noexcept; ///< no pool
    /// Logs in everywhere with these options, on hosts on the way too. Errors (thrown): errc::invalid_argument.
    connection_pool(const executor& ex, client_options login, pool_options how = {});
    /// Connects by a function of the program, which is called on the strand.
    connection_pool(const executor& ex, connect_function make, pool_options how = {});
    explicit operator bool() const noexcept { return bool(self_); }

    /// Runs a command to its end, as connection::run(). Errors: those of connect() and run(); errc::too_many_pending;
    /// errc::closed after stop(). Cancellation: as run(); while it waits for a place: terminal, partial, total - nothing is left
    /// behind.
    awaitable<run_result> exec(pool_target to, std::string command, run_options options = {});
    /// Starts a command, as connection::start(). The place is taken until the result is dropped. The rest is as for exec().
    awaitable<pooled<process>> session(pool_target to, std::string command, process_options options = {});
    /// Opens anything else that is one session: `open` is called with a connection, and again with another one if the server
    /// refuses the session: use(target, [](connection c) { return c.open_sftp(); }). The rest is as for exec().
    template <class F>
    auto use(pool_target to, F open) -> awaitable<pooled<typename std::invoke_result_t<F&, connection>::value_type>>
    {
        std::optional<typename std::invoke_result_t<F&, connection>::value_type> result;
        attempt_function attempt = [&](connection c) { return detail::keep_result(open(std::move(c)), result); };
        auto placing = place_for(std::move(to), std::move(attempt));
        pool_place place = co_await std::move(placing);
        pooled<typename std::invoke_result_t<F&, connection>::value_type> opened(std::move(*result), std::move(place));
        co_return std::move(opened);
    }

    pool_counters count() const;
    /// Closes all connections, and fails those who wait.
    void stop() noexcept;
    executor get_executor() const noexcept; ///< the strand; may be called on any thread

    struct impl;

private:
    using attempt_function = std::function<awaitable<void>(connection)>;
    awaitable<pool_place> place_for(pool_target to, attempt_function attempt);
    struct handle;
    std::shared_ptr<handle> self_;
};

} // namespace sshoal
