// The forwardings that a client's sessions ask for: the agent and X11.
#include "base/access.hpp"
#include "forward/arrivals.hpp"
#include "forward/run.hpp"
#include "forward/x11_client.hpp"
#include "net/crossing.hpp"
#include "sshoal/forward_session.hpp"
#include "sshoal/result_of.hpp"
#include "wire/forwarding_requests.hpp"
#include "wire/session_requests.hpp"

#include <cstdlib>

namespace sshoal::forward {
namespace {

awaitable<stream_outcome> reach_by_source(stream_source source)
{
    failure why(errc::agent_failure, "the source of streams has made none");
    try {
        auto making = source();
        std::unique_ptr<byte_stream> made = co_await std::move(making);
        if (made)
            co_return std::move(made);
    } catch (const error& e) {
        why = e.why();
    } catch (const std::exception& e) {
        why = failure(errc::agent_failure, e.what());
    }
    co_return why;
}

/// Returns: the end of a channel that a server opens for X11; an endpoint without address for another channel.
endpoint originator_of(const incoming_channel& in)
{
    const auto m = in.type == wire::msg::x11_open::name ? wire::msg::x11_open::decode(in.body)
                                                        : result<wire::msg::x11_open>(make_error_code(errc::malformed_message));
    return m && m->originator_port <= 0xffff ? endpoint(printable(m->originator, 64), std::uint16_t(m->originator_port)) : endpoint();
}

/// Takes the channels of this type, and has sessions make the request.
awaitable<outcome<forwarding>> begin_for_sessions(plan p, std::string_view type, net::session_extra asked)
{
    connection through = p.through;
    if (!through.is_open())
        co_return failure(errc::closed, "the connection has ended");
    channel_acceptor arriving = through.listen_channels(std::string(type), most_arriving);
    const std::shared_ptr<run> r = run::make(std::move(p));
    const auto extra = std::make_shared<const net::session_extra>(std::move(asked));
    net::add_session_extra(through, extra);
    r->take_with(take_channels(std::move(arriving), [to = r.get()](incoming_channel in) {
        endpoint from = originator_of(in);
        to->take(std::move(in), std::move(from));
    }));
    r->take_at(endpoint(), [extra] {}); // sessions ask for as long as this function exists
    r->begun();
    co_return detail::access::make<forwarding>(std::make_shared<run_handle>(r));
}

awaitable<forwarding> begin_agent(connection through, endpoint target, reach_function reach, const options& how)
{
    executor strand = through.get_executor();
    plan p(std::move(through));
    p.what = "agent";
    p.target = std::move(target);
    p.reach = std::move(reach);
    p.max_streams = how.max_streams();
    net::session_extra asked{std::string(wire::msg::agent_request), {}, {}};
    auto beginning = begin_for_sessions(std::move(p), wire::msg::agent_channel, std::move(asked));
    return net::or_throw(std::move(strand), std::move(beginning));
}

awaitable<outcome<forwarding>> begin_x11(connection through, x11_options how, options streams)
{
    auto looking = find_x11_lending(how);
    outcome<x11_lending> found = co_await std::move(looking);
    if (!found)
        co_return found.error();
    wire::msg::x11_req m;
    const std::string digits = cookie_digits(found->made_up.data);
    m.protocol = found->made_up.protocol;
    m.cookie = digits;
    m.screen = found->display.screen;
    net::session_extra asked{std::string(wire::msg::x11_req::name), wire::encoded(m), how.on_refused()};
    plan p(std::move(through));
    p.what = "x11";
    p.target = found->display.at;
    p.max_streams = streams.max_streams();
    p.reach = reach_display(std::move(*found), streams.dial());
    auto beginning = begin_for_sessions(std::move(p), wire::msg::x11_open::name, std::move(asked));
    outcome<forwarding> begun = co_await std::move(beginning);
    co_return begun;
}

} // namespace

awaitable<forwarding> x11(connection through, x11_options how, options streams)
{
    executor strand = through.get_executor();
    auto beginning = begin_x11(std::move(through), std::move(how), std::move(streams));
    return net::or_throw(std::move(strand), std::move(beginning));
}

awaitable<forwarding> agent(connection through, std::string socket_path, options how)
{
    if (socket_path.empty())
        if (const char* const named = std::getenv("SSH_AUTH_SOCK"))
            socket_path = named;
    if (socket_path.empty())
        throw error(failure(errc::agent_failure, "no agent to forward: SSH_AUTH_SOCK is not set"));
    reach_function reach = [dial = how.dial()](endpoint to, endpoint) { return reach_by_socket(std::move(to), dial); };
    return begin_agent(std::move(through), endpoint::unix_socket(std::move(socket_path)), std::move(reach), how);
}

awaitable<forwarding> agent(connection through, stream_source source, options how)
{
    if (!source)
        throw error(failure(errc::invalid_argument, "an empty source of streams"));
    reach_function reach = [source = std::move(source)](endpoint, endpoint) { return reach_by_source(source); };
    return begin_agent(std::move(through), endpoint(), std::move(reach), how);
}

} // namespace sshoal::forward
