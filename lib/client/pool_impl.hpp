// pool_impl.hpp - the object behind the handles of a pool: connections, their sessions, and those who wait.
#pragma once

#include "client/backoff.hpp"
#include "parking/gate.hpp"
#include "parking/lot.hpp"
#include "parking/task_group.hpp"
#include "sshoal/connection_pool.hpp"

#include <deque>
#include <list>
#include <map>

namespace sshoal {

/// All members are called on the strand.
struct connection_pool::impl final : parking::lot, std::enable_shared_from_this<connection_pool::impl> {
    impl(executor strand, connect_function make, pool_options how);
    void begin();

    static awaitable<outcome<pool_place>> place(std::shared_ptr<impl> self, pool_target to, attempt_function attempt);
    pool_counters count() const;
    void stop(const failure& why);

    struct site;
    /// One connection of a site.
    struct link {
        link(site& s, reconnector r) : of(s), kept(std::move(r)) {}
        site& of;
        reconnector kept;
        connection now;       ///< while it is up
        std::size_t used = 0; ///< places on this connection
        time_point idle_since;
        bool ended = false; ///< `of` may be gone
    };
    using link_ptr = std::shared_ptr<link>;
    using token_ptr = std::shared_ptr<pool_place::token>;
    struct waiter {
        explicit waiter(parking::ready_list& r) : told(r) {}
        token_ptr given;
        failure why;
        parking::gate told;
    };
    /// All that belongs to one target.
    struct site {
        site(pool_target t, const pool_options& o)
            : to(std::move(t)), most_sessions(o.max_sessions()), most_connections(o.max_connections())
        {
        }
        const pool_target to;
        std::list<link_ptr> links;
        std::deque<std::shared_ptr<waiter>> waiting; ///< the first has come first
        std::size_t most_sessions;                   ///< on one connection, as far as is known
        std::size_t most_connections;
    };
    void give_back(const link_ptr& l, std::uint64_t connection);

private:
    static awaitable<outcome<void>> follow(std::shared_ptr<impl> self, link_ptr l);
    static awaitable<outcome<void>> close_idle(std::shared_ptr<impl> self);
    static awaitable<outcome<void>> woken(std::shared_ptr<impl> self);
    static awaitable<outcome<token_ptr>> take(std::shared_ptr<impl> self, pool_target to, bool first);

    site& site_of(const pool_target& to);
    void serve(site& s);
    void connect_more(site& s);
    void learn(link& l);
    void end(const link_ptr& l, const failure& why);
    std::optional<std::chrono::nanoseconds> close_those_due();
    void gone() noexcept override;

    const connect_function make_;
    const pool_options how_;
    const std::shared_ptr<time_source> time_;
    const std::shared_ptr<parking::task_group> work_;
    parking::gate idle_;
    std::map<std::string, site> sites_;
    failure why_; ///< the pool has been stopped
};

/// One place. The last handle of it frees the place.
struct pool_place::token {
    token(std::weak_ptr<connection_pool::impl> p, executor s, connection_pool::impl::link_ptr l, connection c)
        : of(std::move(p)), strand(std::move(s)), link(std::move(l)), on(std::move(c))
    {
    }
    token(const token&) = delete;
    ~token();
    const std::weak_ptr<connection_pool::impl> of;
    const executor strand;
    const connection_pool::impl::link_ptr link;
    const connection on;
};

struct connection_pool::handle {
    explicit handle(std::shared_ptr<impl> i) noexcept : core(std::move(i)) {}
    handle(const handle&) = delete;
    ~handle() { stop(); }
    void stop() const noexcept;
    const std::shared_ptr<impl> core;
};

} // namespace sshoal
