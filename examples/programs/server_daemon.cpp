// sshoald as a daemon: its listeners, and the signals that make it listen anew or end.
#include "server_login.hpp"
#include "server_serving.hpp"
#include "server_work.hpp"

#include <sshoal/listener.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <list>
#include <thread>
#include <vector>

namespace programs {
namespace {

namespace asio = sshoal::asio;
using sshoal::awaitable;

constexpr std::chrono::seconds patience_with_cut_connections{3};

/// Returns: all addresses of a name, as numbers. A name that cannot be looked up stays as it is, and listening fails with the
/// reason.
std::vector<std::string> addresses_of(const std::string& host, const std::string& family)
{
    ::addrinfo hints = {};
    hints.ai_family = family == "inet" ? AF_INET : family == "inet6" ? AF_INET6 : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    ::addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
        return {host};
    std::vector<std::string> all;
    for (const ::addrinfo* a = found; a != nullptr; a = a->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0
            && std::find(all.begin(), all.end(), text) == all.end())
            all.emplace_back(text);
    }
    ::freeaddrinfo(found);
    return all.empty() ? std::vector<std::string>{host} : all;
}

/// The server, while it listens and while clients are connected. There is one thread, so no member needs a strand.
class daemon_work {
public:
    daemon_work(asio::io_context& context, shared_config config, const server_call& call)
        : context_(context)
        , config_(std::move(config))
        , call_(call)
        , signals_(context, SIGTERM, SIGINT, SIGHUP)
        , cutting_(context)
    {
    }

    /// Errors: config_error, if it can listen on no address.
    void start()
    {
        keys_ = load_host_keys(*config_);
        listen();
        write_pid_file();
        wait_for_signal();
    }

    const server_config& config() const noexcept { return *config_; }

    /// The work that is left does not need this object.
    void wait_no_more()
    {
        signals_.cancel();
        cutting_.cancel();
    }

private:
    void listen()
    {
        const auto options = options_from(config_, keys_).authenticator(make_server_login(config_));
        const sshoal::sshd_settings& settings = *config_->server;
        std::vector<sshoal::sshd_listen> places = settings.listen;
        const std::string& family = settings.address_family;
        if (places.empty())
            places.emplace_back().host = family == "inet" ? "0.0.0.0" : "::";
        for (const sshoal::sshd_listen& place : places)
            for (const std::uint16_t port : place.port ? std::vector<std::uint16_t>{*place.port} : settings.ports)
                for (const std::string& host : addresses_of(place.host, family))
                    listen_at(host, port, options, settings.listen.empty() && family == "any");
        if (listeners_.empty())
            throw config_error("Cannot bind any address.");
    }

    /// If it cannot listen on one address, it still listens on the others.
    void listen_at(const std::string& host, std::uint16_t port, const sshoal::server_options& options, bool any)
    {
        std::optional<sshoal::listener> made;
        try {
            // An address that is named takes only its own family, as under sshd.
            const sshoal::listen_address place = sshoal::listen_address(host, port).v6_only(!any);
            made.emplace(listener_at(place, options));
        } catch (const sshoal::error& e) {
            if (any) // a machine without IPv6
                return listen_at("0.0.0.0", port, options, false);
            say(verbosity::error,
                "Bind to port " + std::to_string(port) + " on " + host + " failed: " + e.code().message() + ".");
            return;
        }
        say(verbosity::info, "Server listening on " + made->local().describe());
        listeners_.push_back(*made);
        sshoal::spawn(*made, accept_all(*made, config_, this));
    }

    /// Binds an address. One that this process has just given up may not be free at once: a program that is being started holds all
    /// descriptors for a moment. Errors (thrown): those of sshoal::listener.
    sshoal::listener listener_at(const sshoal::listen_address& place, const sshoal::server_options& options)
    {
        constexpr int attempts = 100;
        constexpr std::chrono::milliseconds between{20};
        for (int i = 1;; ++i) {
            try {
                return sshoal::listener(context_, place, options);
            } catch (const sshoal::error& e) {
                const bool ours = std::find(given_up_.begin(), given_up_.end(), place.port()) != given_up_.end();
                if (e.code() != boost::system::errc::address_in_use || !ours || i == attempts)
                    throw;
            }
            std::this_thread::sleep_for(between);
        }
    }

    static awaitable<void> accept_all(sshoal::listener l, shared_config config, daemon_work* self)
    {
        try {
            for (;;) {
                sshoal::server_connection c = co_await l.accept();
                self->connections_.push_back(c);
                sshoal::spawn(c, serve_one(c, config, self));
                if (self->call_.only_one)
                    self->stop_listening();
            }
        } catch (const sshoal::error& e) {
            if (e.code() != sshoal::errc::closed)
                say(verbosity::error, std::string("listening ended: ") + e.what());
        }
    }

    static awaitable<void> serve_one(sshoal::server_connection c, shared_config config, daemon_work* self)
    {
        try {
            co_await serve_connection(c, std::move(config));
        } catch (const sshoal::error& e) {
            say(verbosity::verbose, std::string("connection ended: ") + e.what());
        }
        self->connections_.remove_if([](const sshoal::server_connection& old) { return !old.is_open(); });
        self->stop_if_all_have_gone();
    }

    void wait_for_signal()
    {
        signals_.async_wait([this](boost::system::error_code ec, int signal) {
            if (ec)
                return;
            wait_for_signal();
            if (signal == SIGHUP)
                reload();
            else
                terminate(signal);
        });
    }

    /// Connections go on as they were.
    void reload()
    {
        if (stopping_)
            return;
        say(verbosity::info, "Received SIGHUP; restarting.");
        shared_config fresh;
        std::vector<sshoal::private_key> keys;
        try {
            fresh = call_.reload();
            keys = load_host_keys(*fresh);
        } catch (const config_error& e) {
            say(verbosity::error, std::string("the configuration stays as it was: ") + e.what());
            write_pid_file();
            return;
        }
        const shared_config before = std::exchange(config_, std::move(fresh));
        keys_.swap(keys);
        close_listeners();
        if (before->server->pid_file != config_->server->pid_file)
            remove_pid_file(*before);
        if (!listens_again()) {
            say(verbosity::error, "none of the new addresses can be had; the configuration stays as it was");
            config_ = before;
            keys_.swap(keys);
            if (!listens_again()) {
                say(verbosity::fatal, "Cannot bind any address.");
                terminate(0);
                return;
            }
        }
        write_pid_file();
    }

    bool listens_again()
    {
        try {
            listen();
            return true;
        } catch (const std::exception& e) {
            say(verbosity::error, e.what());
            return false;
        }
    }

    void close_listeners()
    {
        given_up_.clear();
        for (auto& l : listeners_) {
            given_up_.push_back(l.port());
            l.close();
        }
        listeners_.clear();
    }

    // -- the end ----------------------------------------------------------------------------------------------------------------

    /// At the first signal, users who are logged in may finish, unless the configuration says otherwise; the second one ends
    /// their connections.
    void terminate(int signal)
    {
        if (signal != 0)
            say(verbosity::info, "Received signal " + std::to_string(signal) + "; terminating.");
        const bool again = stopping_;
        stop_listening();
        if (!connections_.empty() && !again && !config_->server->terminate_sessions) {
            say(verbosity::info, std::to_string(connections_.size())
                                     + " connections may finish; a second signal ends them. Nobody else is let in.");
            return;
        }
        for (auto& c : connections_)
            c.disconnect(sshoal::disconnect_reason::by_application, "the server is shut down");
        cutting_.expires_after(patience_with_cut_connections);
        cutting_.async_wait([this](boost::system::error_code ec) {
            if (!ec)
                context_.stop();
        });
    }

    void stop_listening()
    {
        stopping_ = true;
        close_listeners();
        remove_pid_file(*config_);
        stop_if_all_have_gone();
    }

    /// Programs may live on without their clients; the server does not wait for them.
    void stop_if_all_have_gone()
    {
        if (stopping_ && connections_.empty())
            context_.stop();
    }

    bool has_pid_file(const server_config& c) const { return !c.server->pid_file.empty() && !call_.only_one; }

    void write_pid_file()
    {
        if (has_pid_file(*config_) && !(std::ofstream(config_->server->pid_file) << ::getpid() << '\n'))
            say(verbosity::error, "Couldn't create pid file \"" + config_->server->pid_file + '"');
    }

    void remove_pid_file(const server_config& c)
    {
        if (has_pid_file(c))
            ::unlink(c.server->pid_file.c_str());
    }

    asio::io_context& context_;
    shared_config config_;
    std::vector<sshoal::private_key> keys_;
    const server_call& call_;
    asio::signal_set signals_;
    asio::steady_timer cutting_;
    std::vector<sshoal::listener> listeners_;
    std::vector<std::uint16_t> given_up_; ///< the ports of the listeners that were closed last
    std::list<sshoal::server_connection> connections_;
    bool stopping_ = false;
};

} // namespace

int serve_addresses(std::shared_ptr<const server_config> config, const server_call& call)
{
    asio::io_context context(1);
    daemon_work work(context, std::move(config), call);
    work.start();
    if (call.ready)
        call.ready();
    for (bool over = false; !over;) {
        try {
            context.run();
            over = true;
        } catch (const std::exception& e) {
            say(verbosity::error, e.what()); // the error is of one connection; the others go on
        }
    }
    work.wait_no_more();
    end_programs(context, work.config().server->end_programs_after);
    return 0;
}

} // namespace programs
