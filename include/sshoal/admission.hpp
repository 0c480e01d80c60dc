// admission.hpp - which connections a server takes: limits for all of them and for each source address, shared by listeners.
#pragma once

#include <sshoal/api.hpp>
#include <sshoal/events.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace sshoal SSHOAL_API {

class sshd_settings;

/// The ways in which a connection ends without a log-in, for penalties.
enum class login_end {
    failed,       ///< attempts to log in were made, and all of them failed
    unknown_user, ///< the same, for a user whom the authenticator does not know: auth_decision::unknown_user
    no_attempt,   ///< no attempt was made
    timed_out,    ///< limits::login_timeout has passed
    refused,      ///< the authenticator ended the connection: auth_decision::hang_up
};

/// Limits of an admission object. Setters return the object, so they can be chained. 0 means no limit, except where a setter says
/// otherwise.
class admission_limits {
public:
    using duration = std::chrono::steady_clock::duration;

    /// Returns: the limits that a sshd_config sets by MaxStartups and the keywords that begin with PerSource.
    static admission_limits from(const sshd_settings& settings);

    /// Limits the connections that are open, logged in or not. Default: no limit.
    admission_limits& max_connections(std::size_t n) { connections_ = n; return *this; }
    /// Limits the connections that are not logged in yet. When there are `begin` of them, a new one is refused with a probability
    /// of `rate` percent; the probability rises until all are refused when there are `full`. Default: 10, 30, 100. Errors: the
    /// constructor of admission throws errc::invalid_argument if `rate` is above 100, `begin` is above `full`, or `full` is zero.
    admission_limits& max_startups(std::size_t begin, unsigned rate, std::size_t full)
    {
        begin_ = begin, rate_ = rate, full_ = full;
        return *this;
    }
    /// Limits the open connections from one source. Default: no limit.
    admission_limits& max_per_source(std::size_t n) { per_source_ = n; return *this; }
    /// Limits the connections from one source that are not logged in yet. Default: no limit.
    admission_limits& max_startups_per_source(std::size_t n) { startups_per_source_ = n; return *this; }
    /// Addresses count as one source if their first `ipv4` or `ipv6` bits are equal. Default: 32 and 128.
    admission_limits& source_prefix(unsigned ipv4, unsigned ipv6) { ipv4_bits_ = ipv4, ipv6_bits_ = ipv6; return *this; }
    /// A connection that ends without a log-in costs its source `cost`. Penalties add up, and become less as time passes. A
    /// source whose penalty is above `least` is refused until the penalty is over; no penalty is longer than `most`. Default: no
    /// penalties.
    admission_limits& penalty(duration cost, duration least, duration most)
    {
        costs_.fill(cost);
        least_ = least, most_ = most;
        return *this;
    }
    /// A connection that ends in this way costs `cost`, whatever penalty() says. Call this after penalty().
    admission_limits& penalty_for(login_end how, duration cost)
    {
        costs_[std::size_t(how)] = cost;
        return *this;
    }
    /// Addresses for which `is_exempt` is true get no penalties. It is called under a lock and must not throw.
    admission_limits& exempt(std::function<bool(std::string_view address)> is_exempt)
    {
        exempt_ = std::move(is_exempt);
        return *this;
    }
    /// The object remembers at most `n` sources that have a penalty and no connection, and forgets further ones at once. Default:
    /// 65536.
    admission_limits& max_penalties(std::size_t n) { penalties_ = n; return *this; }

private:
    friend class admission;
    std::size_t connections_ = 0;
    std::size_t begin_ = 10, full_ = 100;
    unsigned rate_ = 30;
    std::size_t per_source_ = 0, startups_per_source_ = 0;
    unsigned ipv4_bits_ = 32, ipv6_bits_ = 128;
    std::array<duration, std::size_t(login_end::refused) + 1> costs_{}; // by login_end
    duration least_{0}, most_{0};
    std::function<bool(std::string_view)> exempt_;
    std::size_t penalties_ = 65536;
};

/// Decides which connections a server takes, and counts them. Several listeners, on several threads, may share one object: give
/// it to server_options::admission(). The object does no I/O and reads no clock.
class admission {
public:
    using time_point = std::chrono::steady_clock::time_point;
    /// Returns: a number from 0 to n - 1, all of them equally likely. The function is called under a lock and must not throw.
    using random_function = std::function<std::size_t(std::size_t n)>;

    /// Errors (thrown): errc::invalid_argument. Without `random`, the object uses a generator that the operating system has
    /// seeded.
    explicit admission(admission_limits limits = {}, random_function random = {});
    admission(const admission&) = delete;
    admission& operator=(const admission&) = delete;
    ~admission();

    /// The place of one connection. Dropping the object gives the place back, without a penalty.
    class place {
    public:
        place() noexcept;
        place(place&&) noexcept;
        place& operator=(place&&) noexcept;
        ~place();

        /// Returns: false if the connection was refused, or the place has been given back.
        explicit operator bool() const noexcept { return bool(holder_); }
        events::drop_reason why_refused() const noexcept { return reason_; }
        /// Returns: the number of connections under the limit that refused this connection.
        std::size_t count() const noexcept { return count_; }

        /// The connection has logged in: it is no startup any more.
        void logged_in() noexcept;
        /// The connection is over. Its source gets a penalty if the connection never logged in.
        void leave(time_point now, login_end how = login_end::failed) noexcept;

    private:
        friend class admission;
        struct state;
        /// Gives the place back. The source gets a penalty only if `now` is given.
        void give_back(std::optional<time_point> now, login_end how = login_end::failed) noexcept;
        std::unique_ptr<state> holder_;
        events::drop_reason reason_{};
        std::size_t count_ = 0;
    };

    /// Replaces the limits; connections that have a place keep it. May be called on any thread. Errors (thrown):
    /// errc::invalid_argument, as by the constructor.
    void set_limits(admission_limits limits);

    /// A connection from this address has arrived: "192.0.2.1", "2001:db8::1". The limits for sources do not hold for other text,
    /// such as the empty address of a Unix socket. Returns: the connection's place, or a place that is false and says why.
    place enter(std::string_view source, time_point now);

    std::size_t connections() const noexcept; ///< connections that have a place
    std::size_t startups() const noexcept;    ///< connections that have a place and are not logged in

    struct impl;

private:
    static void check(const admission_limits&);
    std::shared_ptr<impl> impl_;
};

} // namespace sshoal
