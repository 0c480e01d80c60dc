#include "forward/x11_doors.hpp"

#include "forward/protocol/x11.hpp"

#include <unistd.h>

#include <algorithm>

namespace sshoal::forward {
namespace {

constexpr std::uint32_t displays_tried = 1000;

bool lacks_family(const error_code& why)
{
    return why == boost::system::errc::address_not_available || why == boost::system::errc::address_family_not_supported;
}

/// Listens at a port of both families, as far as the machine has them.
failure open_port(std::vector<stream_acceptor>& doors, const executor& ex, bool localhost, std::uint16_t port)
{
    const listen_address both[] = {listen_address(localhost ? "127.0.0.1" : "0.0.0.0", port),
                                   listen_address(localhost ? "::1" : "::", port).v6_only()};
    failure last;
    for (const listen_address& at : both) {
        try {
            doors.emplace_back(ex, at);
        } catch (const error& e) {
            last = e.why();
            if (!lacks_family(last.code()))
                return last;
        }
    }
    return doors.empty() ? last : failure();
}

std::string host_name()
{
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

} // namespace

outcome<x11_doors> open_x11_doors(const executor& ex, const x11_displays& how)
{
    failure last(errc::invalid_argument, "no display has the number " + std::to_string(how.first()));
    const std::uint32_t end = std::min(how.first(), most_x11_display + 1) + displays_tried;
    for (std::uint32_t n = how.first(); n < end && n <= most_x11_display; ++n) {
        x11_doors d;
        last = open_port(d.sockets, ex, how.localhost(), x11_port(n));
        if (!last) {
            d.display = n;
            d.host = how.localhost() ? "localhost" : host_name();
            return d;
        }
        if (last.code() != boost::system::errc::address_in_use)
            break;
    }
    return last;
}

} // namespace sshoal::forward
