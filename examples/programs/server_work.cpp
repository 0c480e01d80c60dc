#include "server_work.hpp"

#include "server_login.hpp"
#include "server_sftp.hpp"
#include "text_tools.hpp"

#include <sshoal/listener.hpp>
#include <sshoal/process_runner.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <list>

namespace programs {
namespace {

namespace asio = sshoal::asio;
using sshoal::awaitable;
using shared_config = std::shared_ptr<const server_config>;

constexpr char unknown_end[] = "UNKNOWN 65535";

/// "192.0.2.1 port 22" as programs are told it: "192.0.2.1 22".
std::string address_and_port(std::string name)
{
    const auto at = name.find(" port ");
    return at == std::string::npos ? unknown_end : name.erase(at, 5);
}

sshoal::server_options options_from(const server_config& c, const std::vector<sshoal::private_key>& keys)
{
    sshoal::server_options o;
    for (const auto& k : keys)
        o.host_key(k);
    sshoal::algorithms algorithms = c.algorithms;
    o.algorithms(algorithms).compression(*c.compression);
    sshoal::limits limits;
    limits.login_timeout = *c.login_grace;
    if (c.rekey_bytes && *c.rekey_bytes != 0)
        limits.rekey_bytes = *c.rekey_bytes;
    if (c.rekey_time)
        limits.rekey_time = *c.rekey_time;
    o.limits(limits);
    o.max_auth_tries(*c.max_auth_tries).max_sessions(*c.max_sessions).accept_env(c.accept_env);
    o.max_startups(c.max_startups->begin, c.max_startups->rate, c.max_startups->full);
    if (c.alive_interval->count() > 0) // a count of 0 asks without ever giving up
        o.keepalive(*c.alive_interval, *c.alive_count == 0 ? 1'000'000'000u : *c.alive_count);
    if (c.moduli_file)
        o.moduli_file(*c.moduli_file);
    if (c.banner && !c.banner->empty()) {
        constexpr std::size_t longest = 200 * 1024;
        if (auto text = read_file(*c.banner, longest))
            o.banner(std::move(*text));
        else
            say(verbosity::verbose, "cannot read banner " + *c.banner);
    }
    program_log& log = program_log::get();
    o.log(log.for_library(), log.library_level());
    return o;
}

awaitable<void> serve_session(sshoal::session_request request, sshoal::program_options options)
{
    co_await sshoal::run_program(std::move(request), std::move(options));
}

awaitable<void> serve_connection(sshoal::server_connection c, shared_config config, std::string remote, std::string local)
{
    const sshoal::connection_info info = c.info();
    std::string accepted
        = "Accepted " + join(info.auth_methods, ",") + " for " + sshoal::printable(c.user(), 64) + " from " + remote;
    if (c.user_key())
        accepted += ": " + std::string(c.user_key().type_name()) + ' ' + c.user_key().fingerprint();
    say(verbosity::info, accepted);
    sshoal::program_options options;
    options.user(account_of(c.user())).peer(remote, local);
    for (const auto& [name, command] : config->subsystems)
        options.subsystem(name, command);
    for (const auto& [name, value] : config->set_env)
        options.env(name, value);
    if (config->force_command && !config->force_command->empty())
        options.command(*config->force_command);
    for (;;) {
        std::optional<sshoal::session_request> request = co_await c.next_session();
        if (!request)
            break;
        if (!*config->permit_tty)
            request->pty.reset();
        if (internal_sftp_for(*request, *config) != nullptr) {
            auto serving = serve_internal_sftp(std::move(*request), config, account_of(c.user()), remote, local);
            sshoal::spawn(c, std::move(serving));
        } else if (config->chroot && !config->chroot->empty()) {
            say(verbosity::error, "refused: with ChrootDirectory there is internal-sftp and nothing else");
            request->refuse();
        } else {
            sshoal::spawn(c, serve_session(std::move(*request), options));
        }
    }
    const sshoal::failure why = co_await c.wait_closed();
    say(verbosity::verbose,
        "Connection from " + remote + " ended: " + why.code().message() + (why.context().empty() ? "" : ": ") + why.context());
}

/// The server as long as it listens. One thread, so nothing here needs a strand.
class daemon_work {
public:
    daemon_work(asio::io_context& context, shared_config config, const server_call& call)
        : context_(context), config_(std::move(config)), call_(call), signals_(context, SIGTERM, SIGINT, SIGHUP)
    {
    }

    void start()
    {
        listen();
        wait_for_signal();
    }

private:
    void listen()
    {
        const auto keys = load_host_keys(*config_);
        const auto options = options_from(*config_, keys).authenticator(make_server_login(config_));
        std::vector<listen_place> places = config_->listen;
        const std::string& family = *config_->address_family;
        if (places.empty())
            places.push_back({family == "inet" ? "0.0.0.0" : "::", std::nullopt});
        for (const listen_place& place : places)
            for (const std::uint16_t port : place.port ? std::vector<std::uint16_t>{*place.port} : config_->ports)
                listen_at(place.host, port, options, config_->listen.empty() && family == "any");
    }

    void listen_at(const std::string& host, std::uint16_t port, const sshoal::server_options& options, bool any)
    {
        std::optional<sshoal::listener> made;
        try {
            made.emplace(context_, sshoal::listen_address(host, port), options);
        } catch (const sshoal::error&) {
            if (!any)
                throw;
            made.emplace(context_, sshoal::listen_address("0.0.0.0", port), options); // a machine without IPv6
        }
        say(verbosity::info, "Server listening on " + made->address());
        listeners_.push_back(*made);
        sshoal::spawn(*made, accept_all(*made, config_, this));
    }

    static awaitable<void> accept_all(sshoal::listener l, shared_config config, daemon_work* self)
    {
        try {
            for (;;) {
                sshoal::server_connection c = co_await l.accept();
                const sshoal::connection_info info = c.info();
                self->connections_.remove_if([](const sshoal::server_connection& old) { return !old.is_open(); });
                self->connections_.push_back(c);
                sshoal::spawn(c, serve_one(c, config, address_and_port(info.remote), address_and_port(info.local)));
                if (self->call_.only_one)
                    self->stop_listening();
            }
        } catch (const sshoal::error& e) {
            if (e.code() != sshoal::errc::closed)
                say(verbosity::error, std::string("listening ended: ") + e.what());
        }
    }

    static awaitable<void> serve_one(sshoal::server_connection c, shared_config config, std::string remote, std::string local)
    {
        try {
            co_await serve_connection(c, std::move(config), std::move(remote), std::move(local));
        } catch (const sshoal::error& e) {
            say(verbosity::verbose, std::string("connection ended: ") + e.what());
        }
    }

    void stop_listening()
    {
        for (auto& l : listeners_)
            l.close();
        listeners_.clear();
        signals_.cancel();
    }

    void wait_for_signal()
    {
        signals_.async_wait([this](boost::system::error_code ec, int signal) {
            if (ec)
                return;
            if (signal == SIGHUP)
                reload();
            else
                stop(signal);
        });
    }

    /// Connections go on as they were.
    void reload()
    {
        wait_for_signal();
        shared_config fresh;
        try {
            fresh = call_.reload();
            load_host_keys(*fresh);
        } catch (const config_error& e) {
            say(verbosity::error, std::string("the configuration stays as it was: ") + e.what());
            return;
        }
        say(verbosity::info, "Received SIGHUP; listening anew.");
        for (auto& l : listeners_)
            l.close();
        listeners_.clear();
        config_ = std::move(fresh);
        try {
            listen();
        } catch (const sshoal::error& e) {
            say(verbosity::fatal, e.what());
            context_.stop();
        }
    }

    void stop(int signal)
    {
        say(verbosity::info, "Received signal " + std::to_string(signal) + "; terminating.");
        stop_listening();
        for (auto& c : connections_)
            c.disconnect(sshoal::disconnect_reason::by_application, "the server is shut down");
        connections_.clear();
        context_.stop();
    }

    asio::io_context& context_;
    shared_config config_;
    const server_call& call_;
    asio::signal_set signals_;
    std::vector<sshoal::listener> listeners_;
    std::list<sshoal::server_connection> connections_;
};

/// One end of the socket on a descriptor; "UNKNOWN 65535" for pipes.
std::string end_of(int fd, int (*get)(int, ::sockaddr*, ::socklen_t*))
{
    ::sockaddr_storage a = {};
    ::socklen_t size = sizeof a;
    char text[INET6_ADDRSTRLEN] = {};
    if (get(fd, reinterpret_cast<::sockaddr*>(&a), &size) != 0)
        return unknown_end;
    if (a.ss_family == AF_INET) {
        const auto& in = reinterpret_cast<const ::sockaddr_in&>(a);
        return std::string(::inet_ntop(AF_INET, &in.sin_addr, text, sizeof text)) + ' ' + std::to_string(ntohs(in.sin_port));
    }
    if (a.ss_family == AF_INET6) {
        const auto& in = reinterpret_cast<const ::sockaddr_in6&>(a);
        return std::string(::inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text)) + ' ' + std::to_string(ntohs(in.sin6_port));
    }
    return unknown_end;
}

awaitable<void> serve_stream(std::unique_ptr<sshoal::byte_stream> stream, sshoal::server_options options, shared_config config,
                             std::string remote, std::string local, asio::signal_set& signals, int& status)
{
    try {
        sshoal::server_connection c = co_await sshoal::accept(std::move(stream), std::move(options));
        status = 0;
        signals.async_wait([c](boost::system::error_code ec, int) mutable {
            if (!ec)
                c.disconnect(sshoal::disconnect_reason::by_application, "the server is ended");
        });
        co_await serve_connection(c, std::move(config), std::move(remote), std::move(local));
    } catch (const sshoal::error& e) {
        say(status == 0 ? verbosity::verbose : verbosity::info, std::string("connection ended: ") + e.what());
    }
    signals.cancel();
}

bool key_file_is_private(const std::string& path)
{
    struct ::stat what = {};
    return ::stat(path.c_str(), &what) != 0 || what.st_uid != ::getuid() || (what.st_mode & 077) == 0;
}

} // namespace

std::vector<sshoal::private_key> load_host_keys(const server_config& config)
{
    std::vector<sshoal::private_key> keys;
    for (const std::string& path : config.host_keys) {
        if (!key_file_is_private(path)) {
            say(verbosity::error, "Unable to load host key " + path + ": others than its owner may read it");
            continue;
        }
        auto key = sshoal::private_key::load(path);
        if (key)
            keys.push_back(std::move(*key));
        else
            say(verbosity::error,
                "Unable to load host key \"" + path + "\": " + key.error().code().message() + ": " + key.error().context());
    }
    if (keys.empty())
        throw config_error("sshoald: no hostkeys available -- exiting.");
    return keys;
}

int serve_addresses(std::shared_ptr<const server_config> config, const server_call& call)
{
    asio::io_context context(1);
    const std::string pid_file = *config->pid_file;
    daemon_work work(context, std::move(config), call);
    work.start();
    const bool has_pid_file = pid_file != "none" && !call.only_one;
    if (has_pid_file && !(std::ofstream(pid_file) << ::getpid() << '\n'))
        say(verbosity::error, "Couldn't create pid file \"" + pid_file + '"');
    if (call.ready)
        call.ready();
    const auto guarded = [](auto run) {
        for (;;) {
            try {
                return run();
            } catch (const std::exception& e) {
                say(verbosity::error, e.what()); // of one connection; the others go on
            }
        }
    };
    guarded([&] { context.run(); });
    if (has_pid_file)
        ::unlink(pid_file.c_str());
    // Programs get SIGHUP and some time; those that are left when the context goes are killed.
    const auto patience_ends = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    context.restart();
    guarded([&] { context.run_until(patience_ends); });
    return 0;
}

int serve_standard_io(std::shared_ptr<const server_config> config)
{
    asio::io_context context(1);
    const auto keys = load_host_keys(*config);
    const std::string remote = end_of(0, ::getpeername), local = end_of(0, ::getsockname);
    auto options = options_from(*config, keys).authenticator(make_server_login(config, remote));
    // What runs from here on must not find the connection on 0 and 1.
    const int in = ::fcntl(0, F_DUPFD_CLOEXEC, 3), out = ::fcntl(1, F_DUPFD_CLOEXEC, 3);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (in < 0 || out < 0 || null < 0 || ::dup2(null, 0) < 0 || ::dup2(null, 1) < 0) {
        say(verbosity::fatal, "cannot set up descriptors");
        return 255;
    }
    ::close(null);
    auto stream = sshoal::make_descriptor_stream(context.get_executor(), in, out);
    if (!stream) {
        say(verbosity::fatal, stream.error().context());
        return 255;
    }
    int status = 255;
    asio::signal_set signals(context, SIGTERM, SIGHUP, SIGINT);
    sshoal::spawn(context,
                  serve_stream(std::move(*stream), std::move(options), std::move(config), remote, local, signals, status));
    context.run();
    return status;
}

} // namespace programs
