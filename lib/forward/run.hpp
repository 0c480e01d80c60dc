// run.hpp - the object behind a forwarding: what takes connections, and the streams that it carries.
#pragma once

#include "forward/reach.hpp"
#include "forward/user_limits.hpp"
#include "net/connection_parts.hpp"
#include "parking/gate.hpp"
#include "parking/lot.hpp"
#include "parking/task_group.hpp"
#include "sshoal/acceptor.hpp"
#include "sshoal/forward.hpp"
#include "sshoal/relay.hpp"

#include <list>
#include <optional>

namespace sshoal::forward {

class run;

/// A plan holds everything that a forwarding needs to begin.
struct plan {
    /// The forwarding ends with this connection.
    explicit plan(connection c)
        : through(std::move(c)), strand(through.get_executor()), tell([c = through](const event& e) { net::tell(c, e); })
    {
    }
    /// The forwarding outlives connections.
    plan(executor s, std::function<void(const event&)> t) : strand(std::move(s)), tell(std::move(t)) {}
    connection through;
    executor strand;
    std::function<void(const event&)> tell; ///< gives an event to the sink
    std::function<void()> less; ///< is called when no more connections are taken, and at the end; may be empty
    std::string_view what; ///< for events
    endpoint bound;
    endpoint target; ///< of each stream; without address if each stream names its own
    reach_function reach;
    std::size_t max_streams = 0; ///< 0: no limit
    std::shared_ptr<user_limits::impl> users; ///< null: no limits
    std::string user;
    std::shared_ptr<run> parent; ///< its limits hold, and it counts the streams too; ends this run with itself
    bool socks = false;          ///< each stream begins with a SOCKS request
    std::chrono::nanoseconds request_timeout{0};
};

/// Somebody who wants a stream: at an accepted socket, or at the other end of a channel that waits for a decision.
struct caller {
    std::unique_ptr<byte_stream> stream; ///< null: `undecided`
    incoming_channel undecided;
    endpoint target, from;
};

/// All members are called on the connection's strand. The object lives until nobody takes connections any more and all streams
/// have ended.
class run final : public parking::lot, public std::enable_shared_from_this<run> {
    struct made_by_make {};

public:
    static std::shared_ptr<run> make(plan p);
    run(made_by_make, plan p);

    /// Counts as one of those for which the forwarding goes on.
    class share {
    public:
        explicit share(std::shared_ptr<run> r) noexcept : run_(std::move(r)) { ++run_->shares_; }
        share(share&&) noexcept = default;
        ~share()
        {
            if (run_)
                run_->give_back();
        }
        run* operator->() const noexcept { return run_.get(); }
        run& operator*() const noexcept { return *run_; }

    private:
        std::shared_ptr<run> run_;
    };

    /// Tells that the forwarding has begun; the address is known by now.
    void begun() const;
    /// Takes connections at these sockets.
    void take_from(const std::vector<stream_acceptor>& doors);
    /// Runs an accept loop of another kind, which drain() and stop() cancel.
    void take_with(awaitable<outcome<void>> loop);
    /// Takes connections that the peer announces, at this address. `end` is called once, when no more are taken; another call
    /// replaces both.
    void take_at(endpoint bound, std::function<void()> end);
    /// Takes a channel of the peer, for the target of this run.
    void take(incoming_channel in, endpoint from);
    /// Takes a channel of the peer that names its target.
    void take_direct(incoming_channel in);
    /// Opens the far half of a stream, and carries its bytes.
    void serve(caller c);

    const endpoint& bound() const noexcept { return plan_.bound; }
    counters count() const;
    std::vector<open_stream> streams() const;
    void drain() { stop_taking(failure(errc::closed, "drained")); }
    bool taking() const noexcept { return !why_ && !gone_; }
    bool over() const noexcept { return over_ || gone_; }
    void stop(failure why);
    static awaitable<outcome<failure>> wait_closed(std::shared_ptr<run> self);

private:
    struct place;
    static awaitable<outcome<void>> accept_from(share self, stream_acceptor door);
    static awaitable<outcome<void>> loop_with(share self, awaitable<outcome<void>> loop);
    static awaitable<outcome<void>> carry(std::unique_ptr<place> mine, caller c);
    static bool accept(caller& c);
    run& root() noexcept { return parent_ ? (*parent_)->root() : *this; }
    static awaitable<outcome<void>> watch(std::shared_ptr<run> self, connection through);
    void stop_taking(failure why);
    void refuse(caller& c, const failure& why);
    void fill(events::of_forwarding& e) const noexcept;
    void tell(const event& e) const;
    void give_back();
    void finish();
    void gone() noexcept override;

    plan plan_;
    std::shared_ptr<parking::task_group> takers_, streams_;
    struct moving {
        std::shared_ptr<relay_result> bytes = std::make_shared<relay_result>();
        const caller* who = nullptr; ///< in the frame of carry(), as the place is; null before carry() begins
    };
    std::list<moving> moving_;
    counters done_; // of streams that have ended, and of children that have
    std::optional<share> parent_;
    std::list<run*> children_;
    std::size_t open_ = 0; // streams, those of children included
    std::vector<stream_acceptor> doors_;
    std::function<void()> end_of_taking_;
    parking::gate closed_;
    std::size_t shares_ = 0;
    failure why_;
    bool over_ = false, gone_ = false;
};

/// Handles share this object; the last handle to go stops the forwarding.
struct run_handle {
    explicit run_handle(std::shared_ptr<run> r);
    run_handle(const run_handle&) = delete;
    ~run_handle();
    void stop() noexcept;
    const std::shared_ptr<run> core;
    const endpoint bound;
};

} // namespace sshoal::forward
