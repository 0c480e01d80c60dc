#include "forward/tunnel_impl.hpp"

#include "forward/doors.hpp"
#include "forward/switchboard.hpp"
#include "net/crossing.hpp"
#include "observe/sinks.hpp"
#include "sshoal/result_of.hpp"
#include "sshoal/task.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace sshoal::forward {
namespace {

/// A port that was chosen for the rule, here or at the server, is kept.
endpoint preferred(const endpoint& listen, const endpoint& had)
{
    return listen.is_tcp() && listen.port() == 0 && had.is_tcp() ? endpoint(listen.address(), had.port()) : listen;
}

/// Asks the server to listen. Returns: the address with its port.
awaitable<outcome<endpoint>> register_at(connection c, std::shared_ptr<run> core, endpoint first, endpoint listen)
{
    std::shared_ptr<switchboard> board;
    failure unusable;
    try {
        board = switchboard::of(c);
    } catch (const error& e) {
        unusable = e.why();
    }
    if (unusable)
        co_return unusable;
    for (;;) {
        switchboard::receiver take = [weak = std::weak_ptr(core)](incoming_channel in, endpoint from) {
            if (const std::shared_ptr<run> to = weak.lock())
                to->take(std::move(in), std::move(from));
        };
        auto asking = switchboard::begin(board, c, first, std::move(take));
        outcome<endpoint> bound = co_await std::move(asking);
        if (bound)
            core->take_at(*bound, [board, c, at = *bound] { board->end(c, at); }); // at once, if the rule was taken out meanwhile
        if (bound || first == listen || bound.error().code() != errc::request_refused)
            co_return bound;
        first = listen; // the port that it had cannot be had any more
    }
}

} // namespace

tunnel::impl::impl(reconnector l, tunnel_options how)
    : lot(l.get_executor())
    , link(std::move(l))
    , how_(std::move(how))
    , time_(link.options().time() ? link.options().time() : std::make_shared<time_source>())
    , work_(parking::task_group::make(strand()))
    , changed_(ready_list())
    , for_tend_(ready_list())
{
}

void tunnel::impl::begin()
{
    open(weak_from_this());
    work_->start(follow(shared_from_this()));
    work_->start(tend(shared_from_this()));
}

void tunnel::impl::tell(const event& e) const { observe::tell(link.options().events().get(), event_origin(), e); }

void tunnel::impl::change()
{
    ++health_number_;
    changed_.wake_all();
}

// -- the set ------------------------------------------------------------------------------------------------------------------

std::shared_ptr<run> tunnel::impl::make_run(const rule& r)
{
    const std::weak_ptr<impl> weak = weak_from_this();
    plan p(strand(), [weak](const event& e) {
        if (const auto self = weak.lock())
            self->tell(e);
    });
    const bool here = r.what() == rule::kind::local || r.what() == rule::kind::dynamic;
    p.what = name_of(r.what());
    p.bound = r.listen();
    p.target = r.target();
    p.socks = r.target().what() == endpoint::kind::none;
    p.max_streams = r.how().max_streams();
    p.request_timeout = r.how().request_timeout();
    p.less = [weak] {
        if (const auto self = weak.lock())
            self->look_after_runs();
    };
    if (here)
        p.reach = [weak](endpoint target, endpoint from) { return reach(weak.lock(), std::move(target), std::move(from)); };
    else
        p.reach = reach_from_here(r.how(), p.socks);
    return run::make(std::move(p));
}

void tunnel::impl::add(rule r)
{
    if (why_ || std::any_of(members_.begin(), members_.end(), [&](const member& m) { return m.what == r; }))
        return;
    member& m = members_.emplace_back(std::move(r), ++last_number_);
    m.core = make_run(m.what);
    m.bound = m.what.listen();
    there_is_work();
}

void tunnel::impl::remove(const rule& r)
{
    for (auto m = members_.begin(); m != members_.end(); ++m)
        if (m->what == r) {
            take_out(m);
            return;
        }
}

void tunnel::impl::set(const std::vector<rule>& all)
{
    for (auto m = members_.begin(); m != members_.end();) {
        const auto next = std::next(m);
        if (std::find(all.begin(), all.end(), m->what) == all.end())
            take_out(m);
        m = next;
    }
    for (const rule& r : all)
        add(r);
}

void tunnel::impl::take_out(std::list<member>::iterator m)
{
    const std::shared_ptr<run> core = m->core;
    members_.erase(m);
    leaving_.push_back(core);
    core->drain();
    there_is_work();
}

/// A forwarding has ended, or takes no more connections.
void tunnel::impl::look_after_runs()
{
    leaving_.remove_if([](const std::shared_ptr<run>& r) { return r->over(); });
    if (why_) {
        finish_if_over();
        return;
    }
    for (member& m : members_)
        if (!m.core->taking()) { // its socket has failed
            leaving_.push_back(std::exchange(m.core, make_run(m.what)));
            fails(m, failure(errc::closed, "the socket has failed"));
            there_is_work();
        }
}

void tunnel::impl::there_is_work()
{
    work_to_do_ = true;
    for_tend_.wake_all();
    change();
}

// -- those who listen ---------------------------------------------------------------------------------------------------------

void tunnel::impl::listens(member& m, endpoint at)
{
    m.listening = true;
    m.bound = std::move(at);
    m.why = failure();
    m.core->begun();
    change();
}

void tunnel::impl::fails(member& m, failure why)
{
    const bool news = m.listening || m.why.message() != why.message();
    m.listening = false;
    m.why = std::move(why);
    if (!news)
        return;
    events::forwarding_failed e;
    e.what = name_of(m.what.what());
    e.bound = &m.what.listen();
    e.target = &m.what.target();
    e.why = &m.why;
    tell(e);
    change();
}

void tunnel::impl::open_here(member& m)
{
    try {
        m.core->take_from(open_doors(strand(), preferred(m.what.listen(), m.bound), m.what.how()));
        listens(m, m.core->bound());
    } catch (const error& e) {
        fails(m, e.why());
    }
}

/// The ports of a server end with their connection.
void tunnel::impl::forget_ports(std::uint64_t all_but)
{
    for (member& m : members_)
        if (!m.here() && m.listening && m.connection != all_but) {
            m.listening = false;
            m.core->take_at(m.bound, [] {});
        }
}

tunnel::impl::member* tunnel::impl::next_there() noexcept
{
    for (member& m : members_)
        if (!m.here() && !m.listening && m.tried != round_)
            return &m;
    return nullptr;
}

tunnel::impl::member* tunnel::impl::find(std::uint64_t number) noexcept
{
    for (member& m : members_)
        if (m.number == number)
            return &m;
    return nullptr;
}

awaitable<outcome<void>> tunnel::impl::tend(std::shared_ptr<impl> self)
{
    while (!self->why_) {
        self->work_to_do_ = false;
        ++self->round_;
        for (member& m : self->members_)
            if (m.here() && !m.listening)
                self->open_here(m);
        co_await asio::post(self->strand(), asio::use_awaitable); // behind what tells the server that a port is not needed any more
        const connection c = self->link.current();
        self->forget_ports(c.number());
        for (member* m = c ? self->next_there() : nullptr; m && !self->why_; m = self->next_there()) {
            m->tried = self->round_;
            const std::uint64_t number = m->number;
            auto asking = register_at(c, m->core, preferred(m->what.listen(), m->bound), m->what.listen());
            const outcome<endpoint> bound = co_await std::move(asking);
            if (m = self->find(number); m && bound) {
                m->connection = c.number();
                self->listens(*m, *bound);
            } else if (m && c.is_open()) {
                self->fails(*m, bound.error());
            }
        }
        auto waiting = until_work(self);
        const outcome<void> more = co_await std::move(waiting);
        if (!more)
            break;
    }
    co_return outcome<void>();
}

/// Waits until there is work for tend(); if a rule could not listen, for no longer than rule_delay().
awaitable<outcome<void>> tunnel::impl::until_work(std::shared_ptr<impl> self)
{
    if (self->work_to_do_)
        co_return outcome<void>();
    const bool failed = std::any_of(self->members_.begin(), self->members_.end(), [](const member& m) { return bool(m.why); });
    auto waiting = net::or_throw(self->strand(), woken(self));
    if (!failed) {
        auto ending = result_of(std::move(waiting));
        co_return co_await std::move(ending);
    }
    auto ending = result_of(first_of(std::move(waiting), sleep(self->time_, self->how_.rule_delay())));
    const outcome<std::size_t> first = co_await std::move(ending);
    if (!first)
        co_return first.error();
    co_return outcome<void>();
}

awaitable<outcome<void>> tunnel::impl::woken(std::shared_ptr<impl> self)
{
    const parking::wake w = co_await self->for_tend_.wait();
    if (w == parking::wake::cancelled)
        co_return net::aborted();
    co_return outcome<void>();
}

// -- the connection -----------------------------------------------------------------------------------------------------------

awaitable<outcome<void>> tunnel::impl::follow(std::shared_ptr<impl> self)
{
    link_health now;
    while (now.state != link_state::stopped) {
        auto changing = result_of(self->link.changed(now));
        outcome<link_health> next = co_await std::move(changing);
        if (!next)
            co_return outcome<void>();
        now = std::move(*next);
        if (now.state != link_state::up)
            self->forget_ports(0);
        self->there_is_work();
    }
    self->stop(now.why);
    co_return outcome<void>();
}

/// Opens the far half of a stream that has arrived here. If the connection is lost meanwhile, the next one is used.
awaitable<stream_outcome> tunnel::impl::reach(std::shared_ptr<impl> self, endpoint target, endpoint from)
{
    if (!self)
        co_return net::aborted();
    const auto due = self->time_->now() + self->how_.patience();
    for (;;) {
        if (const connection c = self->link.current()) {
            auto reaching = reach_by_channel(c, direct_opening(target, from), stream_name(c, from, target));
            stream_outcome far = co_await std::move(reaching);
            if (far || c.is_open())
                co_return far;
        }
        if (self->why_)
            co_return self->why_;
        const auto left = due - self->time_->now();
        if (left <= left.zero())
            co_return failure(errc::timed_out, "there is no connection");
        reconnector l = self->link;
        auto waiting = result_of(first_of(l.connected(), sleep(self->time_, left)));
        const outcome<std::size_t> ended = co_await std::move(waiting);
        if (!ended)
            co_return ended.error();
    }
}

// -- the end --------------------------------------------------------------------------------------------------------------------

void tunnel::impl::drain()
{
    if (why_)
        return;
    why_ = failure(errc::closed, "drained");
    for (const std::shared_ptr<run>& r : runs())
        r->drain();
    there_is_work();
    finish_if_over();
}

void tunnel::impl::stop(failure why)
{
    if (over_)
        return;
    if (!why_)
        why_ = std::move(why);
    for (const std::shared_ptr<run>& r : runs())
        r->stop(why_);
    link.stop();
    there_is_work();
    finish_if_over();
}

std::vector<std::shared_ptr<run>> tunnel::impl::runs() const
{
    std::vector<std::shared_ptr<run>> all(leaving_.begin(), leaving_.end());
    for (const member& m : members_)
        all.push_back(m.core);
    return all;
}

void tunnel::impl::finish_if_over()
{
    const std::vector<std::shared_ptr<run>> all = runs();
    if (over_ || !std::all_of(all.begin(), all.end(), [](const std::shared_ptr<run>& r) { return r->over(); }))
        return;
    over_ = true;
    for (member& m : members_)
        m.listening = false;
    link.stop();
    work_->stop(net::aborted());
    change();
}

void tunnel::impl::gone() noexcept
{
    over_ = true;
    changed_.abandon();
    for_tend_.abandon();
}

} // namespace sshoal::forward
