#include "client_link.hpp"

#include "program_log.hpp"

#include <sshoal/child_program.hpp>
#include <sshoal/dial.hpp>

#include <utility>
#include <vector>

namespace programs {
namespace {

using sshoal::awaitable;
using sshoal::failure;
using sshoal::outcome;

/// Returns: options that dial as the settings say, and write lines to the log. As in OpenSSH, ConnectTimeout limits each address;
/// without it, the system's limit counts.
sshoal::dial_options dialling(const client_settings& c, std::shared_ptr<std::vector<std::string>> failures)
{
    sshoal::dial_options o;
    o.family(c.address_family == "inet"    ? sshoal::address_family::ipv4
             : c.address_family == "inet6" ? sshoal::address_family::ipv6
                                           : sshoal::address_family::any);
    o.timeout({}).address_timeout(c.connect_timeout).attempts(c.connection_attempts);
    o.bind_address(c.bind_address).bind_interface(c.bind_interface).keep_alive(c.tcp_keep_alive);
    o.on_attempt([name = c.host_name](const sshoal::endpoint& to) {
        say(verbosity::debug1, "Connecting to " + name + " [" + to.address() + "] port " + std::to_string(to.port()) + '.');
    });
    o.on_failure([failures](const sshoal::endpoint& to, const failure& why) {
        failures->push_back("connect to address " + to.describe() + ": "
                            + (why.context().empty() ? why.code().message() : why.context()));
        say(verbosity::debug1, failures->back());
    });
    return o;
}

outcome<client_link> reach_by_proxy(const sshoal::executor& ex, const std::string& command)
{
    say(verbosity::debug1, "Executing proxy command: exec " + command);
    try {
        return sshoal::start_program(ex, sshoal::child_command::shell("exec " + command));
    } catch (const sshoal::error& e) {
        return e.why();
    }
}

awaitable<outcome<client_link>> passed_by_proxy(std::string command)
{
    say(verbosity::debug1, "Executing proxy dialer command: exec " + command);
    failure why;
    client_link link;
    try {
        auto passing = sshoal::connect_by_program(sshoal::child_command::shell("exec " + command));
        link = co_await std::move(passing);
    } catch (const sshoal::error& e) {
        why = e.why();
    }
    if (why)
        co_return why;
    co_return std::move(link);
}

} // namespace

awaitable<outcome<client_link>> reach_server(const client_settings& c)
{
    if (!c.proxy_command.empty()) {
        if (c.proxy_use_fdpass) {
            auto passing = passed_by_proxy(c.proxy_command);
            auto link = co_await std::move(passing);
            co_return std::move(link);
        }
        const sshoal::executor ex = co_await sshoal::asio::this_coro::executor;
        auto link = reach_by_proxy(ex, c.proxy_command);
        co_return std::move(link);
    }
    const auto failures = std::make_shared<std::vector<std::string>>();
    failure why;
    client_link link;
    try {
        auto dialled = sshoal::connect_tcp(c.host_name, std::to_string(c.port), dialling(c, failures));
        link = co_await std::move(dialled);
    } catch (const sshoal::error& e) {
        why = failure(e.code(), e.context());
    }
    if (!why)
        co_return std::move(link);
    if (failures->empty()) // the look-up has failed
        co_return failure(why.code(), "Could not resolve hostname " + c.host_name);
    if (failures->size() > 1 && !program_log::get().shows(verbosity::debug1))
        for (const std::string& each : *failures)
            say(verbosity::info, each);
    std::string words = "connect to host " + c.host_name + " port " + std::to_string(c.port);
    words += why.code() == sshoal::errc::timed_out ? ": Connection timed out" : "";
    co_return failure(why.code(), std::move(words));
}

} // namespace programs
