#include "forward/doors.hpp"

namespace sshoal::forward {
namespace {

struct pair_of_addresses {
    const char* ipv4;
    const char* ipv6;
};
constexpr pair_of_addresses both_loopbacks{"127.0.0.1", "::1"}, everywhere{"0.0.0.0", "::"};

/// A second socket for the other family. There is none if the machine lacks it, or somebody else has the port.
void open_beside(std::vector<stream_acceptor>& doors, const executor& ex, const char* address)
{
    try {
        doors.emplace_back(ex, listen_address(address, doors.front().port()).v6_only());
    } catch (const error&) {
    }
}

std::vector<stream_acceptor> open_both(const executor& ex, pair_of_addresses at, std::uint16_t port)
{
    std::vector<stream_acceptor> doors;
    failure without_ipv4;
    try {
        doors.emplace_back(ex, listen_address(at.ipv4, port));
    } catch (const error& e) {
        without_ipv4 = e.why();
    }
    if (!without_ipv4)
        open_beside(doors, ex, at.ipv6);
    else if (without_ipv4.code() == boost::system::errc::address_not_available
             || without_ipv4.code() == boost::system::errc::address_family_not_supported)
        doors.emplace_back(ex, listen_address(at.ipv6, port).v6_only());
    else
        throw error(without_ipv4);
    return doors;
}

} // namespace

std::vector<stream_acceptor> open_doors(const executor& ex, const endpoint& at, const options& how)
{
    if (at.is_tcp() && at.address() == "localhost")
        return open_both(ex, both_loopbacks, at.port());
    if (at.is_tcp() && (at.address().empty() || at.address() == "*"))
        return open_both(ex, everywhere, at.port());
    std::vector<stream_acceptor> doors;
    doors.emplace_back(ex, listen_address(at).socket_mode(how.socket_mode()).replace_socket(how.replaces_socket()));
    return doors;
}

} // namespace sshoal::forward
