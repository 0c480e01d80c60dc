// The handles of a pool and of its places.
#include "base/access.hpp"
#include "client/pool_impl.hpp"
#include "net/crossing.hpp"
#include "net/strand.hpp"
#include "sshoal/client.hpp"

namespace sshoal {
namespace {

failure check(const pool_options& o)
{
    if (failure f = client::check(o.reconnect()))
        return f;
    const auto bad = [](const char* text) { return failure(errc::invalid_argument, std::string("pool_options: ") + text); };
    if (o.max_connections() == 0)
        return bad("max_connections() is 0");
    if (o.max_sessions() == 0)
        return bad("max_sessions() is 0");
    if (o.idle_after() < std::chrono::nanoseconds::zero())
        return bad("idle_after() is negative");
    return {};
}

awaitable<connection> connect_through(client_options login, pool_target to)
{
    client_options whole = login;
    for (const login_target& via : to.jumps)
        whole.jump(via, login);
    return connect(to.to, std::move(whole));
}

awaitable<process> start_in(connection c, std::string command, process_options options)
{
    return c.start(std::move(command), std::move(options));
}

} // namespace

std::string pool_target::to_string() const
{
    std::string text = to.to_string();
    for (const login_target& via : jumps)
        text += " via " + via.to_string();
    return text;
}

pool_place::token::~token()
{
    net::dispatch_if_possible(strand, [weak = of, l = link, number = on.number()] {
        if (const auto pool = weak.lock())
            pool->give_back(l, number);
    });
}

pool_place::pool_place() noexcept = default;

const connection& pool_place::on() const noexcept
{
    static const connection none;
    return self_ ? self_->on : none;
}

void connection_pool::handle::stop() const noexcept
{
    net::dispatch_if_possible(core->strand(), [c = core] { c->stop(failure(errc::closed, "the pool is closed")); });
}

connection_pool::connection_pool() noexcept = default;

connection_pool::connection_pool(const executor& ex, connect_function make, pool_options how)
{
    if (failure f = check(how))
        throw error(f);
    if (!ex || !make)
        throw error(failure(errc::invalid_argument, !ex ? "an empty executor" : "no function that connects"));
    const auto made = std::make_shared<impl>(net::strand_for(ex), std::move(make), std::move(how));
    self_ = std::make_shared<handle>(made);
    made->begin();
}

connection_pool::connection_pool(const executor& ex, client_options login, pool_options how)
    : connection_pool(ex, [login](pool_target to) { return connect_through(login, std::move(to)); }, std::move(how))
{
}

awaitable<pool_place> connection_pool::place_for(pool_target to, attempt_function attempt)
{
    return net::or_throw(get_executor(), impl::place(self_ ? self_->core : nullptr, std::move(to), std::move(attempt)));
}

awaitable<run_result> connection_pool::exec(pool_target to, std::string command, run_options options)
{
    std::optional<run_result> result;
    attempt_function attempt = [&](connection c) { return detail::keep_result(c.run(command, options), result); };
    auto placing = place_for(std::move(to), std::move(attempt));
    (void)co_await std::move(placing);
    co_return std::move(*result);
}

awaitable<pooled<process>> connection_pool::session(pool_target to, std::string command, process_options options)
{
    std::optional<process> result;
    attempt_function attempt = [&](connection c) {
        return detail::keep_result(start_in(std::move(c), command, options), result);
    };
    auto placing = place_for(std::move(to), std::move(attempt));
    pool_place place = co_await std::move(placing);
    pooled<process> started(std::move(*result), std::move(place));
    co_return std::move(started);
}

pool_counters connection_pool::count() const { return self_ ? self_->core->count() : pool_counters(); }
void connection_pool::stop() noexcept
{
    if (self_)
        self_->stop();
}
executor connection_pool::get_executor() const noexcept { return self_ ? self_->core->strand() : executor(); }

} // namespace sshoal
