// reconnector_impl.hpp - the object behind the handles of a reconnector.
#pragma once

#include "client/backoff.hpp"
#include "parking/gate.hpp"
#include "parking/lot.hpp"
#include "parking/task_group.hpp"
#include "sshoal/events.hpp"
#include "sshoal/reconnector.hpp"

namespace sshoal {

/// All members are called on the strand.
struct reconnector::impl final : parking::lot, std::enable_shared_from_this<reconnector::impl> {
    impl(executor strand, connect_function make, reconnect_options how);
    void begin();

    const link_health& health() const noexcept { return now_; }
    const reconnect_options& options() const noexcept { return how_; }
    /// Returns: the connection, if it has not ended.
    connection current() const { return link_ && link_.is_open() ? link_ : connection(); }
    static awaitable<outcome<link_health>> changed(std::shared_ptr<impl> self, std::uint64_t seen);
    static awaitable<outcome<connection>> connected(std::shared_ptr<impl> self);
    static awaitable<outcome<failure>> wait_stopped(std::shared_ptr<impl> self);

    void try_now();
    void drain();
    void stop(failure why);

private:
    static awaitable<outcome<void>> keep(std::shared_ptr<impl> self);
    static awaitable<outcome<void>> nudged(std::shared_ptr<impl> self);
    static awaitable<void> until_nudged(std::shared_ptr<impl> self);
    bool lost(const failure& why);
    void enter(link_state s);
    void tell(const event& e) const;
    bool retries(const failure& why) const;
    void finish(failure why);
    void gone() noexcept override;

    connect_function make_;
    const reconnect_options how_;
    const std::shared_ptr<time_source> time_;
    client::backoff delays_;
    const std::shared_ptr<parking::task_group> work_;
    parking::gate changed_, nudge_;
    connection link_; // while there is one
    link_health now_;
    std::chrono::nanoseconds delay_{0};
    bool last_ = false; // drain(): this connection is the last one
};

struct reconnector::handle {
    explicit handle(std::shared_ptr<impl> i) noexcept : core(std::move(i)) {}
    handle(const handle&) = delete;
    ~handle() { stop(); }
    void stop() const noexcept;
    const std::shared_ptr<impl> core;
};

} // namespace sshoal
