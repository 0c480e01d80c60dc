// The functions by which a client starts forwardings: local(), dynamic(), remote() and the others.
#include "base/access.hpp"
#include "forward/doors.hpp"
#include "forward/run.hpp"
#include "net/crossing.hpp"

#include <algorithm>

namespace sshoal::forward {
namespace {

constexpr std::string_view loopback = "localhost";

bool is_address(const endpoint& e) noexcept { return e.is_unix() || e.is_tcp(); }

forwarding handle_of(std::shared_ptr<run> r)
{
    return detail::access::make<forwarding>(std::make_shared<run_handle>(std::move(r)));
}

/// The far half of a stream that begins here.
reach_function through_server(connection through)
{
    return [through = std::move(through)](endpoint target, endpoint originator) {
        return reach_by_channel(through, direct_opening(target, originator), stream_name(through, originator, target));
    };
}

/// `target` without address: each stream names its own, as a SOCKS client.
awaitable<outcome<forwarding>> begin_local(connection through, endpoint listen, endpoint target, options how)
{
    if (!through.is_open())
        co_return failure(errc::closed, "the connection has ended");
    if (!is_address(listen))
        co_return failure(errc::invalid_argument, "an endpoint without address");
    plan p(through);
    p.socks = !is_address(target);
    p.what = p.socks ? "dynamic" : "local";
    p.target = std::move(target);
    p.reach = through_server(through);
    p.max_streams = how.max_streams();
    p.request_timeout = how.request_timeout();
    const std::vector<stream_acceptor> doors = open_doors(through.get_executor(), listen, how);
    const std::shared_ptr<run> r = run::make(std::move(p));
    r->take_from(doors);
    r->begun();
    co_return handle_of(r);
}

awaitable<forwarding> begin_here(connection through, endpoint listen, endpoint target, options how)
{
    executor strand = through.get_executor();
    auto beginning = begin_local(std::move(through), std::move(listen), std::move(target), std::move(how));
    return net::or_throw(std::move(strand), std::move(beginning));
}

void check_target(const endpoint& e)
{
    if (!is_address(e))
        throw error(failure(errc::invalid_argument, "an endpoint without address"));
}

} // namespace

outcome<endpoint> parse_listen(std::string_view text)
{
    const bool port_alone = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return endpoint::parse(port_alone ? std::string(loopback) + ":" + std::string(text) : std::string(text));
}

awaitable<forwarding> local(connection through, endpoint listen, endpoint target, options how)
{
    check_target(target);
    return begin_here(std::move(through), std::move(listen), std::move(target), std::move(how));
}

awaitable<forwarding> local(connection through, std::string_view listen, std::string_view target, options how)
{
    endpoint at = parse_listen(listen).value(), to = endpoint::parse(target).value();
    return local(std::move(through), std::move(at), std::move(to), std::move(how));
}

awaitable<forwarding> dynamic(connection through, endpoint listen, options how)
{
    return begin_here(std::move(through), std::move(listen), endpoint(), std::move(how));
}

awaitable<forwarding> dynamic(connection through, std::string_view listen, options how)
{
    endpoint at = parse_listen(listen).value();
    return dynamic(std::move(through), std::move(at), std::move(how));
}

awaitable<channel> connect(connection through, endpoint target, endpoint originator)
{
    const opening what = direct_opening(target, originator).value();
    return through.open_channel(std::string(what.type), what.body);
}

} // namespace sshoal::forward
