// forward_daemon.hpp - the tunnels of sshoal-forward: begun, changed and ended as the configuration says.
#pragma once

#include "forward_call.hpp"

#include <sshoal/acceptor.hpp>
#include <sshoal/tunnel.hpp>

#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>
#include <optional>
#include <string>

namespace programs {

/// A tunnel that runs.
struct running_tunnel {
    std::string name;
    std::string settings; ///< "ssh -G" without forwardings: if this changes, the connection is made anew
    sshoal::forward::tunnel tunnel;
};

/// The members are called on one strand.
class forward_daemon {
public:
    forward_daemon(const sshoal::executor& strand, forward_call call);

    /// Runs until SIGTERM or SIGINT, or until no tunnel is left. Returns: the status of the program.
    sshoal::awaitable<int> run();
    const std::list<running_tunnel>& tunnels() const noexcept { return tunnels_; }

private:
    struct loaded {
        wanted_tunnel wanted;
        std::string settings;
        std::vector<sshoal::forward::rule> rules;
    };
    static sshoal::awaitable<std::vector<loaded>> load(forward_call call);
    sshoal::awaitable<void> reload_at_signals();
    sshoal::awaitable<void> begun();
    sshoal::awaitable<void> feed_watchdog();
    sshoal::awaitable<void> tell_status();
    sshoal::awaitable<void> report(std::optional<sshoal::stream_acceptor> at);
    void apply(std::vector<loaded> all);
    running_tunnel begin(const loaded& l) const;

    const sshoal::executor strand_;
    const forward_call call_;
    const std::shared_ptr<sshoal::asio::steady_timer> news_; ///< is cancelled when the state of a tunnel changes
    std::list<running_tunnel> tunnels_;
};

} // namespace programs
