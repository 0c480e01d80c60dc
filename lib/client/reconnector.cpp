#include "client/reconnector_impl.hpp"

#include "client/client_options_impl.hpp"
#include "net/crossing.hpp"
#include "net/strand.hpp"
#include "observe/sinks.hpp"
#include "sshoal/client.hpp"
#include "sshoal/result_of.hpp"
#include "sshoal/task.hpp"

namespace sshoal {
namespace {

failure stopped_by_program(const char* how) { return failure(errc::closed, how); }

reconnect_options with_defaults(reconnect_options how, const login_target& to, const client_options& login)
{
    if (how.name().empty())
        how.name(to.to_string());
    if (!how.events())
        how.events(login.get().outlets.sink);
    return how;
}

} // namespace

std::string_view name_of(link_state s) noexcept
{
    switch (s) {
    case link_state::connecting: return "connecting";
    case link_state::up: return "up";
    case link_state::waiting: return "waiting";
    case link_state::stopped: break;
    }
    return "stopped";
}

reconnector::impl::impl(executor its_strand, connect_function make, reconnect_options how)
    : lot(std::move(its_strand))
    , make_(std::move(make))
    , how_(std::move(how))
    , time_(how_.time() ? how_.time() : std::make_shared<time_source>())
    , delays_(how_)
    , work_(parking::task_group::make(strand()))
    , changed_(ready())
    , nudge_(ready())
{
    now_.since = time_->now();
}

void reconnector::impl::begin()
{
    open(weak_from_this());
    work_->start(keep(shared_from_this()));
}

// -- the loop -----------------------------------------------------------------------------------------------------------------

awaitable<outcome<void>> reconnector::impl::keep(std::shared_ptr<impl> self)
{
    const connect_function make = std::move(self->make_); // it must outlive the coroutines that it returns
    for (;;) {
        self->enter(link_state::connecting);
        auto connecting = result_of(make());
        outcome<connection> made = co_await std::move(connecting);
        if (self->now_.state == link_state::stopped)
            break;
        if (made && made->get_executor() != self->strand())
            made = failure(errc::invalid_argument, "the function has made a connection on another strand");
        failure why = made ? failure() : made.error();
        if (made) {
            self->link_ = std::move(*made);
            made = failure(errc::closed); // link_ is the only handle
            if (self->how_.keepalive_interval() > std::chrono::milliseconds::zero())
                self->link_.set_keepalive(self->how_.keepalive_interval(), self->how_.keepalive_count());
            self->now_.failures = 0;
            ++self->now_.connections;
            self->enter(link_state::up);
            auto waiting = result_of(self->link_.wait_closed());
            const outcome<failure> ended = co_await std::move(waiting);
            if (self->now_.state == link_state::stopped)
                break;
            why = ended ? *ended : ended.error();
        }
        if (!self->lost(why))
            break;
        auto pausing = first_of(sleep(self->time_, self->delay_), until_nudged(self));
        auto ending = result_of(std::move(pausing));
        const outcome<std::size_t> ended = co_await std::move(ending);
        if (self->now_.state == link_state::stopped || !ended)
            break;
    }
    co_return outcome<void>();
}

/// The connection has ended, or could not be made. Returns: whether another attempt follows, after delay_.
bool reconnector::impl::lost(const failure& why)
{
    const bool was_up = now_.state == link_state::up;
    if (was_up && time_->now() - now_.since >= how_.settled_after())
        delays_.reset();
    link_ = connection();
    now_.failures += was_up ? 0 : 1;
    now_.why = why;
    const bool closed_here = was_up && why.code() == errc::closed;
    if (last_ || (!closed_here && !retries(why)) || (how_.attempts() > 0 && now_.failures >= how_.attempts())) {
        finish(last_ ? stopped_by_program("drained") : why);
        return false;
    }
    delay_ = delays_.next(time_->chance());
    now_.next_try = time_->now() + delay_;
    enter(link_state::waiting);
    return true;
}

bool reconnector::impl::retries(const failure& why) const { return how_.retry_if() ? how_.retry_if()(why) : may_retry(why); }

awaitable<outcome<void>> reconnector::impl::nudged(std::shared_ptr<impl> self)
{
    const parking::wake w = co_await self->nudge_.wait();
    if (w == parking::wake::cancelled)
        co_return net::aborted();
    co_return outcome<void>();
}

awaitable<void> reconnector::impl::until_nudged(std::shared_ptr<impl> self)
{
    return net::or_throw(self->strand(), nudged(self));
}

void reconnector::impl::enter(link_state s)
{
    now_.state = s;
    now_.since = time_->now();
    ++now_.number;
    changed_.wake_all();
    if (s == link_state::up) {
        events::link_up e;
        e.name = how_.name();
        e.connection = link_.number();
        e.connections = now_.connections;
        tell(e);
    } else if (s == link_state::waiting) {
        events::link_down e;
        e.name = how_.name();
        e.why = &now_.why;
        e.failures = now_.failures;
        e.delay = delay_;
        tell(e);
    } else if (s == link_state::stopped) {
        events::link_ended e;
        e.name = how_.name();
        e.why = &now_.why;
        tell(e);
    }
}

void reconnector::impl::tell(const event& e) const { observe::tell(how_.events().get(), event_origin(), e); }

// -- what the handles do ------------------------------------------------------------------------------------------------------

awaitable<outcome<link_health>> reconnector::impl::changed(std::shared_ptr<impl> self, std::uint64_t seen)
{
    while (self->now_.number == seen) {
        const parking::wake w = co_await self->changed_.wait();
        if (w == parking::wake::cancelled)
            co_return net::aborted();
    }
    co_return self->now_;
}

awaitable<outcome<connection>> reconnector::impl::connected(std::shared_ptr<impl> self)
{
    for (;;) {
        if (connection now = self->current())
            co_return std::move(now);
        if (self->now_.state == link_state::stopped)
            co_return self->now_.why;
        const parking::wake w = co_await self->changed_.wait();
        if (w == parking::wake::cancelled)
            co_return net::aborted();
    }
}

awaitable<outcome<failure>> reconnector::impl::wait_stopped(std::shared_ptr<impl> self)
{
    while (self->now_.state != link_state::stopped) {
        const parking::wake w = co_await self->changed_.wait();
        if (w == parking::wake::cancelled)
            co_return outcome<failure>(boost::system::in_place_error, net::aborted());
    }
    co_return outcome<failure>(boost::system::in_place_value, self->now_.why);
}

void reconnector::impl::try_now()
{
    if (now_.state == link_state::waiting)
        nudge_.wake_all();
}

void reconnector::impl::drain()
{
    last_ = true;
    if (now_.state != link_state::up)
        stop(stopped_by_program("drained"));
}

void reconnector::impl::stop(failure why)
{
    if (now_.state != link_state::stopped)
        finish(std::move(why));
}

void reconnector::impl::finish(failure why)
{
    const auto self = shared_from_this();
    now_.why = std::move(why);
    if (connection last = std::exchange(link_, connection()))
        last.close();
    enter(link_state::stopped);
    work_->stop(net::aborted());
}

void reconnector::impl::gone() noexcept
{
    now_.state = link_state::stopped;
    link_ = connection();
    make_ = nullptr; // may hold what holds this object
    changed_.abandon();
    nudge_.abandon();
}

// -- the handle ---------------------------------------------------------------------------------------------------------------

void reconnector::handle::stop() const noexcept
{
    net::dispatch_if_possible(core->strand(), [c = core] { c->stop(stopped_by_program("stopped")); });
}

reconnector::reconnector() noexcept = default;

reconnector::reconnector(const executor& ex, connect_function make, reconnect_options how)
{
    if (failure f = client::check(how))
        throw error(f);
    if (!ex || !make)
        throw error(failure(errc::invalid_argument, !ex ? "an empty executor" : "no function that connects"));
    const auto made = std::make_shared<impl>(net::strand_for(ex), std::move(make), std::move(how));
    self_ = std::make_shared<handle>(made);
    made->begin();
}

reconnector::reconnector(const executor& ex, login_target to, client_options login, reconnect_options how)
    : reconnector(ex, [to, login] { return connect(to, login); }, with_defaults(std::move(how), to, login))
{
}

connection reconnector::current() const { return self_ ? self_->core->current() : connection(); }
const reconnect_options& reconnector::options() const noexcept
{
    static const reconnect_options none;
    return self_ ? self_->core->options() : none;
}
link_health reconnector::health() const { return self_ ? self_->core->health() : link_health(); }

awaitable<link_health> reconnector::changed(link_health seen)
{
    return net::or_throw(get_executor(), impl::changed(self_ ? self_->core : nullptr, seen.number));
}
awaitable<connection> reconnector::connected()
{
    return net::or_throw(get_executor(), impl::connected(self_ ? self_->core : nullptr));
}
awaitable<failure> reconnector::wait_stopped()
{
    return net::or_throw(get_executor(), impl::wait_stopped(self_ ? self_->core : nullptr));
}

void reconnector::try_now()
{
    if (self_)
        net::dispatch_if_possible(self_->core->strand(), [c = self_->core] { c->try_now(); });
}
void reconnector::drain()
{
    if (self_)
        net::dispatch_if_possible(self_->core->strand(), [c = self_->core] { c->drain(); });
}
void reconnector::stop() noexcept
{
    if (self_)
        self_->stop();
}
executor reconnector::get_executor() const noexcept { return self_ ? self_->core->strand() : executor(); }

} // namespace sshoal
