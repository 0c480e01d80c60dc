#include "sshoal/admission.hpp"

#include "admission/source.hpp"

#include <algorithm>
#include <mutex>
#include <random>
#include <unordered_map>

namespace sshoal {
namespace {

admission::random_function own_random()
{
    return [engine = std::minstd_rand(std::random_device()())](std::size_t n) mutable {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine);
    };
}

} // namespace

struct admission::impl {
    struct source {
        std::size_t connections = 0, startups = 0;
        time_point penalty_until{};
    };
    struct refusal {
        events::drop_reason reason;
        std::size_t count;
    };

    impl(admission_limits l, random_function r) : random(r ? std::move(r) : own_random()), limits(l) {}

    std::optional<refusal> refuses(const source* from, bool exempt, time_point now);
    bool is_one_too_many();
    void leave(const std::string* key, bool was_logged_in, std::optional<time_point> now, login_end how) noexcept;
    void add_penalty(source&, time_point now, login_end how) noexcept;
    void forget_penalties(time_point now);

    const random_function random;
    mutable std::mutex mutex; // guards the members below
    admission_limits limits;
    std::size_t connections = 0, startups = 0;
    std::size_t idle_sources = 0; // sources that have a penalty and no connection
    time_point next_look{};
    std::unordered_map<std::string, source> sources;
};

struct admission::place::state {
    std::shared_ptr<admission::impl> of;
    std::optional<std::string> key; ///< the source's key
    bool exempt = false;            ///< from penalties
    bool logged_in = false;
};

admission::place::place() noexcept = default;
admission::place::place(place&&) noexcept = default;

admission::place& admission::place::operator=(place&& o) noexcept
{
    give_back(std::nullopt);
    holder_ = std::move(o.holder_);
    reason_ = o.reason_;
    count_ = o.count_;
    return *this;
}

admission::place::~place() { give_back(std::nullopt); }

void admission::place::give_back(std::optional<time_point> now, login_end how) noexcept
{
    if (const auto gone = std::move(holder_))
        gone->of->leave(gone->key ? &*gone->key : nullptr, gone->logged_in, gone->exempt ? std::nullopt : now, how);
}

void admission::check(const admission_limits& l)
{
    if (l.rate_ > 100 || l.begin_ > l.full_ || l.full_ == 0)
        throw error(failure(errc::invalid_argument, "max_startups(" + std::to_string(l.begin_) + ", " + std::to_string(l.rate_)
                                                        + ", " + std::to_string(l.full_) + ")"));
    if (l.ipv4_bits_ > 32 || l.ipv6_bits_ > 128)
        throw error(failure(errc::invalid_argument, "source_prefix()"));
}

admission::admission(admission_limits l, random_function random)
{
    check(l);
    impl_ = std::make_shared<impl>(l, std::move(random));
}

admission::~admission() = default;

void admission::set_limits(admission_limits l)
{
    check(l);
    const std::lock_guard lock(impl_->mutex);
    impl_->limits = l;
}

bool admission::impl::is_one_too_many()
{
    if (startups < limits.begin_)
        return false;
    if (startups >= limits.full_)
        return true;
    const std::size_t chance = limits.rate_ + (100 - limits.rate_) * (startups - limits.begin_) / (limits.full_ - limits.begin_);
    return random(100) < chance;
}

std::optional<admission::impl::refusal> admission::impl::refuses(const source* from, bool exempt, time_point now)
{
    using events::drop_reason;
    const auto full = [](std::size_t n, std::size_t most) { return most != 0 && n >= most; };
    if (full(connections, limits.connections_))
        return refusal{drop_reason::max_connections, connections};
    if (from && !exempt && from->penalty_until > now && from->penalty_until - now > limits.least_)
        return refusal{drop_reason::source_penalty, from->connections};
    if (from && full(from->connections, limits.per_source_))
        return refusal{drop_reason::max_per_source, from->connections};
    if (from && full(from->startups, limits.startups_per_source_))
        return refusal{drop_reason::max_per_source, from->startups};
    if (is_one_too_many())
        return refusal{drop_reason::max_startups, startups};
    return std::nullopt;
}

admission::place admission::enter(std::string_view address, time_point now)
{
    place made;
    const std::lock_guard lock(impl_->mutex);
    auto key = admissions::source_key(address, impl_->limits.ipv4_bits_, impl_->limits.ipv6_bits_);
    const auto found = key ? impl_->sources.find(*key) : impl_->sources.end();
    const bool exempt = impl_->limits.exempt_ && impl_->limits.exempt_(address);
    if (const auto why = impl_->refuses(found != impl_->sources.end() ? &found->second : nullptr, exempt, now)) {
        made.reason_ = why->reason;
        made.count_ = why->count;
        return made;
    }
    auto holder = std::make_unique<place::state>();
    holder->of = impl_;
    holder->exempt = exempt;
    if (key) {
        impl::source& from = impl_->sources[*key];
        impl_->idle_sources -= found != impl_->sources.end() && from.connections == 0;
        ++from.connections;
        ++from.startups;
        holder->key = std::move(key);
    }
    ++impl_->connections;
    ++impl_->startups;
    made.holder_ = std::move(holder);
    return made;
}

void admission::place::logged_in() noexcept
{
    if (!holder_ || std::exchange(holder_->logged_in, true))
        return;
    impl& i = *holder_->of;
    const std::lock_guard lock(i.mutex);
    --i.startups;
    if (const auto it = holder_->key ? i.sources.find(*holder_->key) : i.sources.end(); it != i.sources.end())
        --it->second.startups;
}

void admission::place::leave(time_point now, login_end how) noexcept
{
    give_back(now, how);
}

void admission::impl::add_penalty(source& s, time_point now, login_end how) noexcept
{
    const admission_limits::duration cost = limits.costs_[std::size_t(how)];
    if (cost <= admission_limits::duration::zero())
        return;
    s.penalty_until = std::min(std::max(s.penalty_until, now) + cost, now + limits.most_);
}

/// Gives the place back. The source gets a penalty only if `now` is given.
void admission::impl::leave(const std::string* key, bool was_logged_in, std::optional<time_point> now, login_end how) noexcept
{
    const std::lock_guard lock(mutex);
    --connections;
    startups -= !was_logged_in;
    const auto it = key ? sources.find(*key) : sources.end();
    if (it == sources.end())
        return;
    source& s = it->second;
    --s.connections;
    s.startups -= !was_logged_in;
    if (now && !was_logged_in)
        add_penalty(s, *now, how);
    if (s.connections > 0)
        return;
    const bool owes = s.penalty_until > time_point{} && (!now || s.penalty_until > *now);
    if (owes && now && idle_sources >= limits.penalties_)
        forget_penalties(*now);
    if (owes && idle_sources < limits.penalties_)
        ++idle_sources;
    else
        sources.erase(it);
}

/// Forgets the sources whose penalty is over. It looks through all sources only once in a while.
void admission::impl::forget_penalties(time_point now)
{
    if (now < next_look)
        return;
    next_look = now + std::chrono::seconds(1);
    const std::size_t before = sources.size();
    std::erase_if(sources, [&](const auto& s) {
        return s.second.connections == 0 && s.second.penalty_until > time_point{} && s.second.penalty_until <= now;
    });
    idle_sources -= before - sources.size();
}

std::size_t admission::connections() const noexcept
{
    const std::lock_guard lock(impl_->mutex);
    return impl_->connections;
}

std::size_t admission::startups() const noexcept
{
    const std::lock_guard lock(impl_->mutex);
    return impl_->startups;
}

} // namespace sshoal
