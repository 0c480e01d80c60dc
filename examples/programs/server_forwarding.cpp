#include "server_forwarding.hpp"

#include "server_account.hpp"

#include <sshoal/run_on.hpp>

#include <unistd.h>

namespace programs {
namespace {

namespace forward = sshoal::forward;

struct look_up {
    std::string user;
    std::optional<account> operator()() const { return find_account(user); }
};

constexpr std::uint16_t first_free_port = 1024;

sshoal::awaitable<sshoal::failure> without_reserved_ports(forward::question q)
{
    const std::uint16_t port = q.at.port();
    if (q.what == forward::question::kind::open || port == 0 || port >= first_free_port)
        co_return sshoal::failure();
    co_return sshoal::failure(make_error_code(sshoal::open_failure::administratively_prohibited), "only root has ports below 1024");
}

} // namespace

sshoal::awaitable<forward::serve_options> forwarding_of(shared_settings settings, std::string user)
{
    forward::serve_options o = forward::serve_options::from(*settings);
    if (::geteuid() != 0 || user == "root")
        co_return std::move(o);
    o.unix_sockets(forward::direction::none).policy(without_reserved_ports);
    look_up work{user};
    auto looking = sshoal::run_on(look_up_thread(user), std::move(work));
    const std::optional<account> found = co_await std::move(looking);
    if (found)
        o.owner(entry_of(*found));
    else
        o.agent(false);
    co_return std::move(o);
}

} // namespace programs
