#include "client_link.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>

namespace programs {
namespace {

namespace asio = sshoal::asio;
using sshoal::awaitable;
using sshoal::failure;
using sshoal::outcome;
using stream_pointer = std::unique_ptr<sshoal::byte_stream>;

awaitable<outcome<stream_pointer>> reach_tcp(const client_config& c)
{
    using tcp = asio::ip::tcp;
    const std::string& family = *c.address_family;
    const std::string port = std::to_string(*c.port);
    asio::ip::basic_resolver<asio::ip::tcp, sshoal::executor> resolver(co_await asio::this_coro::executor);
    boost::system::error_code ec;
    auto found = co_await resolver.async_resolve(*c.host_name, port, asio::redirect_error(asio::use_awaitable, ec));
    if (ec)
        co_return failure(ec, "Could not resolve hostname " + *c.host_name);
    failure last(sshoal::errc::not_supported, "no address of this family");
    for (const auto& entry : found) {
        const tcp::endpoint where = entry.endpoint();
        if ((family == "inet" && !where.address().is_v4()) || (family == "inet6" && !where.address().is_v6()))
            continue;
        say(verbosity::debug1, "Connecting to " + *c.host_name + " [" + where.address().to_string() + "] port " + port + '.');
        auto stream = co_await sshoal::connect_tcp(where.address().to_string(), port);
        if (stream)
            co_return std::move(*stream);
        last = stream.error();
    }
    co_return last;
}

awaitable<void> pause_for(std::chrono::seconds t)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, t);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

awaitable<outcome<stream_pointer>> reach_tcp_in_time(const client_config& c)
{
    using namespace asio::experimental::awaitable_operators;
    if (c.connect_timeout->count() == 0) {
        auto stream = co_await reach_tcp(c);
        co_return std::move(stream);
    }
    auto race = reach_tcp(c) || pause_for(*c.connect_timeout);
    auto first = co_await std::move(race);
    if (first.index() == 0)
        co_return std::get<0>(std::move(first));
    co_return failure(sshoal::errc::timed_out, "Connection timed out");
}

/// The descriptors that are passed on belong to the child alone; SIGPIPE, which this program ignores, works in it as usual.
outcome<::pid_t> start_proxy(const std::string& command, int in, int out)
{
    const char* shell = std::getenv("SHELL");
    if (shell == nullptr || *shell == '\0')
        shell = "/bin/sh";
    std::string text = "exec " + command;
    std::string words[] = {shell, "-c", text};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    ::posix_spawn_file_actions_t files;
    ::posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, in, 0);
    ::posix_spawn_file_actions_adddup2(&files, out, 1);
    ::posix_spawnattr_init(&attributes);
    ::sigset_t standard;
    ::sigemptyset(&standard);
    ::sigaddset(&standard, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes, &standard);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    ::pid_t id = -1;
    const int status = ::posix_spawn(&id, shell, &files, &attributes, arguments, environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    if (status != 0)
        return failure(boost::system::error_code(status, boost::system::system_category()), shell);
    return id;
}

outcome<client_link> reach_by_proxy(const sshoal::executor& ex, const std::string& command)
{
    say(verbosity::debug1, "Executing proxy command: exec " + command);
    int to[2], from[2];
    if (::pipe2(to, O_CLOEXEC) != 0 || ::pipe2(from, O_CLOEXEC) != 0)
        return failure(boost::system::error_code(errno, boost::system::system_category()), "pipe");
    const auto child = start_proxy(command, to[0], from[1]);
    ::close(to[0]);
    ::close(from[1]);
    if (!child)
        return child.error();
    client_link link;
    link.proxy = std::make_unique<proxy_program>(*child);
    auto stream = sshoal::make_descriptor_stream(ex, from[0], to[1]);
    if (!stream)
        return stream.error();
    link.stream = std::move(*stream);
    return link;
}

} // namespace

int proxy_program::end(std::chrono::milliseconds patience) noexcept
{
    const ::pid_t id = std::exchange(id_, -1);
    if (id <= 1)
        return -1;
    // Its input is closed by now. Most end by that; the others are told after a moment.
    for (auto waited = std::chrono::milliseconds(0); waited < patience + std::chrono::milliseconds(900);
         waited += std::chrono::milliseconds(1)) {
        int status = -1;
        const ::pid_t got = ::waitpid(id, &status, WNOHANG);
        if (got == id)
            return status;
        if (got < 0 && errno != EINTR)
            return -1;
        if (waited == patience)
            ::kill(id, SIGHUP);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return -1;
}

awaitable<outcome<client_link>> reach_server(const client_config& c, std::string host)
{
    if (!c.proxy_command.value_or("").empty()) {
        const std::string command = expand_client_tokens(c, host, *c.proxy_command);
        const sshoal::executor ex = co_await asio::this_coro::executor;
        auto link = reach_by_proxy(ex, command);
        co_return std::move(link);
    }
    client_link link;
    failure last;
    for (unsigned attempt = 0; attempt < *c.connection_attempts; ++attempt) {
        if (attempt > 0)
            co_await pause_for(std::chrono::seconds(1));
        auto stream = co_await reach_tcp_in_time(c);
        if (stream) {
            link.stream = std::move(*stream);
            co_return std::move(link);
        }
        last = stream.error();
    }
    co_return failure(last.code(), "connect to host " + *c.host_name + " port " + std::to_string(*c.port) + ": " +
                                       (last.context().empty() ? last.code().message() : last.context()));
}

} // namespace programs
