#include "client_forwards.hpp"

#include "standard_io.hpp"

#include <sshoal/failure_detail.hpp>
#include <sshoal/forward_session.hpp>
#include <sshoal/result_of.hpp>

#include <unistd.h>

#include <cstdlib>
#include <memory>

namespace programs {
namespace {

using sshoal::awaitable;
using sshoal::endpoint;
namespace forward = sshoal::forward;

constexpr unsigned all_mode_bits = 0777;
constexpr std::size_t stdio_piece = 64 * 1024;

bool is_socks(const sshoal::ssh_forward& f) { return f.target.what() == endpoint::kind::none; }

forward::options options_of(const client_settings& c)
{
    return forward::options()
        .socket_mode(all_mode_bits & ~c.stream_local_bind_mask)
        .replace_socket(c.stream_local_bind_unlink)
        .permit_open(c.permit_remote_open)
        .max_streams(0);
}

/// "port 8080", or "path /run/x".
std::string place_of(const endpoint& e) { return e.is_unix() ? "path " + e.path() : "port " + std::to_string(e.port()); }

void tell_local_failure(const sshoal::ssh_forward& f, const sshoal::failure& why)
{
    const std::string at = f.listen.is_unix() ? f.listen.path() : f.listen.address() + ' ' + place_of(f.listen);
    say(verbosity::error, "bind " + at + ": " + why.code().message());
    say(verbosity::error, "cannot listen to " + place_of(f.listen));
}

void tell_remote_failure(const client_settings& c, const sshoal::ssh_forward& f, const sshoal::failure& why)
{
    say(verbosity::debug1, why.message());
    say(verbosity::info, std::string(c.exit_on_forward_failure ? "Error" : "Warning") + ": remote port forwarding failed for listen "
                             + place_of(f.listen));
}

void tell_port(const sshoal::ssh_forward& f, std::uint16_t port)
{
    if (f.listen.is_tcp() && f.listen.port() == 0)
        say(verbosity::info, "Allocated port " + std::to_string(port) + " for remote forward to "
                                 + (is_socks(f) ? "socks:0" : f.target.is_unix() ? f.target.path() : f.target.to_string()));
}

awaitable<forward::forwarding> started(const sshoal::ssh_forward& f, bool local, sshoal::connection c, forward::options how)
{
    if (local)
        return is_socks(f) ? forward::dynamic(std::move(c), f.listen, std::move(how))
                           : forward::local(std::move(c), f.listen, f.target, std::move(how));
    return is_socks(f) ? forward::remote_dynamic(std::move(c), f.listen, std::move(how))
                       : forward::remote(std::move(c), f.listen, f.target, std::move(how));
}

/// As in ssh, an agent that is not there is no error.
awaitable<void> lend_agent(const client_settings& c, sshoal::connection connection, std::shared_ptr<client_forwards> all)
{
    auto beginning = sshoal::result_of(forward::agent(std::move(connection), c.forward_agent, options_of(c)));
    sshoal::outcome<forward::forwarding> begun = co_await std::move(beginning);
    if (begun)
        all->lent.push_back(std::move(*begun));
    else
        say(verbosity::info, "the agent is not forwarded: " + begun.error().message());
}

/// As in ssh, programs run without a display if there is none here, or if the server refuses.
awaitable<void> lend_display(const client_settings& c, sshoal::connection connection, std::shared_ptr<client_forwards> all)
{
    if (std::getenv("DISPLAY") == nullptr) {
        say(verbosity::debug1, "X11 forwarding requested but DISPLAY not set");
        co_return;
    }
    forward::x11_options how;
    how.trusted(c.forward_x11_trusted).timeout(c.forward_x11_timeout);
    how.on_refused([] { say(verbosity::info, "X11 forwarding request failed on channel 0"); });
    if (!c.xauth_location.empty())
        how.xauth(c.xauth_location);
    auto beginning = sshoal::result_of(forward::x11(std::move(connection), std::move(how), options_of(c)));
    sshoal::outcome<forward::forwarding> begun = co_await std::move(beginning);
    if (begun)
        all->lent.push_back(std::move(*begun));
    else
        say(verbosity::info, "Warning: X11 is not forwarded: " + begun.error().message());
}

/// Reads standard input into the channel.
struct stdio_work {
    stdio_work(sshoal::channel c) : there(std::move(c)), in(there.get_executor(), 0, true), out(there.get_executor(), 1, false) {}
    sshoal::channel there;
    standard_io in, out;
    bool input_over = false, output_over = false;
};

awaitable<void> feed_channel(std::shared_ptr<stdio_work> w)
{
    try {
        std::vector<std::byte> buffer(stdio_piece);
        for (;;) {
            const std::size_t n = co_await standard_io::read_some(w->in, buffer);
            if (n == 0)
                break;
            co_await w->there.write(std::span<const std::byte>(buffer).first(n));
        }
        co_await w->there.send_eof();
    } catch (const sshoal::error&) {
        // The target takes no more.
    }
    w->input_over = true;
    if (w->output_over)
        w->there.close();
}

awaitable<void> drain_channel(std::shared_ptr<stdio_work> w)
{
    std::vector<std::byte> buffer(stdio_piece);
    for (;;) {
        const std::size_t n = co_await w->there.read_some(buffer);
        if (n == 0)
            break;
        const bool works = co_await standard_io::write(w->out, std::span<const std::byte>(buffer).first(n));
        if (!works)
            break;
    }
    w->output_over = true;
    if (w->input_over)
        w->there.close();
}

} // namespace

awaitable<bool> begin_forward(const client_settings& c, sshoal::connection connection, sshoal::ssh_forward what, bool local,
                              std::shared_ptr<client_forwards> all)
{
    auto beginning = sshoal::result_of(started(what, local, connection, options_of(c)));
    sshoal::outcome<forward::forwarding> begun = co_await std::move(beginning);
    if (begun) {
        if (!local)
            tell_port(what, begun->port());
        client_forwards::port& made = all->ports.emplace_back();
        made.what = std::move(what);
        made.local = local;
        made.runs = std::move(*begun);
        co_return true;
    }
    if (!connection.is_open())
        throw sshoal::error(begun.error());
    if (local)
        tell_local_failure(what, begun.error());
    else
        tell_remote_failure(c, what, begun.error());
    co_return false;
}

awaitable<std::shared_ptr<client_forwards>> begin_forwards(const client_settings& c, sshoal::connection connection)
{
    auto all = std::make_shared<client_forwards>();
    for (const bool local : {true, false})
        for (const sshoal::ssh_forward& f : local ? c.local_forwards : c.remote_forwards) {
            auto beginning = begin_forward(c, connection, f, local, all);
            const bool runs = co_await std::move(beginning);
            if (!runs && c.exit_on_forward_failure)
                throw config_error(local ? "Could not request local forwarding." : "Could not request remote forwarding.");
        }
    if (!c.forward_agent.empty() && ::access(c.forward_agent.c_str(), F_OK) == 0) {
        auto lending = lend_agent(c, connection, all);
        co_await std::move(lending);
    }
    if (c.forward_x11) {
        auto lending = lend_display(c, connection, all);
        co_await std::move(lending);
    }
    co_return std::move(all);
}

std::string describe(const client_forwards::port& p)
{
    const std::string at = p.what.listen.is_unix() ? p.what.listen.path() : p.what.listen.to_string();
    if (is_socks(p.what))
        return (p.local ? "-D " : "-R ") + at;
    return (p.local ? "-L " : "-R ") + at + " to " + (p.what.target.is_unix() ? p.what.target.path() : p.what.target.to_string());
}

awaitable<int> carry_standard_io(sshoal::connection connection, endpoint target)
{
    auto connecting = sshoal::result_of(forward::connect(connection, std::move(target)));
    sshoal::outcome<sshoal::channel> opened = co_await std::move(connecting);
    if (!opened) {
        const sshoal::failure_detail detail = sshoal::detail_of(opened.error());
        if (!detail.open_failure)
            throw sshoal::error(opened.error());
        const std::string reason = make_error_code(*detail.open_failure).message();
        say(verbosity::error, "channel 0: open failed: " + reason + ": " + detail.peer_text);
        say(verbosity::error, "stdio forwarding failed");
        co_return 255;
    }
    const auto work = std::make_shared<stdio_work>(std::move(*opened));
    sshoal::spawn(connection, feed_channel(work));
    auto draining = drain_channel(work);
    co_await std::move(draining);
    co_await work->there.wait_closed();
    co_return 0;
}

endpoint parse_stdio_forward(const std::string& text)
{
    const auto target = endpoint::parse(text);
    if (!target || (target->is_tcp() && (target->port() == 0 || target->address().empty())))
        throw config_error("Bad stdio forwarding specification '" + text + '\'');
    return *target;
}

} // namespace programs
