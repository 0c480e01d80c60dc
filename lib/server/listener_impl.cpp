#include "server/listener_impl.hpp"

#include "net/strand.hpp"
#include "net/crossing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>

namespace sshoal {

using server::server_state;

namespace {

constexpr std::size_t most_waiting = 128;
constexpr int accepts_in_a_turn = 64; // then others on the thread get theirs
constexpr auto shortest_pause = std::chrono::milliseconds(100);
constexpr auto longest_pause = std::chrono::milliseconds(1000);

enum class accept_trouble { none_there, passing, shortage, lasting };

accept_trouble trouble_of(const error_code& ec) noexcept
{
    switch (ec.value()) {
    case EAGAIN:
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK:
#endif
        return accept_trouble::none_there;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        return accept_trouble::shortage;
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ENOTSOCK:
        return accept_trouble::lasting;
    default: // Linux passes on errors of the new connection's network: the next accept may work
        return accept_trouble::passing;
    }
}

std::shared_ptr<admission> admission_of(const server_options::impl& o)
{
    if (o.admission)
        return o.admission;
    return std::make_shared<admission>(
        admission_limits().max_connections(o.max_connections).max_startups(o.startups_begin, o.startups_rate, o.startups_full));
}

/// Follows one connection until it is gone. Finds the strand through the listener, as connections may outlive the io_context.
class served_watch final : public server::connection_watch {
public:
    served_watch(std::shared_ptr<listener::impl> l, std::uint64_t number) noexcept : listener_(l), number_(number) {}
    ~served_watch() override
    {
        const auto here = listener_.lock();
        if (const executor strand = here ? here->strand : executor())
            asio::post(strand, [weak = listener_, number = number_] {
                if (const auto l = weak.lock())
                    l->gone(number);
            });
    }
    awaitable<bool> admit() override { return admit_by(listener_, number_); }
    void logged_in(std::shared_ptr<server_state> who) override
    {
        // The handle is made here: should the listener be gone, dropping it closes the connection.
        server_connection made(std::make_shared<conn::connection_handle>(std::move(who)));
        const auto here = listener_.lock();
        const executor strand = here ? here->strand : executor();
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
        auto admitting = net::or_failure(l->strand, listener::impl::admit(l, number));
        const outcome<bool> admitted = co_await std::move(admitting);
        co_return admitted && *admitted;
    }

    std::weak_ptr<listener::impl> listener_;
    std::uint64_t number_;
};

} // namespace

listener::impl::impl(executor s, executor base, std::shared_ptr<const server::server_settings> settings)
    : strand(std::move(s)), socket(strand), base_(std::move(base)), settings_(std::move(settings)),
      ready_([](void* self) { static_cast<impl*>(self)->kick(); }, this), arrived_(ready_), place_free_(ready_), emptied_(ready_),
      pause_(std::in_place, strand), admission_(admission_of(settings_->get()))
{
}

listener::impl::~impl() = default;

failure listener::impl::open(const listen_address& at)
{
    watch(strand, weak_from_this());
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
    const std::string local = socket.address();
    from.local = local;
    observe::tell(settings_->get().outlets.sink.get(), from, e);
}

void listener::impl::drop(const std::string& who, events::drop_reason why, std::size_t count) const
{
    events::connection_dropped e;
    e.reason = why;
    e.remote = who;
    e.count = count;
    tell(e);
}

// -- waking coroutines --------------------------------------------------------------------------------------------------------

void listener::impl::kick()
{
    if (!strand)
        return;
    asio::post(strand, [l = shared_from_this()] {
        if (std::exception_ptr thrown = l->ready_.drain()) // of a user's spawned coroutine: it belongs to io_context::run()
            asio::post(l->strand, [thrown] { std::rethrow_exception(thrown); });
    });
}

/// Parked coroutines hold this object and it holds them: here the circle is cut. Handles may outlive the io_context, so what
/// needs one is given up as well.
void listener::impl::context_gone() noexcept
{
    closed_ = true;
    socket.let_go();
    pause_.reset();
    arrived_.abandon();
    place_free_.abandon();
    emptied_.abandon();
    ready_.abandon();
    waiting_.clear();
    strand = base_ = executor();
}

// -- accepting ----------------------------------------------------------------------------------------------------------------

void listener::impl::begin()
{
    if (std::exchange(begun_, true) || closed_)
        return;
    const std::string address = socket.address();
    events::listening here;
    here.address = address;
    tell(here);
    if (!settings_->get().authenticator)
        log(log_level::warning, "nobody can log in, as the options have no authenticator()");
    auto loop = accept_loop(shared_from_this());
    asio::co_spawn(strand, std::move(loop), asio::detached);
}

awaitable<void> listener::impl::accept_loop(std::shared_ptr<impl> self)
{
    std::chrono::milliseconds pause = shortest_pause;
    while (!self->closed_) {
        error_code ec;
        co_await self->socket.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        if (self->closed_)
            break;
        const error_code lack = self->take_all();
        if (!lack) {
            pause = shortest_pause;
            continue;
        }
        // Waiting for the socket would come back at once, again and again.
        self->log(log_level::warning, "cannot accept connections for now: " + lack.message());
        self->pause_->expires_after(pause);
        pause = std::min(pause * 2, longest_pause);
        co_await self->pause_->async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
}

error_code listener::impl::take_all()
{
    for (int i = 0; i < accepts_in_a_turn && !closed_; ++i) {
        const executor its_strand = net::strand_for(base_);
        net::stream_socket s(its_strand);
        const error_code ec = socket.accept(s);
        if (!ec) {
            serve(std::move(s), its_strand);
            continue;
        }
        switch (trouble_of(ec)) {
        case accept_trouble::none_there: return {};
        case accept_trouble::passing: continue;
        case accept_trouble::shortage: return ec;
        case accept_trouble::lasting:
            failed_ = failure(ec, socket.address());
            log(log_level::error, "cannot accept connections any more: " + ec.message());
            close();
            return {};
        }
    }
    return {};
}

void listener::impl::serve(net::stream_socket s, const executor& its_strand)
{
    error_code ec;
    const auto from = s.remote_endpoint(ec);
    if (ec)
        return; // gone already
    admission::place place = admission_->enter(net::address_of(from), clock::now());
    if (!place) {
        drop(net::describe(from), place.why_refused(), place.count());
        return;
    }
    try {
        const std::uint64_t number = ++last_number_;
        served& entry = served_[number];
        entry.place = std::move(place);
        count_ = served_.size();
        auto watch
            = std::make_shared<served_watch>(shared_from_this(), number); // takes the entry away again, whatever happens below
        auto state = std::make_shared<server_state>(its_strand, net::make_socket_stream(std::move(s), net::opened_by::peer),
                                                    settings_, std::move(watch));
        entry.state = state;
        asio::post(its_strand, [state = std::move(state)] { state->start(); });
    } catch (const std::exception& e) {
        log(log_level::error, "cannot serve " + net::describe(from) + ": " + e.what());
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

void listener::impl::gone(std::uint64_t number)
{
    const auto it = served_.find(number);
    if (it == served_.end())
        return;
    const stage was = it->second.at;
    it->second.place.leave(clock::now());
    served_.erase(it);
    count_ = served_.size();
    if (was == stage::admitted)
        give_place_back();
    else if (was == stage::starting)
        place_free_.wake_all(); // the one that is gone may be among those who wait
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
            co_return failure(errc::closed, self->socket.address());
        const parking::wake w = co_await self->arrived_.wait();
        if (w == parking::wake::cancelled) {
            if (!self->waiting_.empty())
                self->arrived_.wake_one(); // it may have been meant for this one
            co_return net::aborted();
        }
    }
}

void listener::impl::close()
{
    if (std::exchange(closed_, true))
        return;
    socket.close();
    pause_->cancel();
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
    self->waiting_.clear(); // nobody will take them any more
    auto patient = std::make_shared<bool>(true);
    asio::steady_timer timer(self->strand, std::chrono::duration_cast<asio::steady_timer::duration>(grace));
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
