// kept_scene.hpp - on top of forward_scene.hpp: a server that goes away and comes back, for connections that are kept.
#pragma once

#include "forward_scene.hpp"
#include "sshoal/reconnector.hpp"
#include "steered_time.hpp"

#include <deque>

namespace rig {

/// The server serves forwarding.
struct site {
    std::deque<failure> failures; ///< of the next attempts; then attempts succeed
    std::vector<forwarding_pair> links;
    unsigned attempts = 0;
    server_options server = server_setup();
    std::shared_ptr<steered_time> time = std::make_shared<steered_time>();

    awaitable<connection> connect()
    {
        ++attempts;
        if (!failures.empty()) {
            const failure why = failures.front();
            failures.pop_front();
            throw error(why);
        }
        auto connecting = forwarding_ends({}, server);
        forwarding_pair p = co_await std::move(connecting);
        connection c = std::exchange(p.link.client, connection());
        links.push_back(std::move(p));
        co_return c;
    }
    connect_function connects()
    {
        return [this] { return connect(); };
    }
    reconnect_options options() const { return reconnect_options().time(time).jitter(0); }
    void fail(std::size_t times, failure why = errc::connection_lost) { failures.insert(failures.end(), times, why); }
    /// Ends the newest connection.
    void lose() { links.back().link.server.close(); }
};

} // namespace rig
