#include "server_work.hpp"

#include "server_account.hpp"
#include "server_login.hpp"
#include "server_serving.hpp"
#include "server_sftp.hpp"
#include "text_tools.hpp"

#include <sshoal/owned_descriptor.hpp>
#include <sshoal/process_runner.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace programs {
namespace {

namespace asio = sshoal::asio;
using sshoal::awaitable;

awaitable<void> serve_session(sshoal::session_request request, sshoal::program_options options)
{
    co_await sshoal::run_program(std::move(request), std::move(options));
}

} // namespace

void end_programs(asio::io_context& context, std::optional<std::chrono::seconds> patience)
{
    constexpr std::chrono::milliseconds for_last_words{200};
    const auto end = std::chrono::steady_clock::now() + patience.value_or(std::chrono::seconds(0)) + for_last_words;
    context.restart();
    try {
        context.run_until(end);
    } catch (const std::exception& e) {
        say(verbosity::error, e.what());
    }
}

std::string place_of(const sshoal::endpoint& remote)
{
    return remote.is_tcp() ? remote.describe() : "UNKNOWN port 65535";
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
    o.required_rsa_bits(0); // the log-in compares the size, so that the log can tell
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
    // For a longer command, the system's own error says more than a refusal would.
    constexpr std::size_t longest_packet = 256 * 1024;
    o.max_command(longest_packet);
    o.permit_setup([tty = *c.permit_tty](const sshoal::session_setup& asked) -> std::string {
        if (asked.what != sshoal::session_setup::kind::terminal)
            return {};
        return tty ? sshoal::why_no_terminal() : "PermitTTY no";
    });
    program_log& log = program_log::get();
    o.log(log.for_library(), log.library_level());
    return o;
}

awaitable<void> serve_connection(sshoal::server_connection c, shared_config config)
{
    const sshoal::connection_info info = c.info();
    std::string accepted = "Accepted " + join(info.auth_methods, ",") + " for " + sshoal::printable(c.user(), 64) + " from "
                           + place_of(info.remote) + " ssh2";
    if (c.user_key())
        accepted += ": " + std::string(c.user_key().type_name()) + ' ' + c.user_key().fingerprint();
    say(verbosity::info, accepted);
    sshoal::program_options options;
    options.user(account_of(c.user())).peer(info.remote, info.local).work_executor(look_up_thread(account_of(c.user())));
    for (const auto& [name, command] : config->subsystems)
        options.subsystem(name, command);
    for (const auto& [name, value] : config->set_env)
        options.env(name, value);
    if (config->force_command && !config->force_command->empty())
        options.command(*config->force_command);
    if (config->program_patience)
        options.end_with_client(*config->program_patience);
    for (;;) {
        std::optional<sshoal::session_request> request = co_await c.next_session();
        if (!request)
            break;
        if (internal_sftp_for(*request, *config) != nullptr) {
            auto serving = serve_internal_sftp(std::move(*request), config, account_of(c.user()));
            sshoal::spawn(c, std::move(serving));
        } else if (config->chroot && !config->chroot->empty()) {
            request->refuse("with ChrootDirectory there is internal-sftp and nothing else");
        } else {
            sshoal::spawn(c, serve_session(std::move(*request), options));
        }
    }
    const sshoal::failure why = co_await c.wait_closed();
    say(verbosity::verbose,
        "Connection from " + place_of(info.remote) + " ended: " + why.code().message() + (why.context().empty() ? "" : ": ")
            + why.context());
}

namespace {

awaitable<void> serve_stream(std::unique_ptr<sshoal::byte_stream> stream, sshoal::server_options options, shared_config config,
                             asio::io_context& context, asio::signal_set& signals, int& status)
{
    try {
        sshoal::server_connection c = co_await sshoal::accept(std::move(stream), std::move(options));
        status = 0;
        signals.async_wait([c](boost::system::error_code ec, int) mutable {
            if (!ec)
                c.disconnect(sshoal::disconnect_reason::by_application, "the server is ended");
        });
        co_await serve_connection(c, std::move(config));
    } catch (const sshoal::error& e) {
        say(status == 0 ? verbosity::verbose : verbosity::info, std::string("connection ended: ") + e.what());
    }
    signals.cancel();
    context.stop(); // programs may live on without their client, so nothing waits for them
}

/// Returns: why the file may not be used; empty if it may, or if opening it will say why not.
std::string key_file_complaint(const std::string& path)
{
    struct ::stat what = {};
    if (::stat(path.c_str(), &what) != 0 || what.st_uid != ::getuid() || (what.st_mode & 077) == 0)
        return {};
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(what.st_mode & 07777));
    return "its mode is " + std::string(mode) + ", so others than its owner may read it";
}

} // namespace

std::vector<sshoal::private_key> load_host_keys(const server_config& config)
{
    std::vector<sshoal::private_key> keys;
    for (const std::string& path : config.host_keys) {
        std::string why = key_file_complaint(path);
        if (why.empty()) {
            auto key = sshoal::private_key::load(path);
            if (key && key->type() == sshoal::key_type::rsa && key->public_half().bits() < *config.required_rsa_bits) {
                why = "RSA key of " + std::to_string(key->public_half().bits()) + " bits, RequiredRSASize is "
                      + std::to_string(*config.required_rsa_bits);
            } else if (key) {
                keys.push_back(std::move(*key));
                continue;
            } else {
                why = key.error().context();
                if (why.starts_with(path + ": "))
                    why.erase(0, path.size() + 2);
                if (key.error().code() != sshoal::errc::file_error)
                    why = key.error().code().message() + (why.empty() ? "" : ": ") + why;
            }
        }
        const bool missed = !config.host_keys_by_default || ::access(path.c_str(), F_OK) == 0;
        say(missed ? verbosity::error : verbosity::debug1, "Unable to load host key \"" + path + "\": " + why);
    }
    if (keys.empty())
        throw config_error("sshoald: no hostkeys available -- exiting.");
    return keys;
}

int serve_standard_io(std::shared_ptr<const server_config> config)
{
    asio::io_context context(1);
    const auto keys = load_host_keys(*config);
    auto options = options_from(*config, keys).authenticator(make_server_login(config));
    // Code that runs from here on must not find the connection on 0 and 1.
    sshoal::owned_descriptor in(::fcntl(0, F_DUPFD_CLOEXEC, 3)), out(::fcntl(1, F_DUPFD_CLOEXEC, 3));
    sshoal::owned_descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!in || !out || !null || ::dup2(null.get(), 0) < 0 || ::dup2(null.get(), 1) < 0) {
        say(verbosity::fatal, "cannot set up descriptors");
        return 255;
    }
    null.reset();
    std::unique_ptr<sshoal::byte_stream> stream;
    try {
        stream = sshoal::make_descriptor_stream(context.get_executor(), in.get(), out.get());
        in.release(), out.release();
    } catch (const sshoal::error& e) {
        say(verbosity::fatal, e.context());
        return 255;
    }
    int status = 255;
    asio::signal_set signals(context, SIGTERM, SIGHUP, SIGINT);
    const auto patience = config->program_patience;
    auto serving = serve_stream(std::move(stream), std::move(options), std::move(config), context, signals, status);
    sshoal::spawn(context, std::move(serving));
    context.run();
    end_programs(context, patience);
    return status;
}

} // namespace programs
