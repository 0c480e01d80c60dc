// sshoal - an SSH client with OpenSSH's command line and ssh_config.
#include "client_command_line.hpp"
#include "client_forwards.hpp"
#include "client_login.hpp"
#include "client_session.hpp"
#include "option_scanner.hpp"
#include "text_tools.hpp"

#include <sshoal/child_program.hpp>
#include <sshoal/client.hpp>
#include <sshoal/owned_descriptor.hpp>
#include <sshoal/version.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>

namespace {

using namespace programs;
using sshoal::awaitable;

void list_algorithms(const std::string& what)
{
    const sshoal::algorithms& all = sshoal::algorithms::all();
    std::vector<std::string> names;
    const auto key_types = [&](bool with_signatures) {
        for (const std::string& n : all.host_keys())
            if (with_signatures || !n.starts_with("rsa-sha2-"))
                names.push_back(n);
    };
    const std::string query = lower(what);
    if (query == "cipher" || query == "ciphers") {
        names = all.ciphers();
    } else if (query == "cipher-auth") {
        for (const std::string& n : all.ciphers())
            if (n.find("gcm") != std::string::npos || n.find("poly1305") != std::string::npos)
                names.push_back(n);
    } else if (query == "mac" || query == "macs") {
        names = all.macs();
    } else if (query == "kex" || query == "kexalgorithms") {
        names = all.kex();
    } else if (query == "key" || query == "key-plain") {
        key_types(false);
    } else if (query == "sig" || query == "key-sig" || query == "hostkeyalgorithms" || query == "pubkeyacceptedalgorithms") {
        key_types(true);
    } else if (query == "key-cert") {
        // none
    } else if (query == "compression") {
        names = all.compression();
    } else if (query == "help") {
        names = {"cipher", "cipher-auth", "compression", "kex", "key", "key-cert", "key-plain", "mac", "sig"};
    } else {
        throw usage_error("Unsupported query \"" + what + '"');
    }
    for (const std::string& n : names)
        std::cout << n << '\n';
}

/// The first process ends here, and the second one goes on in the background. Until now one process had the terminal, for
/// questions and signals.
void go_into_background(sshoal::asio::execution_context& context)
{
    using sshoal::asio::execution_context;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw config_error("cannot make a pipe");
    const sshoal::owned_descriptor settled(ends[0]);
    sshoal::owned_descriptor unsettled(ends[1]);
    context.notify_fork(execution_context::fork_prepare);
    const ::pid_t child = ::fork();
    if (child > 0) {
        // A hang-up of the terminal behind this process must not reach the other one.
        unsettled.reset();
        char nothing = 0;
        (void)!::read(settled.get(), &nothing, 1);
        ::_exit(0);
    }
    context.notify_fork(child == 0 ? execution_context::fork_child : execution_context::fork_parent);
    if (child == 0)
        ::setsid();
    if (child < 0)
        throw config_error("cannot fork");
}

/// The command has the terminal until it ends; its status does not matter, as in ssh.
void run_local_command(const client_settings& c)
{
    if (c.local_command.empty())
        return;
    say(verbosity::debug1, "Executing local command: " + c.local_command);
    try {
        (void)sshoal::run_to_end(sshoal::child_command::shell(c.local_command));
    } catch (const sshoal::error& e) {
        say(verbosity::error, std::string("LocalCommand: ") + e.what());
    }
}

awaitable<int> work(const client_way& way, std::string command, std::optional<sshoal::endpoint> stdio_target, login_outcome refused)
{
    const client_settings& config = way.back();
    auto going = log_in_along(way, refused);
    sshoal::connection connection = co_await std::move(going);
    const sshoal::connection_info info = connection.info();
    say(verbosity::verbose,
        "Authenticated to " + config.host_name + " ([" + info.remote.describe() + "]) using \""
            + join(info.auth_methods, ",") + "\".");
    auto forwarding = begin_forwards(config, connection);
    const std::shared_ptr<client_forwards> forwards = co_await std::move(forwarding);
    run_local_command(config);
    say(verbosity::debug1, "Entering interactive session."); // programs that drive ssh look for this line
    if (config.fork_after_authentication) {
        const sshoal::executor here = co_await sshoal::asio::this_coro::executor;
        go_into_background(sshoal::asio::query(here, sshoal::asio::execution::context));
    }
    auto working = stdio_target ? carry_standard_io(connection, *stdio_target)
                                : run_client_session(config, connection, std::move(command), forwards);
    const int status = co_await std::move(working);
    connection.disconnect(sshoal::disconnect_reason::by_application, "disconnected by user");
    co_return status;
}

void give_null_input()
{
    const sshoal::owned_descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (null)
        ::dup2(null.get(), 0);
}

/// Opens descriptors 0 to 2 if they are closed, so that no connection becomes one of them.
void fill_standard_io()
{
    int fd = 0;
    while (fd >= 0 && fd < 3)
        fd = ::open("/dev/null", O_RDWR);
    sshoal::owned_descriptor(fd).reset();
}

/// Sets the place of the log, from its first line on.
void place_log(const client_command_line& line)
{
    program_log& log = program_log::get();
    if (!line.log_file.empty() && !log.to_file(line.log_file))
        throw config_error("Couldn't open logfile " + line.log_file);
    if (line.to_syslog)
        log.to_syslog("sshoal", LOG_USER);
}

void settle_command(client_command_line& line, const client_settings& config)
{
    if (line.command.empty())
        line.command = config.remote_command;
    else if (!config.remote_command.empty())
        throw config_error("Cannot execute command-line and remote command.");
    if (line.command.empty() && config.session_type == sshoal::session_kind::subsystem)
        throw usage_error("You must specify a subsystem to invoke.");
    if (config.fork_after_authentication && line.command.empty() && config.session_type == sshoal::session_kind::command)
        throw usage_error("Cannot fork into background without a command to execute.");
}

/// -G.
int describe(const client_command_line& line)
{
    std::cout << describe_client_settings(line.wishes, line.host) << std::flush;
    return std::cout ? 0 : 255;
}

int run_client(std::vector<std::string> words)
{
    client_command_line line = parse_client_command_line(std::move(words));
    if (line.version) {
        std::cerr << "OpenSSH_9.2 compatible, sshoal_" << sshoal::version() << '\n';
        return 0;
    }
    if (line.query) {
        list_algorithms(*line.query);
        return 0;
    }
    place_log(line);
    if (line.describe)
        return describe(line);
    const client_way way = load_client_way(line.wishes, line.host);
    const client_settings& config = way.back();
    settle_command(line, config);
    if (config.stdin_null)
        give_null_input();
    std::optional<sshoal::endpoint> stdio_target;
    if (line.stdio_target)
        stdio_target = parse_stdio_forward(*line.stdio_target);
    int status = 255;
    const login_outcome refused = std::make_shared<std::optional<sshoal::login_refusal>>();
    try {
        sshoal::run([&]() -> awaitable<void> {
            status = co_await work(way, line.command, stdio_target, refused);
        });
    } catch (const sshoal::error& e) {
        say_why(e, config, refused);
    }
    return status;
}

} // namespace

int main(int argc, char** argv)
{
    fill_standard_io();
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run_client({argv + 1, argv + argc});
    } catch (const usage_error& e) {
        std::cerr << "sshoal: " << e.what() << '\n' << client_usage();
    } catch (const config_error& e) {
        std::cerr << e.what() << '\n';
    } catch (const std::exception& e) {
        say(verbosity::fatal, std::string("ssh: ") + e.what());
    }
    return 255;
}
