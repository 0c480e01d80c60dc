#include "server/listener_impl.hpp"

#include "base/access.hpp"
#include "net/strand.hpp"
#include "server/behind_proxy.hpp"
#include "net/crossing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace sshoal {

using server::server_state;

namespace {

constexpr std::size_t most_waiting = 128;

admission_limits own_limits(const server_options::impl& o)
{
    return admission_limits().max_connections(o.max_connections).max_startups(o.startups_begin, o.startups_rate, o.startups_full);
}

std::shared_ptr<admission> admission_of(const server_options::impl& o)
{
    return o.admission ? o.admission : std::make_shared<admission>(own_limits(o));
}

/// Follows one connection until it is gone. It finds the strand through the listener, since connections may outlive the
/// io_context.
class served_watch final : public server::connection_watch {
public:
    served_watch(std::shared_ptr<listener::impl> l, std::uint64_t number) noexcept : listener_(l), number_(number) {}
    ~served_watch() override
    {
        const auto here = listener_.lock();
        if (const executor strand = here ? here->strand() : executor())
            asio::post(strand, [weak = listener_, number = number_, how = how_] {
                if (const auto l = weak.lock())
                    l->connection_ended(number, how);
            });
    }
    void not_logged_in(login_end how) override { how_ = how; }
    awaitable<bool> admit() override { return admit_by(listener_, number_); }
    void logged_in(std::shared_ptr<server_state> who) override
    {
        // The handle is made here: should the listener be gone, dropping it closes the connection.
        auto handle = std::make_shared<conn::connection_handle>(std::move(who));
        auto made = detail::access::make<server_connection>(std::move(handle));
        const auto here = listener_.lock();
        const executor strand = here ? here->strand() : executor();
        if (!strand)
            return;
        asio::post(strand, [weak = listener_, number = number_, made = std::move(made)]() mutable {
            if (const auto l = weak.lock())
                l->logged_in(number, std::move(made));
        });
    }

private:
    static awaitable<bool> admit_by(std::weak_ptr<listener::impl> weak, std::uint64_t number)
    {
        const auto l = weak.lock();
        if (!l)
            co_return false;
        auto admitting = net::or_failure(l->strand(), listener::impl::admit(l, number));
        const outcome<bool> admitted = co_await std::move(admitting);
        co_return admitted && *admitted;
    }

    std::weak_ptr<listener::impl> listener_;
    std::uint64_t number_;
    login_end how_ = login_end::no_attempt;
};

} // namespace

listener::impl::impl(executor its_strand, executor base, std::shared_ptr<const server::server_settings> settings)
    : lot(std::move(its_strand)), socket(strand()), base_(std::move(base)), settings_(std::move(settings)), arrived_(ready()),
      place_free_(ready()), emptied_(ready()), admission_(admission_of(settings_->get()))
{
}

listener::impl::~impl() = default;

failure listener::impl::listen(const listen_address& at)
{
    open(weak_from_this());
    return socket.open(at);
}

void listener::impl::log(log_level level, const std::string& line) const
{
    event_origin from;
    from.server = true;
    observe::tell(settings_->get().outlets.sink.get(), from, level, line);
}

void listener::impl::tell(const event& e) const
{
    event_origin from;
    from.server = true;
    const endpoint local = socket.local();
    from.local = &local;
    observe::tell(settings_->get().outlets.sink.get(), from, e);
}

void listener::impl::drop(const endpoint& who, events::drop_reason why, std::size_t count) const
{
    events::connection_dropped e;
    e.reason = why;
    e.remote = &who;
    e.count = count;
    tell(e);
}

/// Handles may outlive the io_context, so the listener gives up all members that need an io_context.
void listener::impl::gone() noexcept
{
    closed_ = true;
    socket.abandon();
    arrived_.abandon();
    place_free_.abandon();
    emptied_.abandon();
    ready().abandon();
    waiting_.clear();
    base_ = executor();
}

// -- accepting ----------------------------------------------------------------------------------------------------------------

void listener::impl::begin()
{
    if (std::exchange(begun_, true) || closed_)
        return;
    socket.on_shortage([this](const error_code& lack) { // the accept loop keeps this object
        log(log_level::warning, "cannot accept connections for now: " + lack.message());
    });
    const endpoint address = socket.local();
    events::listening here;
    here.address = &address;
    tell(here);
    if (!settings_->get().authenticator)
        log(log_level::warning, "nobody can log in, as the options have no authenticator()");
    auto loop = accept_loop(shared_from_this());
    asio::co_spawn(strand(), std::move(loop), asio::detached);
}

awaitable<void> listener::impl::accept_loop(std::shared_ptr<impl> self)
{
    while (!self->closed_) {
        const executor its_strand = net::strand_for(self->base_);
        net::stream_socket s(its_strand);
        const error_code ec = co_await self->socket.next(s);
        if (self->closed_)
            break;
        if (ec) {
            self->failed_ = failure(ec, self->socket.local().describe());
            self->log(log_level::error, "cannot accept connections any more: " + ec.message());
            self->close();
            break;
        }
        error_code gone;
        (void)s.remote_endpoint(gone);
        if (!gone) // otherwise the peer is gone already
            self->receive(net::make_socket_stream(std::move(s), net::opened_by::peer), its_strand);
    }
}

void listener::impl::receive(std::unique_ptr<byte_stream> stream, const executor& its_strand)
{
    const std::shared_ptr<const trusted_proxies>& proxies = settings_->get().proxies;
    const endpoint from = stream->remote();
    if (!proxies || !proxies->trust(from)) {
        serve(std::move(stream), its_strand);
    } else if (headers_awaited_ >= proxies->max_pending()) {
        drop(from, events::drop_reason::max_connections, headers_awaited_);
    } else {
        ++headers_awaited_;
        auto reading = receive_behind_proxy(weak_from_this(), std::move(stream), its_strand, proxies);
        asio::co_spawn(its_strand, std::move(reading), asio::detached);
    }
}

awaitable<void> listener::impl::receive_behind_proxy(std::weak_ptr<impl> weak, std::unique_ptr<byte_stream> stream,
                                                     executor its_strand, std::shared_ptr<const trusted_proxies> proxies)
{
    const std::string balancer = stream->remote_name();
    auto reading = server::read_proxy_header(std::move(stream), *proxies);
    net::stream_outcome read = co_await std::move(reading);
    const auto here = weak.lock();
    const executor strand = here ? here->strand() : executor();
    if (!strand)
        co_return;
    asio::post(strand, [weak, balancer, its_strand, read = std::move(read)]() mutable {
        const auto self = weak.lock();
        if (!self)
            return;
        --self->headers_awaited_;
        if (!read) // load balancers look in this way whether anybody listens
            self->log(read.error().code() == errc::end_of_file ? log_level::debug : log_level::warning,
                      "dropped a connection of the proxy at " + balancer + ": " + read.error().message());
        else if (!self->closed_)
            self->serve(std::move(*read), its_strand);
    });
}

void listener::impl::serve(std::unique_ptr<byte_stream> stream, const executor& its_strand)
{
    const endpoint from = stream->remote();
    admission::place place = admission_->enter(from.address(), clock::now());
    if (!place) {
        drop(from, place.why_refused(), place.count());
        return;
    }
    try {
        const std::uint64_t number = ++last_number_;
        served& entry = served_[number];
        entry.place = std::move(place);
        count_ = served_.size();
        auto watch
            = std::make_shared<served_watch>(shared_from_this(), number); // removes the entry, also after an exception below
        auto state = std::make_shared<server_state>(its_strand, std::move(stream), settings_, std::move(watch));
        entry.state = state;
        asio::post(its_strand, [state = std::move(state)] { state->start(); });
    } catch (const std::exception& e) {
        log(log_level::error, "cannot serve " + from.describe() + ": " + e.what());
    }
}

// -- log-ins ------------------------------------------------------------------------------------------------------------------

awaitable<outcome<bool>> listener::impl::admit(std::shared_ptr<impl> self, std::uint64_t number)
{
    for (;;) {
        const auto it = self->served_.find(number);
        if (it == self->served_.end() || self->closed_)
            co_return outcome<bool>(boost::system::in_place_value, false);
        if (self->places_taken_ < most_waiting) {
            ++self->places_taken_;
            it->second.at = stage::admitted;
            co_return outcome<bool>(boost::system::in_place_value, true);
        }
        co_await self->place_free_.wait(asio::cancellation_type::none);
    }
}

void listener::impl::give_place_back()
{
    --places_taken_;
    place_free_.wake_one();
}

void listener::impl::logged_in(std::uint64_t number, server_connection who)
{
    const auto it = served_.find(number);
    if (it == served_.end())
        return;
    it->second.at = stage::logged_in;
    it->second.place.logged_in();
    waiting_.push_back(std::move(who));
    arrived_.wake_one();
}

void listener::impl::connection_ended(std::uint64_t number, login_end how)
{
    const auto it = served_.find(number);
    if (it == served_.end())
        return;
    const stage was = it->second.at;
    it->second.place.leave(clock::now(), how);
    served_.erase(it);
    count_ = served_.size();
    if (was == stage::admitted)
        give_place_back();
    else if (was == stage::starting)
        place_free_.wake_all(); // the coroutine that waits may belong to the connection that is gone
    if (served_.empty())
        emptied_.wake_all();
}

awaitable<outcome<server_connection>> listener::impl::accept(std::shared_ptr<impl> self)
{
    self->begin();
    for (;;) {
        if (!self->waiting_.empty()) {
            server_connection next = std::move(self->waiting_.front());
            self->waiting_.pop_front();
            self->give_place_back();
            co_return std::move(next);
        }
        if (self->failed_)
            co_return self->failed_;
        if (self->closed_)
            co_return failure(errc::closed, self->socket.local().describe());
        const parking::wake w = co_await self->arrived_.wait();
        if (w == parking::wake::cancelled) {
            if (!self->waiting_.empty())
                self->arrived_.wake_one(); // the wake-up may have been meant for this coroutine
            co_return net::aborted();
        }
    }
}

void listener::impl::change(std::shared_ptr<const server::server_settings> settings)
{
    const server_options::impl& now = settings->get();
    if (now.admission || settings_->get().admission)
        admission_ = admission_of(now);
    else
        admission_->set_limits(own_limits(now));
    settings_ = std::move(settings);
}

void listener::impl::close()
{
    if (std::exchange(closed_, true))
        return;
    socket.close();
    disconnect(stage::admitted, "");
    arrived_.wake_all();
    place_free_.wake_all();
}

void listener::impl::disconnect(stage up_to, const char* text)
{
    for (const auto& [number, entry] : served_)
        if (auto state = entry.state.lock()) {
            const executor its_strand = state->strand();
            asio::post(its_strand, [state = std::move(state), up_to, text] {
                if (up_to == stage::logged_in || !state->core().authenticated())
                    state->driver().disconnect(disconnect_reason::by_application, text);
            });
        }
}

awaitable<outcome<void>> listener::impl::shutdown(std::shared_ptr<impl> self, std::chrono::nanoseconds grace)
{
    self->close();
    self->waiting_.clear(); // accept() will not take them any more
    auto patient = std::make_shared<bool>(true);
    asio::steady_timer timer(self->strand(), std::chrono::duration_cast<asio::steady_timer::duration>(grace));
    timer.async_wait([self, patient](const error_code& ec) {
        if (ec)
            return;
        *patient = false;
        self->disconnect(stage::logged_in, "the server is shutting down");
    });
    while (!self->served_.empty()) {
        const parking::wake w = co_await self->emptied_.wait();
        if (w == parking::wake::cancelled && !self->served_.empty())
            co_return net::aborted();
    }
    if (!*patient)
        self->log(log_level::info, "connections were ended, as they did not end in time");
    co_return outcome<void>();
}

} // namespace sshoal
