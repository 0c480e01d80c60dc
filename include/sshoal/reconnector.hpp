// reconnector.hpp - keeps a connection to a server: makes it, watches it, and makes it anew when it is lost.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/client_options.hpp>
#include <sshoal/connection.hpp>
#include <sshoal/target.hpp>
#include <sshoal/time_source.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sshoal SSHOAL_API {

/// Options of a reconnector. Setters return the object, so they can be chained. A setter does not fail; the constructor of the
/// reconnector throws errc::invalid_argument for a value that cannot be used.
///
/// Delays between attempts grow: first_delay(), then factor() times as much after each failure, up to most_delay(). Each delay is
/// shortened at random by up to the fraction jitter(), so that a thousand clients of a server that comes back do not arrive at once.
class reconnect_options {
public:
    reconnect_options() {}

    /// The delay after the first failure, and before a lost connection is made anew. Default 1 s; not negative.
    reconnect_options& first_delay(std::chrono::nanoseconds t) { first_ = t; return *this; }
    /// Default 2; at least 1.
    reconnect_options& factor(double f) { factor_ = f; return *this; }
    /// Default 60 s; at least the first delay.
    reconnect_options& most_delay(std::chrono::nanoseconds t) { most_ = t; return *this; }
    /// Default 0.5; 0 (delays are exact) to 1 (a delay may vanish).
    reconnect_options& jitter(double j) { jitter_ = j; return *this; }
    /// A connection that has lasted so long begins the delays anew when it is lost. A server that lets clients in and ends their
    /// connections is not asked faster and faster that way. Default 30 s.
    reconnect_options& settled_after(std::chrono::nanoseconds t) { settled_ = t; return *this; }
    /// Gives up after so many failed attempts in a row. Default 0: never.
    reconnect_options& attempts(unsigned n) { attempts_ = n; return *this; }
    /// Decides which failures another attempt may mend; any other failure stops the reconnector. Default: may_retry(). The end of a
    /// connection that the program itself has closed is not asked about: the connection is made anew.
    reconnect_options& retry_if(std::function<bool(const failure&)> f) { retry_ = std::move(f); return *this; }
    /// A server that has been silent for `interval` is asked for a sign of life, and `count` unanswered questions end the
    /// connection. Default 15 s and 3: a server that vanishes is noticed after a minute. An interval of 0 leaves the keepalive of
    /// the client options.
    reconnect_options& keepalive(std::chrono::milliseconds interval, unsigned count = 3)
    {
        interval_ = interval;
        count_ = count;
        return *this;
    }
    /// The name of the connection in events. Default: the target.
    reconnect_options& name(std::string n) { name_ = std::move(n); return *this; }
    /// Sends the events link_up, link_down and link_ended to this sink. Default: the sink of the client options.
    reconnect_options& events(std::shared_ptr<event_sink> to) { sink_ = std::move(to); return *this; }
    /// Default, and null: the real time.
    reconnect_options& time(std::shared_ptr<time_source> t) { time_ = std::move(t); return *this; }

    std::chrono::nanoseconds first_delay() const noexcept { return first_; }
    double factor() const noexcept { return factor_; }
    std::chrono::nanoseconds most_delay() const noexcept { return most_; }
    double jitter() const noexcept { return jitter_; }
    std::chrono::nanoseconds settled_after() const noexcept { return settled_; }
    unsigned attempts() const noexcept { return attempts_; }
    const std::function<bool(const failure&)>& retry_if() const noexcept { return retry_; }
    std::chrono::milliseconds keepalive_interval() const noexcept { return interval_; }
    unsigned keepalive_count() const noexcept { return count_; }
    const std::string& name() const noexcept { return name_; }
    const std::shared_ptr<event_sink>& events() const noexcept { return sink_; }
    const std::shared_ptr<time_source>& time() const noexcept { return time_; }

private:
    std::chrono::nanoseconds first_ = std::chrono::seconds(1), most_ = std::chrono::seconds(60), settled_ = std::chrono::seconds(30);
    double factor_ = 2, jitter_ = 0.5;
    unsigned attempts_ = 0, count_ = 3;
    std::chrono::milliseconds interval_{15'000};
    std::function<bool(const failure&)> retry_;
    std::string name_;
    std::shared_ptr<event_sink> sink_;
    std::shared_ptr<time_source> time_;
};

enum class link_state : std::uint8_t {
    connecting, ///< an attempt is under way
    up,         ///< there is a connection
    waiting,    ///< for the time of the next attempt
    stopped,    ///< there will be no connection any more
};
std::string_view name_of(link_state) noexcept; ///< "connecting", "up", "waiting", "stopped"

/// The health of a kept connection.
class link_health {
public:
    link_health() {}
    link_state state = link_state::connecting;
    failure why;                   ///< the last failure, also while there is a connection again; none if there was none
    unsigned failures = 0;         ///< attempts that have failed since there was a connection
    std::uint64_t connections = 0; ///< made so far
    std::chrono::steady_clock::time_point since;    ///< of the state
    std::chrono::steady_clock::time_point next_try; ///< waiting: the time of the next attempt
    std::uint64_t number = 0;      ///< grows with each change
};

/// Makes one connection, on the strand on which the function is called. A failure is thrown as `error`.
using connect_function = std::function<awaitable<connection>()>;

/// A cheap handle: copies refer to the same reconnector, and dropping the last one stops it. It begins to connect when it is made,
/// and its connections live on its strand.
///
///     reconnector link(ex, parse_target("alice@db.internal").value(), options);
///     for (;;) {
///         connection c = co_await link.connected();
///         (void)co_await result_of(work_with(c));  // fails when the connection is lost
///     }
///
/// Executor: any for operations, and for try_now(), drain() and stop(); the strand for health() and current().
/// Lifetime: options are copied.
class reconnector {
public:
    reconnector() noexcept; ///< no reconnector
    /// Connects by connect(to, login). Errors (thrown): errc::invalid_argument for an option that cannot be used.
    reconnector(const executor& ex, login_target to, client_options login, reconnect_options how = {});
    /// Connects by a function of the program, which is called on the strand.
    reconnector(const executor& ex, connect_function make, reconnect_options how = {});
    explicit operator bool() const noexcept { return bool(self_); }

    link_health health() const;
    link_state state() const { return health().state; }
    /// Returns: the connection; an empty handle if there is none.
    connection current() const;
    /// Returns: the options, with the sink and the name that are used.
    const reconnect_options& options() const noexcept;
    /// Waits until the health is another than `seen`, which health() or changed() has returned. Changes in between are skipped, and
    /// the last one is never lost. Returns: the new health. Cancellation: terminal, partial, total.
    awaitable<link_health> changed(link_health seen);
    /// Waits until there is a connection. Returns: the connection. Errors: the failure that has stopped the reconnector; errc::closed
    /// after stop() or drain(). Cancellation: terminal, partial, total - the reconnector goes on.
    awaitable<connection> connected();
    /// Waits until the reconnector has stopped. Returns: the failure that has stopped it; errc::closed after stop() or drain().
    /// Cancellation: as above.
    awaitable<failure> wait_stopped();

    /// Makes the next attempt at once, for a program that knows that the network is back.
    void try_now();
    /// Makes no more connections. The one that is there stays until it ends.
    void drain();
    /// Makes no more connections, and closes the one that is there.
    void stop() noexcept;
    executor get_executor() const noexcept; ///< the strand; may be called on any thread

    struct impl;

private:
    friend struct detail::access;
    struct handle;
    std::shared_ptr<handle> self_;
};

} // namespace sshoal
