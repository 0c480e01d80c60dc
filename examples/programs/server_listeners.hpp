// server_listeners.hpp - the sockets that sshoald listens at, and how they follow a configuration that is read again.
#pragma once

#include "server_config.hpp"

#include <sshoal/listener.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace programs {

/// There is one thread, so no member needs a strand.
class server_listeners {
public:
    /// A function that is called with each client that has logged in.
    using taker = std::function<void(sshoal::server_connection)>;

    /// If the service manager has opened sockets for this process, it listens at those, whatever the configuration says.
    server_listeners(sshoal::asio::io_context& context, taker take);

    /// Listens at the addresses of the configuration. If it cannot listen at one of them, it still listens at the others. `options`
    /// are those of all of them. Errors: config_error, if it can listen at none.
    void start(const sshoal::sshd_settings& settings, const sshoal::server_options& options);

    /// Follows a configuration that has been read again. A socket whose address is in both configurations stays open, so no client
    /// is refused in between; the others are closed. Returns: false if it listens at no address of the configuration.
    sshoal::awaitable<bool> change(const sshoal::sshd_settings& settings, const sshoal::server_options& options);

    void close();

private:
    struct place {
        std::string host;
        std::uint16_t port = 0;
        bool any = false; ///< every address of the machine, whatever its family
        bool operator==(const place&) const = default;
    };
    struct open_place {
        place at;
        sshoal::listener socket;
    };
    using places = std::vector<place>;

    static places wanted_by(const sshoal::sshd_settings& settings);
    /// Returns: the socket's error; none if the listener listens.
    void start_inherited(const sshoal::server_options& options);
    void follow_options(const sshoal::server_options& options);
    sshoal::error_code open(const place& at, const sshoal::server_options& options);
    sshoal::error_code open_socket(const place& at, const std::string& host, const sshoal::server_options& options);
    sshoal::awaitable<void> open_soon(place at, sshoal::server_options options);
    static void tell_failure(const place& at, const sshoal::error_code& why);
    void begin(const sshoal::listener& made);
    bool is_open(const place& at) const;
    static sshoal::awaitable<void> accept_all(sshoal::listener l, taker take);

    sshoal::asio::io_context& context_;
    taker take_;
    std::vector<sshoal::listen_address> inherited_;
    std::vector<open_place> open_;
};

} // namespace programs
