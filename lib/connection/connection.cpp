#include "sshoal/connection.hpp"

#include "connection/connection_operations.hpp"
#include "connection/process_state.hpp"
#include "crypto/rng.hpp"
#include "net/crossing.hpp"
#include "wire/forwarding_requests.hpp"

namespace sshoal {

namespace operations = conn::operations;
using net::or_throw;

connection::connection() noexcept = default;

awaitable<run_result> connection::run(std::string command, run_options options)
{
    return net::or_throw(get_executor(), operations::run(self_, std::move(command), std::move(options)));
}
awaitable<process> connection::start(std::string command, process_options options)
{
    return net::or_throw(get_executor(), operations::start(self_, "exec", std::move(command), std::move(options)));
}
awaitable<process> connection::start_shell(process_options options)
{
    return net::or_throw(get_executor(), operations::start(self_, "shell", {}, std::move(options)));
}
awaitable<process> connection::start_subsystem(std::string name, process_options options)
{
    return net::or_throw(get_executor(), operations::start(self_, "subsystem", std::move(name), std::move(options)));
}


awaitable<channel> connection::open_channel(std::string type, std::span<const std::byte> body, channel_options options)
{
    return net::or_throw(get_executor(),
                         operations::open_channel(self_, std::move(type), std::vector<std::byte>(body.begin(), body.end()),
                                                  std::move(options)));
}

awaitable<channel> connection::open_tcp(std::string host, std::uint16_t port, std::string originator,
                                        std::uint16_t originator_port)
{
    wire::msg::direct_tcpip open;
    open.host = host;
    open.port = port;
    open.originator = originator;
    open.originator_port = originator_port;
    const bytes body = wire::encoded(open);
    return open_channel("direct-tcpip", body);
}

awaitable<std::optional<std::vector<std::byte>>> connection::request(std::string name, std::vector<std::byte> body)
{
    return net::or_throw(get_executor(), operations::request(self_, std::move(name), std::move(body)));
}
awaitable<void> connection::notify(std::string name, std::vector<std::byte> body)
{
    return net::or_throw(get_executor(), operations::notify(self_, std::move(name), std::move(body)));
}
awaitable<void> connection::rekey() { return net::or_throw(get_executor(), operations::rekey(self_)); }
awaitable<std::chrono::nanoseconds> connection::ping() { return net::or_throw(get_executor(), operations::ping(self_)); }

void connection::send_ignore(std::size_t random_bytes)
{
    if (!self_)
        return;
    self_->state->check_ignore(random_bytes);
    self_->state->perform([random_bytes](conn::connection_state& s) {
        bytes data(random_bytes);
        crypto::system_random().fill(data);
        s.send_ignore(data);
    });
}

void connection::send_ignore(std::span<const std::byte> data)
{
    if (!self_)
        return;
    self_->state->check_ignore(data.size());
    self_->state->perform([data = copy_of(data)](conn::connection_state& s) { s.send_ignore(data); });
}

void connection::set_send_rate(std::uint64_t bytes_per_second)
{
    if (self_)
        self_->state->perform([bytes_per_second](conn::connection_state& s) {
            s.mux().set_send_rate(bytes_per_second);
            s.kick();
        });
}

void connection::set_keepalive(std::chrono::milliseconds interval, unsigned count)
{
    if (self_)
        self_->state->perform([interval, count](conn::connection_state& s) {
            s.core().set_keepalive(interval, count);
            s.kick();
        });
}

void connection::close() noexcept { disconnect(disconnect_reason::by_application, ""); }

void connection::disconnect(disconnect_reason reason, std::string text) noexcept
{
    if (self_)
        self_->state->perform_if_possible(
            [reason, text = std::move(text)](conn::connection_state& s) { s.driver().disconnect(reason, text); });
}

awaitable<failure> connection::wait_closed()
{
    return net::or_throw(get_executor(), operations::wait_closed(self_ ? self_->state : nullptr));
}
awaitable<void> connection::until_closed()
{
    return net::or_throw(get_executor(), operations::until_closed(self_ ? self_->state : nullptr));
}
bool connection::is_open() const noexcept { return self_ && !self_->state->ended(); }
connection_info connection::info() const { return self_ ? self_->state->info() : connection_info(); }
connection_stats connection::stats() const { return self_ ? self_->state->stats() : connection_stats(); }
std::uint64_t connection::number() const noexcept { return self_ ? self_->state->number() : 0; }
executor connection::get_executor() const noexcept { return self_ ? self_->state->strand() : executor(); }

spawn_handler end_of_spawned(const connection& at)
{
    return at ? conn::state_of(at)->end_of_spawned() : spawn_handler();
}

} // namespace sshoal
