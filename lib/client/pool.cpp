#include "client/pool_impl.hpp"

#include "base/access.hpp"
#include "net/crossing.hpp"
#include "sshoal/client.hpp"
#include "sshoal/failure_detail.hpp"
#include "sshoal/result_of.hpp"
#include "sshoal/task.hpp"

#include <algorithm>

namespace sshoal {

connection_pool::impl::impl(executor its_strand, connect_function make, pool_options how)
    : lot(std::move(its_strand))
    , make_(std::move(make))
    , how_(std::move(how))
    , time_(how_.reconnect().time() ? how_.reconnect().time() : std::make_shared<time_source>())
    , work_(parking::task_group::make(strand()))
    , idle_(ready())
{
}

void connection_pool::impl::begin()
{
    open(weak_from_this());
    work_->start(close_idle(shared_from_this()));
}

connection_pool::impl::site& connection_pool::impl::site_of(const pool_target& to)
{
    return sites_.try_emplace(to.to_string(), to, how_).first->second;
}

// -- places -------------------------------------------------------------------------------------------------------------------

/// Waits for a place. `first`: before all who wait already.
auto connection_pool::impl::take(std::shared_ptr<impl> self, pool_target to, bool first) -> awaitable<outcome<token_ptr>>
{
    if (self->why_)
        co_return self->why_;
    site& s = self->site_of(to);
    if (!first && s.waiting.size() >= self->how_.max_waiting())
        co_return failure(errc::too_many_pending, std::to_string(s.waiting.size()) + " wait for a session at " + to.to_string());
    const auto w = std::make_shared<waiter>(self->ready());
    s.waiting.insert(first ? s.waiting.begin() : s.waiting.end(), w);
    self->serve(s);
    while (!w->given && !w->why) {
        const parking::wake woken = co_await w->told.wait();
        if (woken == parking::wake::cancelled && !w->given && !w->why) {
            std::erase(s.waiting, w); // somebody waits, so the site is there
            co_return net::aborted();
        }
    }
    if (w->why)
        co_return w->why;
    co_return std::move(w->given);
}

/// Gives places to those who wait, and makes connections for the rest.
void connection_pool::impl::serve(site& s)
{
    for (const link_ptr& l : s.links)
        while (!s.waiting.empty() && l->now && l->now.is_open() && l->used < s.most_sessions) {
            const std::shared_ptr<waiter> next = s.waiting.front();
            s.waiting.pop_front();
            ++l->used;
            next->given = std::make_shared<pool_place::token>(weak_from_this(), strand(), l, l->now);
            next->told.wake_all();
        }
    connect_more(s);
}

void connection_pool::impl::connect_more(site& s)
{
    // A connection that fails at once changes all of these numbers.
    const auto coming = [&] { return std::count_if(s.links.begin(), s.links.end(), [](const link_ptr& l) { return !l->now; }); };
    while (std::size_t(coming()) * s.most_sessions < s.waiting.size() && s.links.size() < s.most_connections) {
        reconnect_options how = how_.reconnect();
        if (how.name().empty())
            how.name(s.to.to_string());
        sshoal::connect_function make = [make = make_, to = s.to] { return make(to); };
        const auto made = std::make_shared<link>(s, reconnector(strand(), std::move(make), std::move(how)));
        s.links.push_back(made);
        work_->start(follow(shared_from_this(), made));
    }
}

void connection_pool::impl::give_back(const link_ptr& l, std::uint64_t connection)
{
    if (why_ || l->now.number() != connection)
        return; // the place has gone with its connection
    if (--l->used == 0)
        l->idle_since = time_->now();
    serve(l->of);
    idle_.wake_all();
}

/// The server has refused a session on this connection, and has granted the others.
void connection_pool::impl::learn(link& l)
{
    l.of.most_sessions = std::min(l.of.most_sessions, l.used - 1);
}

awaitable<outcome<pool_place>> connection_pool::impl::place(std::shared_ptr<impl> self, pool_target to, attempt_function attempt)
{
    for (bool again = false;; again = true) {
        auto taking = take(self, to, again);
        outcome<token_ptr> taken = co_await std::move(taking);
        if (!taken)
            co_return taken.error();
        auto trying = result_of(attempt((*taken)->on));
        const outcome<void> opened = co_await std::move(trying);
        if (opened)
            co_return detail::access::make<pool_place>(std::move(*taken));
        link& l = *(*taken)->link;
        const bool shared = l.now.number() == (*taken)->on.number() && l.used > 1;
        if (self->why_ || opened.error().code() != errc::channel_open_refused || !shared)
            co_return opened.error();
        self->learn(l);
    }
}

// -- connections --------------------------------------------------------------------------------------------------------------

awaitable<outcome<void>> connection_pool::impl::follow(std::shared_ptr<impl> self, link_ptr l)
{
    link_health health;
    while (!self->why_) {
        auto changing = result_of(l->kept.changed(health));
        outcome<link_health> next = co_await std::move(changing);
        if (!next || l->ended)
            break;
        health = std::move(*next);
        if (health.state == link_state::up) {
            l->now = l->kept.current();
            l->used = 0;
            l->idle_since = self->time_->now();
            self->serve(l->of);
            self->idle_.wake_all();
            continue;
        }
        l->now = connection();
        if (health.state == link_state::stopped || (health.state == link_state::waiting && l->of.waiting.empty())) {
            self->end(l, health.why);
            break;
        }
    }
    co_return outcome<void>();
}

/// The connection is not needed any more, or there will be none.
void connection_pool::impl::end(const link_ptr& l, const failure& why)
{
    site& s = l->of;
    l->ended = true;
    l->kept.stop();
    l->now = connection();
    s.links.remove(l);
    if (!s.links.empty()) {
        if (why.code() != errc::closed) // more connections than the server allows, it seems
            s.most_connections = s.links.size();
        serve(s);
        return;
    }
    for (const std::shared_ptr<waiter>& w : std::exchange(s.waiting, {})) {
        w->why = why;
        w->told.wake_all();
    }
}

/// Returns: the time until the next connection is to be closed; nothing if none is idle.
std::optional<std::chrono::nanoseconds> connection_pool::impl::close_those_due()
{
    std::optional<std::chrono::nanoseconds> next;
    for (auto& [name, s] : sites_)
        for (const link_ptr& l : std::list<link_ptr>(s.links)) {
            if (!l->now || l->used > 0 || !s.waiting.empty())
                continue;
            const std::chrono::nanoseconds left = l->idle_since + how_.idle_after() - time_->now();
            if (left <= left.zero())
                end(l, failure(errc::closed, "idle"));
            else
                next = next ? std::min(*next, left) : left;
        }
    std::erase_if(sites_, [](const auto& entry) { return entry.second.links.empty() && entry.second.waiting.empty(); });
    return next;
}

awaitable<outcome<void>> connection_pool::impl::close_idle(std::shared_ptr<impl> self)
{
    while (!self->why_) {
        const std::optional<std::chrono::nanoseconds> next = self->close_those_due();
        auto waiting = net::or_throw(self->strand(), woken(self));
        if (next)
            waiting = detail::drop_result(first_of(std::move(waiting), sleep(self->time_, *next)));
        auto ending = result_of(std::move(waiting));
        const outcome<void> ended = co_await std::move(ending);
        if (!ended)
            break;
    }
    co_return outcome<void>();
}

awaitable<outcome<void>> connection_pool::impl::woken(std::shared_ptr<impl> self)
{
    const parking::wake w = co_await self->idle_.wait();
    if (w == parking::wake::cancelled)
        co_return net::aborted();
    co_return outcome<void>();
}

// -- the end ------------------------------------------------------------------------------------------------------------------

pool_counters connection_pool::impl::count() const
{
    pool_counters all;
    for (const auto& [name, s] : sites_) {
        all.waiting += s.waiting.size();
        for (const link_ptr& l : s.links) {
            ++(l->now ? all.connections : all.connecting);
            all.sessions += l->used;
        }
    }
    return all;
}

void connection_pool::impl::stop(const failure& why)
{
    if (why_)
        return;
    why_ = why;
    for (auto& [name, s] : sites_)
        while (!s.links.empty())
            end(link_ptr(s.links.front()), why);
    work_->stop(net::aborted());
}

void connection_pool::impl::gone() noexcept
{
    why_ = failure(errc::closed);
    for (auto& [name, s] : sites_)
        for (const std::shared_ptr<waiter>& w : s.waiting)
            w->told.abandon();
    idle_.abandon();
}

} // namespace sshoal
