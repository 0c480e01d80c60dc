#include "forward_daemon.hpp"

#include "config_error.hpp"
#include "forward_report.hpp"
#include "program_log.hpp"

#include <sshoal/events.hpp>
#include <sshoal/service_manager.hpp>
#include <sshoal/task.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <optional>
#include <sstream>

namespace programs {
namespace {

namespace asio = sshoal::asio;
namespace forward = sshoal::forward;
using sshoal::awaitable;

/// Returns: the settings that the connection depends on.
std::string without_forwards(const std::string& described)
{
    std::istringstream lines(described);
    std::string kept;
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with("localforward ") && !line.starts_with("remoteforward ") && !line.starts_with("dynamicforward "))
            kept += line + '\n';
    return kept;
}

bool waits_for_its_address(const forward::rule_health& r) noexcept
{
    const bool local = r.what.what() == forward::rule::kind::local || r.what.what() == forward::rule::kind::dynamic;
    return local && !r.listening && !r.why;
}

/// Wakes whoever waits for a change of a tunnel.
class wake_at_changes final : public sshoal::event_sink {
public:
    explicit wake_at_changes(std::shared_ptr<asio::steady_timer> news) : news_(std::move(news)) {}
    void on_event(const sshoal::event_origin& from, const sshoal::event&) override
    {
        if (from.connection == 0) // an event of the tunnel, and of none of its connections
            news_->cancel();
    }

private:
    const std::shared_ptr<asio::steady_timer> news_;
};

/// The log of a tunnel. Lines about its connection have its name already.
sshoal::log_function log_of(std::string name)
{
    return [name = std::move(name), to = program_log::get().for_library()](sshoal::log_level level, std::string_view line) {
        to(level, line.starts_with(name) ? std::string(line) : name + ": " + std::string(line));
    };
}

} // namespace

forward_daemon::forward_daemon(const sshoal::executor& strand, forward_call call)
    : strand_(strand)
    , call_(std::move(call))
    , news_(std::make_shared<asio::steady_timer>(strand, asio::steady_timer::time_point::max()))
{
}

awaitable<std::vector<forward_daemon::loaded>> forward_daemon::load(forward_call call)
{
    std::vector<loaded> all;
    for (const wanted_tunnel& w : read_wanted(call)) {
        auto looking = w.config.lookup(w.to.host);
        const sshoal::ssh_settings settings = co_await std::move(looking);
        loaded l{w, without_forwards(settings.describe()), forward::rules_from(settings)};
        if (l.rules.empty())
            throw config_error(w.name() + " has no LocalForward, RemoteForward or DynamicForward");
        all.push_back(std::move(l));
    }
    co_return std::move(all);
}

running_tunnel forward_daemon::begin(const loaded& l) const
{
    sshoal::reconnect_options kept = sshoal::reconnect_options().most_delay(call_.most_delay);
    if (l.settings.find("serveraliveinterval 0\n") == l.settings.npos)
        kept.keepalive(std::chrono::milliseconds(0)); // that of the configuration counts
    sshoal::client_options login = sshoal::client_options().config(l.wanted.config);
    login.events(std::make_shared<wake_at_changes>(news_));
    login.log(log_of(l.wanted.name()), program_log::get().library_level());
    const auto how = forward::tunnel_options().reconnect(kept).patience(call_.patience);
    return {l.wanted.name(), l.settings, forward::tunnel(strand_, l.wanted.to, login, how)};
}

/// Tunnels whose connection stays the same keep it, and their streams.
void forward_daemon::apply(std::vector<loaded> all)
{
    std::list<running_tunnel> next;
    for (loaded& l : all) {
        const auto same = std::find_if(tunnels_.begin(), tunnels_.end(), [&](const running_tunnel& r) {
            const bool stopped = r.tunnel.link().state() == sshoal::link_state::stopped;
            return !stopped && r.name == l.wanted.name() && r.settings == l.settings;
        });
        if (same != tunnels_.end())
            next.splice(next.end(), tunnels_, same);
        else
            next.push_back({l.wanted.name(), l.settings, {}});
    }
    for (running_tunnel& old : tunnels_) // now, so that their addresses are free
        old.tunnel.stop();
    tunnels_ = std::move(next);
    auto r = tunnels_.begin();
    for (loaded& l : all) {
        if (!r->tunnel)
            *r = begin(l);
        r->tunnel.set(std::move(l.rules));
        ++r;
    }
}

awaitable<void> forward_daemon::reload_at_signals()
{
    asio::signal_set hang_ups(strand_, SIGHUP);
    for (;;) {
        co_await hang_ups.async_wait(asio::use_awaitable);
        sshoal::notify_service_manager("RELOADING=1\n" + sshoal::reload_time());
        std::string why;
        try {
            auto loading = load(call_);
            std::vector<loaded> all = co_await std::move(loading);
            apply(std::move(all));
            news_->cancel();
        } catch (const std::exception& e) {
            why = e.what();
        }
        say(why.empty() ? verbosity::info : verbosity::error,
            why.empty() ? "the configuration was read again" : "the configuration stays as it was: " + why);
        sshoal::notify_service_manager("READY=1");
    }
}

awaitable<void> forward_daemon::feed_watchdog()
{
    const std::chrono::microseconds interval = sshoal::watchdog_interval().value_or(std::chrono::hours(24));
    for (;;) {
        sshoal::notify_service_manager("WATCHDOG=1");
        co_await sshoal::sleep_for(interval / 2);
    }
}

/// Waits until each local address has been tried.
awaitable<void> forward_daemon::begun()
{
    for (const running_tunnel& r : tunnels_)
        for (forward::tunnel t = r.tunnel;;) {
            const forward::tunnel_health h = t.health();
            if (std::none_of(h.rules.begin(), h.rules.end(), waits_for_its_address))
                break;
            auto changing = t.changed(h.number);
            (void)co_await std::move(changing);
        }
}

/// Ends when all tunnels have been given up.
awaitable<void> forward_daemon::tell_status()
{
    std::string told;
    for (;;) {
        std::size_t up = 0, stopped = 0;
        for (const running_tunnel& r : tunnels_) {
            up += r.tunnel.health().ready() ? 1 : 0;
            stopped += r.tunnel.link().state() == sshoal::link_state::stopped ? 1 : 0;
        }
        std::string now = std::to_string(up) + " of " + std::to_string(tunnels_.size()) + " tunnels are up";
        if (now != told)
            sshoal::notify_service_manager("STATUS=" + now);
        told = std::move(now);
        if (stopped == tunnels_.size())
            co_return;
        sshoal::error_code ec;
        co_await news_->async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
}

awaitable<void> forward_daemon::report(std::optional<sshoal::stream_acceptor> at)
{
    while (!at)
        co_await sshoal::sleep_for(std::chrono::hours(24));
    auto serving = serve_reports(*at, *this);
    co_await std::move(serving);
}

awaitable<int> forward_daemon::run()
{
    auto loading = load(call_);
    std::vector<loaded> all = co_await std::move(loading);
    if (call_.only_check)
        co_return 0;
    std::optional<sshoal::stream_acceptor> reports;
    if (call_.reports)
        reports.emplace(strand_, sshoal::listen_address(*call_.reports));
    apply(std::move(all));
    auto beginning = begun();
    co_await std::move(beginning);
    sshoal::notify_service_manager("READY=1");
    auto working = sshoal::first_of(sshoal::termination(), tell_status(), reload_at_signals(), feed_watchdog(), report(reports));
    const std::size_t first = co_await std::move(working);
    sshoal::notify_service_manager("STOPPING=1");
    for (running_tunnel& r : tunnels_)
        r.tunnel.stop();
    for (running_tunnel& r : tunnels_) {
        auto closing = r.tunnel.wait_closed();
        (void)co_await std::move(closing);
    }
    if (first == 1)
        say(verbosity::error, "no tunnel is left");
    co_return first == 0 ? 0 : 1;
}

} // namespace programs
