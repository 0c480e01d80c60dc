// listener_impl.hpp - the object behind listener's handles: the accept loop, the connections, and the clients that wait to be
// taken.
#pragma once

#include "parking/gate.hpp"
#include "parking/lot.hpp"
#include "net/listen_socket.hpp"
#include "server/server_state.hpp"
#include "sshoal/admission.hpp"
#include "sshoal/listener.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>
#include <unordered_map>

namespace sshoal {

/// All members run on the listener's own strand; connections live on their own strands and report by posts.
struct listener::impl final : parking::lot, std::enable_shared_from_this<listener::impl> {
    impl(executor its_strand, executor base, std::shared_ptr<const server::server_settings> settings);
    ~impl() override;

    failure listen(const listen_address& at);
    static awaitable<outcome<server_connection>> accept(std::shared_ptr<impl> self);
    void change(std::shared_ptr<const server::server_settings> settings);
    void close();
    static awaitable<outcome<void>> shutdown(std::shared_ptr<impl> self, std::chrono::nanoseconds grace);
    std::size_t count() const noexcept { return count_; }

    // Connections report these events, with the number that they were given.
    /// Waits for a place in the queue of clients that wait to be taken. Returns: false if the log-in must not succeed any more.
    static awaitable<outcome<bool>> admit(std::shared_ptr<impl> self, std::uint64_t number);
    void logged_in(std::uint64_t number, server_connection who);
    /// The connection has ended.
    void connection_ended(std::uint64_t number, login_end how);

    net::listen_socket socket;

private:
    static awaitable<void> accept_loop(std::shared_ptr<impl> self);
    void begin();
    enum class stage : std::uint8_t { starting, admitted, logged_in };
    /// Tells the connections that have come no further than `up_to`.
    void disconnect(stage up_to, const char* text);
    /// Serves a connection, and before that reads the header that a load balancer has put in front.
    void receive(std::unique_ptr<byte_stream> stream, const executor& its_strand);
    static awaitable<void> receive_behind_proxy(std::weak_ptr<impl> weak, std::unique_ptr<byte_stream> stream, executor its_strand,
                                                std::shared_ptr<const trusted_proxies> proxies);
    void serve(std::unique_ptr<byte_stream> stream, const executor& its_strand);
    void log(log_level level, const std::string& line) const;
    void tell(const event&) const;
    void drop(const endpoint& who, events::drop_reason why, std::size_t count) const;
    void give_place_back();
    void gone() noexcept override;

    executor base_; ///< the executor on which connections' strands are made
    std::shared_ptr<const server::server_settings> settings_;
    parking::gate arrived_; ///< opens when a client is logged in, or the listener is closed
    parking::gate place_free_;
    parking::gate emptied_; ///< opens when the last connection has ended
    std::shared_ptr<admission> admission_;

    struct served {
        std::weak_ptr<server::server_state> state;
        stage at = stage::starting;
        admission::place place;
    };
    std::unordered_map<std::uint64_t, served> served_;
    std::atomic<std::size_t> count_{0}; ///< the size of served_, for other threads
    std::deque<server_connection> waiting_;
    std::size_t headers_awaited_ = 0; ///< connections of load balancers whose header is not complete
    std::size_t places_taken_ = 0; ///< clients in waiting_, and those that have a place there
    std::uint64_t last_number_ = 0;
    failure failed_;
    bool begun_ = false;
    bool closed_ = false;
};

struct listener::handle {
    explicit handle(std::shared_ptr<listener::impl> i) noexcept : impl(std::move(i)) {}
    handle(const handle&) = delete;
    ~handle();
    std::shared_ptr<listener::impl> impl;
};

} // namespace sshoal
