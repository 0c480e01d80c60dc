// tunnel_impl.hpp - the object behind the handles of a tunnel: a kept connection, and the forwardings that follow it.
#pragma once

#include "forward/run.hpp"
#include "sshoal/tunnel.hpp"

#include <list>

namespace sshoal::forward {

/// All members are called on the strand.
struct tunnel::impl final : parking::lot, std::enable_shared_from_this<tunnel::impl> {
    impl(reconnector link, tunnel_options how);
    void begin();

    void add(rule r);
    void remove(const rule& r);
    void set(const std::vector<rule>& all);

    tunnel_health health() const;
    static awaitable<outcome<tunnel_health>> changed(std::shared_ptr<impl> self, std::uint64_t seen);
    static awaitable<outcome<void>> ready(std::shared_ptr<impl> self);
    static awaitable<outcome<failure>> wait_closed(std::shared_ptr<impl> self);
    void drain();
    void stop(failure why);

    reconnector link;

private:
    /// One rule of the set. The list changes while a coroutine waits for the server, so the coroutine finds the member by its number.
    struct member {
        member(rule r, std::uint64_t n) : what(std::move(r)), number(n) {}
        bool here() const noexcept { return what.what() == rule::kind::local || what.what() == rule::kind::dynamic; }
        const rule what;
        const std::uint64_t number;
        std::shared_ptr<run> core;
        std::uint64_t connection = 0; ///< the connection that a server's port belongs to
        std::uint64_t tried = 0;      ///< the round of tend() that has tried it last
        bool listening = false;
        endpoint bound;
        failure why;
    };

    static awaitable<outcome<void>> follow(std::shared_ptr<impl> self);
    static awaitable<outcome<void>> tend(std::shared_ptr<impl> self);
    static awaitable<outcome<void>> until_work(std::shared_ptr<impl> self);
    static awaitable<outcome<void>> woken(std::shared_ptr<impl> self);
    static awaitable<stream_outcome> reach(std::shared_ptr<impl> self, endpoint target, endpoint from);

    parking::ready_list& ready_list() noexcept { return lot::ready(); }
    std::shared_ptr<run> make_run(const rule& r);
    std::vector<std::shared_ptr<run>> runs() const;
    void take_out(std::list<member>::iterator m);
    void open_here(member& m);
    member* next_there() noexcept;
    member* find(std::uint64_t number) noexcept;
    void listens(member& m, endpoint at);
    void fails(member& m, failure why);
    void forget_ports(std::uint64_t all_but);
    void look_after_runs();
    void there_is_work();
    void change();
    void tell(const event& e) const;
    void finish_if_over();
    void gone() noexcept override;

    const tunnel_options how_;
    const std::shared_ptr<time_source> time_;
    const std::shared_ptr<parking::task_group> work_;
    parking::gate changed_, for_tend_;
    std::list<member> members_;
    std::list<std::shared_ptr<run>> leaving_; ///< of rules that were taken out; their streams run on
    std::uint64_t last_number_ = 0, round_ = 0, health_number_ = 0;
    bool work_to_do_ = false;
    failure why_; ///< no more streams are taken
    bool over_ = false;
};

struct tunnel::handle {
    explicit handle(std::shared_ptr<impl> i) noexcept : core(std::move(i)) {}
    handle(const handle&) = delete;
    ~handle() { stop(); }
    void stop() const noexcept;
    const std::shared_ptr<impl> core;
};

} // namespace sshoal::forward
