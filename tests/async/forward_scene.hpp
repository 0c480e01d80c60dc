// forward_scene.hpp - on top of ends.hpp: hosts at both ends of a forwarding, and clients that use it.
#pragma once

#include "ends.hpp"
#include "net/stream_io.hpp"
#include "sshoal/acceptor.hpp"
#include "sshoal/forward.hpp"
#include "sshoal/forward_server.hpp"
#include "sshoal/run_on.hpp"

namespace rig {

using net::stream_io;

/// A stream with reads and writes that wait. It lives on the caller's executor.
awaitable<std::unique_ptr<stream_io>> call(endpoint to);

/// Listens, and answers each line of bytes with the same bytes, until the caller ends its direction; then "." and the end.
class echo_host {
public:
    echo_host(const executor& ex, listen_address at);
    const endpoint& at() const noexcept { return at_; }
    int callers() const noexcept { return *callers_; }   ///< so far
    int present() const noexcept { return *present_; }   ///< now

private:
    std::shared_ptr<int> callers_ = std::make_shared<int>(0), present_ = std::make_shared<int>(0);
    std::shared_ptr<stream_acceptor> door_;
    endpoint at_;
};
/// An echo_host at a free port.
awaitable<echo_host> echo_at_port();

/// Two connected ends, and a server that serves forwarding.
struct forwarding_pair {
    pair link;
    forward::forwarding served;
};
awaitable<forwarding_pair> forwarding_ends(forward::serve_options how = {}, server_options s = server_setup(),
                                           client_options c = client_setup());

/// Sends the text and the end of the direction; returns what comes back until the end.
awaitable<std::string> ask(endpoint at, std::string text);
awaitable<std::string> read_to_end(stream_io& from);

/// Waits until the condition holds. Errors: a failed check after two seconds.
awaitable<void> come_true(std::function<bool()> condition);

/// Waits until nobody listens there. Errors: a failed check after two seconds.
awaitable<void> becomes_closed(endpoint at);

/// A port of the loopback address where nobody listens.
endpoint closed_port(const executor& ex);

} // namespace rig
