// sshoald as a daemon: its listeners, and the signals that make it listen anew or end.
#include "server_listeners.hpp"
#include "server_login.hpp"
#include "server_serving.hpp"
#include "server_work.hpp"

#include <sshoal/admission.hpp>
#include <sshoal/service_manager.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <list>
#include <vector>

namespace programs {
namespace {

namespace asio = sshoal::asio;
using sshoal::awaitable;

constexpr std::chrono::seconds patience_with_cut_connections{3};

/// The server, while it listens and while clients are connected. There is one thread, so no member needs a strand.
class daemon_work {
public:
    daemon_work(asio::io_context& context, shared_config config, const server_call& call)
        : context_(context)
        , config_(std::move(config))
        , call_(call)
        , signals_(context, SIGTERM, SIGINT, SIGHUP)
        , cutting_(context)
        , listeners_(context, [this](const sshoal::server_connection& c) { take(c); })
    {
    }

    /// Errors: config_error, if it can listen on no address.
    void start()
    {
        keys_ = load_host_keys(*config_);
        admission_ = std::make_shared<sshoal::admission>(sshoal::admission_limits::from(*config_->server));
        listeners_.start(*config_->server, options());
        write_pid_file();
        sshoal::spawn(context_, obey_signals());
        sshoal::notify_service_manager("READY=1");
    }

    const server_config& config() const noexcept { return *config_; }

    /// The work that is left does not need this object.
    void wait_no_more()
    {
        signals_.cancel();
        cutting_.cancel();
    }

private:
    sshoal::server_options options() const
    {
        return options_from(config_, keys_).authenticator(make_server_login(config_)).admission(admission_);
    }

    void take(const sshoal::server_connection& c)
    {
        connections_.push_back(c);
        sshoal::spawn(c, serve_one(c, config_, this));
        if (call_.only_one)
            stop_listening();
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

    /// Signals are obeyed one after the other.
    awaitable<void> obey_signals()
    {
        sshoal::error_code ec;
        for (;;) {
            const int signal = co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            if (ec)
                co_return;
            if (signal != SIGHUP)
                terminate(signal);
            else if (!stopping_)
                co_await reload();
        }
    }

    /// Returns: false if it listens at none of the configuration's addresses.
    awaitable<bool> follow()
    {
        const sshoal::server_options all = options();
        auto changing = listeners_.change(*config_->server, all);
        const bool listens = co_await std::move(changing);
        co_return listens;
    }

    /// Connections go on as they were.
    awaitable<void> reload()
    {
        say(verbosity::info, "Received SIGHUP; restarting.");
        sshoal::notify_service_manager("RELOADING=1\n" + sshoal::reload_time());
        co_await follow_new_configuration();
        sshoal::notify_service_manager("READY=1");
    }

    awaitable<void> follow_new_configuration()
    {
        std::vector<sshoal::private_key> keys;
        shared_config fresh;
        try {
            fresh = call_.reload();
            keys = load_host_keys(*fresh);
        } catch (const config_error& e) {
            say(verbosity::error, std::string("the configuration stays as it was: ") + e.what());
            write_pid_file();
            co_return;
        }
        config_.swap(fresh);
        keys_.swap(keys);
        bool listens = co_await follow();
        if (!listens && !stopping_) {
            say(verbosity::error, "none of the new addresses can be had; the configuration stays as it was");
            config_.swap(fresh);
            keys_.swap(keys);
            listens = co_await follow();
        }
        if (stopping_) { // meanwhile
            listeners_.close();
            co_return;
        }
        if (!listens) {
            say(verbosity::fatal, "Cannot bind any address.");
            terminate(0);
            co_return;
        }
        admission_->set_limits(sshoal::admission_limits::from(*config_->server));
        if (fresh->server->pid_file != config_->server->pid_file)
            remove_pid_file(*fresh);
        write_pid_file();
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
        sshoal::notify_service_manager("STOPPING=1");
        listeners_.close();
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
    std::shared_ptr<sshoal::admission> admission_; ///< of all listeners
    server_listeners listeners_;
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
