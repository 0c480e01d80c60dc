#include "server_forwarding.hpp"

#include <unistd.h>

namespace programs {
namespace {

namespace forward = sshoal::forward;

constexpr std::uint16_t first_free_port = 1024;

sshoal::awaitable<sshoal::failure> without_reserved_ports(forward::question q)
{
    const std::uint16_t port = q.at.port();
    if (q.what == forward::question::kind::open || port == 0 || port >= first_free_port)
        co_return sshoal::failure();
    co_return sshoal::failure(make_error_code(sshoal::open_failure::administratively_prohibited), "only root has ports below 1024");
}

} // namespace

forward::serve_options forwarding_of(const sshoal::sshd_settings& settings, const std::string& user)
{
    forward::serve_options o = forward::serve_options::from(settings);
    if (::geteuid() == 0 && user != "root")
        o.unix_sockets(forward::direction::none).policy(without_reserved_ports);
    return o;
}

} // namespace programs
