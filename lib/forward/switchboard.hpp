// switchboard.hpp - gives the channels that arrive from the ports of a server to those who have asked for the ports.
#pragma once

#include "forward/protocol/places.hpp"
#include "parking/task_group.hpp"
#include "sshoal/connection.hpp"

#include <functional>
#include <list>
#include <memory>
#include <vector>

namespace sshoal::forward {

/// One for each connection that has such ports; those who have asked own it. All members are called on the connection's strand.
class switchboard : public std::enable_shared_from_this<switchboard> {
    struct made_by_of {};

public:
    /// Takes one stream. It must not wait.
    using receiver = std::function<void(incoming_channel arrived, endpoint originator)>;

    /// The switchboard of a connection. Errors (thrown): those of connection::listen_channels().
    static std::shared_ptr<switchboard> of(const connection& c);
    switchboard(made_by_of, const connection& c);
    ~switchboard();

    /// Asks the server to listen. From then on, `to` gets what arrives; until the server has answered, streams of unknown
    /// ports wait. Returns: the address with its port. Errors: errc::request_refused, errc::invalid_argument, the
    /// connection's.
    static awaitable<outcome<endpoint>> begin(std::shared_ptr<switchboard> self, connection through, endpoint at, receiver to);
    /// Ends this, and tells the server.
    void end(const connection& through, const endpoint& bound);

private:
    struct entry {
        endpoint bound;
        receiver to;
    };
    struct early {
        incoming_channel channel;
        stream_ends ends;
    };
    void arrived(incoming_channel c);
    const entry* entry_for(const endpoint& listening) const noexcept;
    void answered();

    std::shared_ptr<parking::task_group> loops_;
    std::vector<channel_acceptor> acceptors_;
    std::list<entry> entries_;
    std::list<early> early_; // before the reply that tells the port
    std::size_t asking_ = 0;
};

} // namespace sshoal::forward
