// The order in which the addresses of a name are tried: families by turns (RFC 8305 §4).
#include "net/dialling.hpp"

#include <algorithm>

#include <sys/socket.h>

namespace sshoal::net {

std::vector<tcp_endpoint> dialling_order(std::vector<tcp_endpoint> found, const dial_options& o)
{
    const auto is_6 = [](const tcp_endpoint& e) { return e.protocol().family() == AF_INET6; };
    std::vector<tcp_endpoint> kinds[2]; // the family of the first address, and the other one
    for (tcp_endpoint& e : found) {
        if ((o.family() == address_family::ipv4 && is_6(e)) || (o.family() == address_family::ipv6 && !is_6(e)))
            continue;
        auto& kind = kinds[!kinds[0].empty() && is_6(kinds[0].front()) != is_6(e)];
        if (std::find(kind.begin(), kind.end(), e) == kind.end())
            kind.push_back(std::move(e));
    }
    std::vector<tcp_endpoint> order;
    const std::size_t most = std::max<std::size_t>(o.max_addresses(), 1);
    for (std::size_t i = 0; i < std::max(kinds[0].size(), kinds[1].size()); ++i)
        for (auto& kind : kinds)
            if (i < kind.size() && order.size() < most)
                order.push_back(std::move(kind[i]));
    return order;
}

} // namespace sshoal::net
