#include "net/dialling.hpp"

#include "net/local_end.hpp"
#include "net/proxy/through_proxy.hpp"

#include "base/duration_text.hpp"
#include "sshoal/failure_detail.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <optional>

namespace sshoal::net {
namespace {

using resolver = asio::ip::basic_resolver<asio::ip::tcp, executor>;
using found_addresses = resolver::results_type;
using done_handler = asio::any_completion_handler<void()>;
using timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, executor>;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds least_delay{10};
constexpr std::chrono::seconds between_rounds{1};

struct request {
    std::string host, port;              ///< looked up if there are no addresses
    std::vector<tcp_endpoint> addresses;
    dial_options options;
};

/// The result, which the coroutine reads afterwards. The result must not hold the race, which holds the coroutine: if the
/// io_context went away in between, neither would ever be destroyed.
struct ending {
    failure why;
    std::optional<stream_socket> winner;
};

/// The handlers may run on several threads at once if the caller's executor is no strand.
class race : public std::enable_shared_from_this<race> {
public:
    race(const executor& on, const request& r, std::shared_ptr<ending> to)
        : ex_(on), names_(on), clock_(on), options_(r.options), name_(printable(r.host)), addresses_(r.addresses), end_(std::move(to))
    {
    }

    void start(const request& r, done_handler h)
    {
        const std::lock_guard lock(mutex_);
        waiting_.swap(h);
        if (options_.timeout() > options_.timeout().zero())
            last_moment_ = steady_clock::now() + options_.timeout();
        if (!addresses_.empty()) {
            begin_round();
            return;
        }
        // The look-up runs in a thread of Asio's that cannot be interrupted and may take minutes. If something else ends the
        // race, the look-up is left behind.
        looking_ = true;
        names_.async_resolve(r.host, r.port, [self = shared_from_this()](error_code ec, found_addresses found) {
            self->found(ec, found);
        });
        step();
    }

    void cancel()
    {
        const std::lock_guard lock(mutex_);
        names_.cancel(); // spares a look-up that has not begun
        finish(failure(asio::error::operation_aborted));
    }

private:
    struct attempt {
        attempt(const executor& ex, tcp_endpoint to) : socket(ex), at(std::move(to)) {}
        stream_socket socket;
        tcp_endpoint at;
        steady_clock::time_point began, last_moment = steady_clock::time_point::max();
        bool over = false;
    };

    void found(error_code ec, const found_addresses& found)
    {
        const std::lock_guard lock(mutex_);
        looking_ = false;
        if (over_)
            return;
        if (ec) {
            finish(failure(ec, name_));
            return;
        }
        std::vector<tcp_endpoint> all;
        for (const auto& entry : found)
            all.emplace_back(entry.endpoint());
        addresses_ = dialling_order(std::move(all), options_);
        if (addresses_.empty())
            finish(failure(errc::not_supported, name_ + " has no address of this family"));
        else
            begin_round();
    }

    void begin_round()
    {
        ++rounds_;
        next_ = 0;
        attempts_.clear();
        tried_.clear();
        next_at_ = steady_clock::time_point::min();
        step();
    }

    /// Does everything that is due, and sets the clock for the next time.
    void step()
    {
        if (over_)
            return;
        const auto now = steady_clock::now();
        for (const auto& a : attempts_)
            if (!a->over && now >= std::min(a->last_moment, last_moment_))
                fail(*a, errc::timed_out);
        if (now >= last_moment_) {
            const std::string limit = duration_text(options_.timeout()) + ": ";
            finish(looking_ ? failure(errc::timed_out, "no address of this name within " + limit + name_)
                            : with_addresses(failure(errc::timed_out, "no TCP connection within " + limit + described({}))));
            return;
        }
        while (!over_ && next_ < addresses_.size() && (running() == 0 || now >= next_at_))
            begin_attempt(now);
        if (over_)
            return; // a function of the caller has cancelled the race
        if (!looking_ && running() == 0 && next_ == addresses_.size()) {
            if (rounds_ >= options_.attempts()) {
                finish(with_addresses(failure(last_error_, described(last_error_))));
                return;
            }
            if (again_at_ == never_) {
                again_at_ = now + between_rounds;
            } else if (now >= again_at_) {
                again_at_ = never_;
                begin_round();
                return;
            }
        }
        set_clock();
    }

    std::size_t running() const
    {
        return std::size_t(std::count_if(attempts_.begin(), attempts_.end(), [](const auto& a) { return !a->over; }));
    }

    void begin_attempt(steady_clock::time_point now)
    {
        const auto a = std::make_shared<attempt>(ex_, addresses_[next_++]);
        attempts_.push_back(a);
        next_at_ = now + std::max(options_.attempt_delay(), least_delay);
        if (options_.address_timeout() > options_.address_timeout().zero())
            a->last_moment = now + options_.address_timeout();
        a->began = now;
        if (options_.on_attempt())
            options_.on_attempt()(endpoint_of(a->at));
        if (over_)
            return; // that function has cancelled the race
        if (const error_code ec = set_local_end(a->socket, a->at, options_)) {
            fail(*a, ec);
            return;
        }
        ++outstanding_;
        a->socket.async_connect(a->at, [self = shared_from_this(), a](error_code ec) { self->ended(*a, ec); });
    }

    void ended(attempt& a, error_code ec)
    {
        const std::lock_guard lock(mutex_);
        --outstanding_;
        if (!over_ && !a.over && !ec) {
            a.over = true;
            end_->winner.emplace(std::move(a.socket));
            finish(failure());
        } else if (!over_ && !a.over) {
            fail(a, ec);
            step();
        }
        complete();
    }

    void fail(attempt& a, error_code why)
    {
        a.over = true;
        error_code ignored;
        a.socket.close(ignored);
        last_error_ = why;
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - a.began);
        const std::string patience
            = why == errc::timed_out ? "no answer within " + duration_text(took) : std::string();
        const endpoint at = endpoint_of(a.at);
        tried_.push_back({at, failure(why, patience)});
        if (options_.on_failure())
            options_.on_failure()(at, tried_.back().why);
    }

    /// Returns: the name, and each address with its reason. The reason of the last address is left out if the text of the error's
    /// code says it; so is a name that is the only address.
    std::string described(error_code code) const
    {
        std::string list;
        for (const address_failure& a : tried_) {
            const bool is_last = &a == &tried_.back();
            const std::string reason = !a.why.context().empty() ? a.why.context()
                                       : is_last && a.why.code() == code ? std::string() : a.why.code().message();
            list += (list.empty() ? "" : "; ") + a.address.describe() + (reason.empty() ? "" : ": " + reason);
        }
        const bool is_address = tried_.size() == 1 && printable(tried_.front().address.address()) == name_;
        return list.empty() ? name_ : is_address ? list : name_ + ": " + list;
    }

    failure with_addresses(const failure& f) const
    {
        failure_detail detail;
        detail.addresses = tried_;
        return with_detail(f, std::move(detail));
    }

    void set_clock()
    {
        auto due = std::min(last_moment_, again_at_);
        if (next_ < addresses_.size())
            due = std::min(due, next_at_);
        for (const auto& a : attempts_)
            if (!a->over)
                due = std::min(due, a->last_moment);
        if (due == never_)
            return;
        ++outstanding_;
        clock_.expires_at(due); // ends the wait that was set before
        clock_.async_wait([self = shared_from_this()](error_code ec) { self->clock_expired(ec); });
    }

    void clock_expired(error_code ec)
    {
        const std::lock_guard lock(mutex_);
        --outstanding_;
        if (!ec)
            step();
        complete();
    }

    /// Ends the race. The coroutine goes on when the last loser is closed and its handler has run.
    void finish(failure why)
    {
        if (over_)
            return;
        over_ = true;
        end_->why = std::move(why);
        error_code ignored;
        for (const auto& a : attempts_)
            if (!a->over)
                a->socket.close(ignored);
        clock_.cancel();
        complete();
    }

    void complete()
    {
        if (!over_ || outstanding_ > 0 || !waiting_)
            return;
        done_handler taken;
        taken.swap(waiting_);
        asio::post(ex_, [h = std::move(taken)]() mutable { std::move(h)(); });
    }

    static constexpr steady_clock::time_point never_ = steady_clock::time_point::max();

    std::recursive_mutex mutex_; ///< recursive, since a function of the caller may cancel the race
    const executor ex_;
    resolver names_;
    timer clock_;
    const dial_options options_;
    const std::string name_;
    std::vector<tcp_endpoint> addresses_;
    const std::shared_ptr<ending> end_;
    done_handler waiting_;
    std::vector<std::shared_ptr<attempt>> attempts_;
    std::vector<address_failure> tried_; ///< in this round
    error_code last_error_;
    steady_clock::time_point last_moment_ = never_, next_at_ = never_, again_at_ = never_;
    std::size_t next_ = 0;
    unsigned rounds_ = 0, outstanding_ = 0; ///< handlers of sockets and of the clock that are still to run
    bool looking_ = false, over_ = false;
};

struct start_race {
    start_race(executor on, std::shared_ptr<const request> r, std::shared_ptr<ending> to)
        : ex(std::move(on)), what(std::move(r)), end(std::move(to))
    {
    }
    executor ex;
    std::shared_ptr<const request> what;
    std::shared_ptr<ending> end;
    template <class Handler>
    void operator()(Handler&& h) const
    {
        done_handler erased(std::forward<Handler>(h));
        auto slot = asio::get_associated_cancellation_slot(erased);
        const auto r = std::make_shared<race>(ex, *what, end);
        if (slot.is_connected())
            slot.assign(stop{r});
        r->start(*what, std::move(erased));
    }
    struct stop {
        std::weak_ptr<race> running;
        void operator()(asio::cancellation_type) const
        {
            if (const auto r = running.lock())
                r->cancel();
        }
    };
};

awaitable<stream_outcome> run_race(std::shared_ptr<const request> what)
{
    const auto end = std::make_shared<ending>();
    const executor here = co_await asio::this_coro::executor;
    const start_race start(here, std::move(what), end);
    auto racing = asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
    try {
        co_await std::move(racing);
    } catch (const boost::system::system_error& e) {
        co_return failure(e.code()); // cancelled before it began
    }
    if (end->why)
        co_return std::move(end->why);
    co_return make_socket_stream(std::move(*end->winner), opened_by::us);
}

/// A proxy is told a number; 0 stands for a name of a service, which it would not know.
std::uint16_t number_of_port(const std::string& text) noexcept
{
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [last, wrong] = std::from_chars(text.data(), end, port);
    return wrong == std::errc() && last == end ? port : std::uint16_t(0);
}

awaitable<stream_outcome> not_found(std::string why)
{
    co_return failure(asio::error::host_not_found, std::move(why));
}

} // namespace

awaitable<stream_outcome> dial(std::string name, std::vector<tcp_endpoint> addresses, dial_options options)
{
    auto r = std::make_shared<request>();
    r->host = std::move(name);
    r->addresses = std::move(addresses);
    r->options = std::move(options);
    return run_race(std::move(r));
}

awaitable<stream_outcome> dial_tcp(std::string host, std::string port, dial_options options)
{
    if (options.proxy())
        return dial_through_proxy(endpoint(std::move(host), number_of_port(port)), std::move(options));
    // glibc takes "*" for no name, and finds this machine: a policy that forbids its names would be passed by.
    if (host == "*")
        return not_found("\"*\" is no name of a host");
    auto r = std::make_shared<request>();
    r->host = std::move(host);
    r->port = std::move(port);
    r->options = std::move(options);
    return run_race(std::move(r));
}

} // namespace sshoal::net
