#include "client_link.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

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

outcome<client_link> reach_by_proxy(const sshoal::executor& ex, const std::string& command)
{
    say(verbosity::debug1, "Executing proxy command: exec " + command);
    auto child = start_child(ex, shell_words("exec " + command), at_interrupt::end);
    if (!child)
        return child.error();
    client_link link;
    link.proxy = std::move(child->process);
    link.stream = std::move(child->stream);
    return link;
}

} // namespace

awaitable<outcome<client_link>> reach_server(const client_config& c, std::string host)
{
    if (!c.proxy_command.value_or("").empty()) {
        const std::string command = expand_client_command(c, host, *c.proxy_command);
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
