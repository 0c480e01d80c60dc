// The public functions of the server's end.
#include "base/access.hpp"
#include "forward/service.hpp"
#include "wire/forwarding_requests.hpp"

namespace sshoal::forward {

server_options& declare(server_options& o)
{
    namespace msg = wire::msg;
    for (const std::string_view type : {msg::direct_tcpip::name, msg::direct_streamlocal::name})
        o.listen_channels(std::string(type));
    for (const std::string_view name : {msg::tcpip_forward::name, msg::tcpip_forward::cancel_name, msg::streamlocal_forward::name,
                                        msg::streamlocal_forward::cancel_name})
        o.listen_requests(std::string(name));
    return o;
}

forwarding serve(server_connection for_client, serve_options how)
{
    const auto made = std::make_shared<service>(std::move(for_client), std::move(how));
    return detail::access::make<forwarding>(std::make_shared<run_handle>(made->begin()));
}

} // namespace sshoal::forward
