// The server's end.
#include "sshoal/forward_server.hpp"

#include "base/access.hpp"
#include "forward/arrivals.hpp"
#include "forward/run.hpp"
#include "wire/forwarding_requests.hpp"

namespace sshoal::forward {
namespace {

namespace msg = wire::msg;

constexpr std::string_view served_types[] = {msg::direct_tcpip::name, msg::direct_streamlocal::name};

void take(run& r, incoming_channel in)
{
    outcome<stream_ends> ends = read_opening(in.type, in.body);
    if (!ends) {
        in.refuse(open_failure::connect_failed, ends.error().message());
        return;
    }
    caller c;
    c.undecided = std::move(in);
    c.target = std::move(ends->target);
    c.from = std::move(ends->originator);
    r.serve(std::move(c));
}

} // namespace

server_options& declare(server_options& o)
{
    for (const std::string_view type : served_types)
        o.listen_channels(std::string(type));
    return o;
}

forwarding serve(server_connection for_client, serve_options how)
{
    plan p(for_client);
    p.what = "direct";
    p.max_streams = how.max_streams();
    p.reach = [dial = how.dial()](endpoint target, endpoint) { return reach_by_socket(std::move(target), dial); };
    std::vector<channel_acceptor> acceptors;
    for (const std::string_view type : served_types)
        acceptors.push_back(for_client.listen_channels(std::string(type)));
    const std::shared_ptr<run> r = run::make(std::move(p));
    for (channel_acceptor& a : acceptors)
        r->take_with(take_channels(std::move(a), [to = r.get()](incoming_channel in) { take(*to, std::move(in)); }));
    return detail::access::make<forwarding>(std::make_shared<run_handle>(r));
}

} // namespace sshoal::forward
