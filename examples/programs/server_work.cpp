#include "server_work.hpp"

#include "auth_info_file.hpp"
#include "server_account.hpp"
#include "server_forwarding.hpp"
#include "server_login.hpp"
#include "server_serving.hpp"
#include "server_sftp.hpp"
#include "text_tools.hpp"

#include <sshoal/owned_descriptor.hpp>
#include <sshoal/process_runner.hpp>
#include <sshoal/run_on.hpp>

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

/// A count of 0 asks without ever giving up.
void keep_alive(sshoal::server_connection& c, const sshoal::sshd_settings& s)
{
    c.set_keepalive(s.client_alive_interval, s.client_alive_count_max == 0 ? 1'000'000'000u : s.client_alive_count_max);
}

awaitable<void> serve_session(sshoal::session_request request, sshoal::program_options options)
{
    co_await sshoal::run_program(std::move(request), std::move(options));
}

struct auth_info_job {
    std::vector<std::string> methods;
    sshoal::presented_key key;
    std::string account;
    std::shared_ptr<const auth_info_file> operator()() const { return std::make_shared<const auth_info_file>(methods, key, account); }
};

/// Looks up ChrootDirectory of an account.
struct root_look_up {
    shared_settings settings;
    std::string account;
    sshoal::outcome<std::string> operator()() const
    {
        const auto found = find_account(account);
        if (!found)
            return sshoal::failure(sshoal::errc::not_supported, "no such account");
        return settings->chroot_path(entry_of(*found));
    }
};

awaitable<void> serve_below_root(sshoal::session_request request, sshoal::program_options options, shared_settings settings,
                                 std::string account)
{
    root_look_up look_up{std::move(settings), account};
    auto looking = sshoal::run_on(look_up_thread(account), std::move(look_up));
    const sshoal::outcome<std::string> root = co_await std::move(looking);
    if (!root) {
        request.refuse(root.error().context());
        co_return;
    }
    options.root(*root);
    auto running = sshoal::run_program(std::move(request), std::move(options));
    co_await std::move(running);
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

std::string banner_text(const std::string& path)
{
    constexpr std::size_t longest = 200 * 1024;
    if (path.empty())
        return {};
    auto text = read_file(path, longest);
    if (!text)
        say(verbosity::verbose, "cannot read banner " + path);
    return text.value_or(std::string());
}

const sshoal::sshd_settings& settings_of(const std::any& application_data, const server_config& config) noexcept
{
    const auto* own = std::any_cast<shared_settings>(&application_data);
    return own != nullptr ? **own : *config.server;
}

sshoal::server_options options_from(const shared_config& config, const std::vector<sshoal::private_key>& keys)
{
    sshoal::sshd_settings settings = *config->server;
    settings.host_keys.clear();
    auto o = sshoal::server_options::from(settings);
    for (const auto& k : keys)
        o.host_key(k);
    o.banner(banner_text(settings.banner));
    o.required_rsa_bits(0); // the log-in compares the size, so that the log can tell
    // For a longer command, the system's own error says more than a refusal would.
    constexpr std::size_t longest_packet = 256 * 1024;
    o.max_command(longest_packet);
    o.permit_setup([config](const sshoal::session_setup& asked) -> std::string {
        if (asked.what != sshoal::session_setup::kind::terminal)
            return {};
        return settings_of(*asked.application_data, *config).permit_tty ? sshoal::why_no_terminal() : "PermitTTY no";
    });
    program_log& log = program_log::get();
    o.log(log.for_library(config->file.has_match()), log.library_level());
    return sshoal::forward::declare(o);
}

awaitable<void> serve_connection(sshoal::server_connection c, shared_config config)
{
    const sshoal::connection_info info = c.info();
    const auto* own = std::any_cast<shared_settings>(&c.application_data());
    const shared_settings settings = own != nullptr ? *own : config->server;
    std::string accepted = "Accepted " + join(info.auth_methods, ",") + " for " + sshoal::printable(c.user(), 64) + " from "
                           + place_of(info.remote) + " ssh2";
    if (c.user_key())
        accepted += ": " + std::string(c.user_key().type_name()) + ' ' + c.user_key().fingerprint(settings->fingerprint_hash);
    say_of(*settings, *config, verbosity::info, accepted);
    if (config->file.has_match())
        keep_alive(c, *settings);
    auto deciding = forwarding_of(settings, account_of(c.user()));
    sshoal::forward::serve_options allowed = co_await std::move(deciding);
    const sshoal::forward::forwarding ports = sshoal::forward::serve(c, std::move(allowed));
    sshoal::program_options options;
    options.user(account_of(c.user())).peer(info.remote, info.local).work_executor(look_up_thread(account_of(c.user())));
    for (const auto& [name, command] : settings->subsystems)
        options.subsystem(name, command);
    for (const auto& [name, value] : settings->set_env)
        options.env(name, value);
    if (!settings->force_command.empty())
        options.command(settings->force_command);
    options.login_scripts(settings->permit_user_rc);
    std::shared_ptr<const auth_info_file> proofs;
    if (settings->expose_auth_info) {
        auth_info_job job{info.auth_methods, c.user_key(), account_of(c.user())};
        auto writing = sshoal::run_on(look_up_thread(account_of(c.user())), std::move(job));
        proofs = co_await std::move(writing);
        options.env("SSH_USER_AUTH", proofs->path());
    }
    if (settings->end_programs_after)
        options.end_with_client(*settings->end_programs_after);
    for (;;) {
        std::optional<sshoal::session_request> request = co_await c.next_session();
        if (!request)
            break;
        if (asks_for_internal_sftp(*request, *settings)) {
            auto serving = serve_internal_sftp(std::move(*request), settings, account_of(c.user()));
            sshoal::spawn(c, std::move(serving));
        } else if (!settings->chroot_directory.empty()) {
            auto serving = serve_below_root(std::move(*request), options, settings, account_of(c.user()));
            sshoal::spawn(c, std::move(serving));
        } else {
            sshoal::spawn(c, serve_session(std::move(*request), options));
        }
    }
    const sshoal::failure why = co_await c.wait_closed();
    say_of(*settings, *config, verbosity::verbose,
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
    const sshoal::sshd_settings& settings = *config.server;
    for (const std::string& path : settings.host_keys) {
        std::string why = key_file_complaint(path);
        if (why.empty()) {
            auto key = sshoal::private_key::load(path);
            if (key && key->type() == sshoal::key_type::rsa && key->public_half().bits() < settings.required_rsa_size) {
                why = "RSA key of " + std::to_string(key->public_half().bits()) + " bits, RequiredRSASize is "
                      + std::to_string(settings.required_rsa_size);
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
        const bool missed = !settings.default_host_keys || ::access(path.c_str(), F_OK) == 0;
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
    auto options = options_from(config, keys).authenticator(make_server_login(config));
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
    const auto patience = config->server->end_programs_after;
    auto serving = serve_stream(std::move(stream), std::move(options), std::move(config), context, signals, status);
    sshoal::spawn(context, std::move(serving));
    context.run();
    end_programs(context, patience);
    return status;
}

} // namespace programs
