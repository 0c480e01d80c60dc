// The handle of a tunnel, and what it waits for.
#include "forward/tunnel_impl.hpp"
#include "net/crossing.hpp"
#include "net/strand.hpp"

namespace sshoal::forward {
namespace {

void check(const tunnel_options& o)
{
    if (o.patience() < std::chrono::nanoseconds::zero())
        throw error(failure(errc::invalid_argument, "tunnel_options: patience() is negative"));
    if (o.rule_delay() < std::chrono::milliseconds(1))
        throw error(failure(errc::invalid_argument, "tunnel_options: rule_delay() is less than 1 ms"));
}

} // namespace

tunnel_health tunnel::impl::health() const
{
    tunnel_health h;
    h.link = link.health();
    h.number = health_number_;
    for (const member& m : members_) {
        rule_health& r = h.rules.emplace_back(m.what);
        r.listening = m.listening;
        r.bound = m.bound;
        r.why = m.why;
        r.count = m.core->count();
    }
    return h;
}

awaitable<outcome<tunnel_health>> tunnel::impl::changed(std::shared_ptr<impl> self, std::uint64_t seen)
{
    while (self->health_number_ == seen) {
        const parking::wake w = co_await self->changed_.wait();
        if (w == parking::wake::cancelled)
            co_return net::aborted();
    }
    co_return self->health();
}

awaitable<outcome<void>> tunnel::impl::ready(std::shared_ptr<impl> self)
{
    while (!self->health().ready()) {
        if (self->why_)
            co_return self->why_;
        const parking::wake w = co_await self->changed_.wait();
        if (w == parking::wake::cancelled)
            co_return net::aborted();
    }
    co_return outcome<void>();
}

awaitable<outcome<failure>> tunnel::impl::wait_closed(std::shared_ptr<impl> self)
{
    while (!self->over_) {
        const parking::wake w = co_await self->changed_.wait();
        if (w == parking::wake::cancelled)
            co_return outcome<failure>(boost::system::in_place_error, net::aborted());
    }
    co_return outcome<failure>(boost::system::in_place_value, self->why_);
}

void tunnel::handle::stop() const noexcept
{
    net::dispatch_if_possible(core->strand(), [c = core] { c->stop(failure(errc::closed, "stopped")); });
}

tunnel::tunnel() noexcept = default;

tunnel::tunnel(reconnector link, tunnel_options how)
{
    const auto made = std::make_shared<impl>(std::move(link), std::move(how));
    self_ = std::make_shared<handle>(made);
    made->begin();
}

tunnel::tunnel(const executor& ex, login_target to, client_options login, tunnel_options how)
{
    check(how);
    reconnector link(ex, std::move(to), std::move(login), how.reconnect());
    *this = tunnel(std::move(link), std::move(how));
}

tunnel::tunnel(const executor& ex, connect_function make, tunnel_options how)
{
    check(how);
    reconnector link(ex, std::move(make), how.reconnect());
    *this = tunnel(std::move(link), std::move(how));
}

void tunnel::add(rule r)
{
    if (self_)
        net::dispatch_if_possible(get_executor(), [c = self_->core, r = std::move(r)]() mutable { c->add(std::move(r)); });
}
void tunnel::remove(rule r)
{
    if (self_)
        net::dispatch_if_possible(get_executor(), [c = self_->core, r = std::move(r)] { c->remove(r); });
}
void tunnel::set(std::vector<rule> all)
{
    if (self_)
        net::dispatch_if_possible(get_executor(), [c = self_->core, all = std::move(all)] { c->set(all); });
}

tunnel_health tunnel::health() const { return self_ ? self_->core->health() : tunnel_health(); }

awaitable<tunnel_health> tunnel::changed(std::uint64_t seen)
{
    return net::or_throw(get_executor(), impl::changed(self_ ? self_->core : nullptr, seen));
}
awaitable<void> tunnel::ready() { return net::or_throw(get_executor(), impl::ready(self_ ? self_->core : nullptr)); }
awaitable<failure> tunnel::wait_closed()
{
    return net::or_throw(get_executor(), impl::wait_closed(self_ ? self_->core : nullptr));
}

const reconnector& tunnel::link() const noexcept
{
    static const reconnector none;
    return self_ ? self_->core->link : none;
}
void tunnel::drain()
{
    if (self_)
        net::dispatch_if_possible(get_executor(), [c = self_->core] { c->drain(); });
}
void tunnel::stop() noexcept
{
    if (self_)
        self_->stop();
}
executor tunnel::get_executor() const noexcept { return self_ ? self_->core->strand() : executor(); }

} // namespace sshoal::forward
