#include "client/route.hpp"

#include "client/client_options_impl.hpp"
#include "client/configured.hpp"
#include "sshoal/child_program.hpp"
#include "sshoal/client.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace sshoal::client {
namespace {

/// A channel through another host, and the connection that it belongs to: the connection lives as long as the stream.
class jump_stream final : public byte_stream {
public:
    jump_stream(connection through, channel c, endpoint to)
        : through_(std::move(through)), inner_(make_channel_stream(std::move(c))), to_(std::move(to))
    {
    }
    ~jump_stream() override { close(); }

    std::size_t try_read(std::span<std::byte> into, error_code& ec) override { return inner_->try_read(into, ec); }
    std::size_t try_write(std::span<const std::byte> from, error_code& ec) override { return inner_->try_write(from, ec); }
    awaitable<error_code> wait_readable() override { return inner_->wait_readable(); }
    awaitable<error_code> wait_writable() override { return inner_->wait_writable(); }
    error_code shutdown_send() noexcept override { return inner_->shutdown_send(); }
    void close() noexcept override
    {
        inner_->close();
        through_ = connection(); // the last handle: the connection ends too
    }
    executor home() const override { return inner_->home(); }
    endpoint remote() const override { return to_; }
    endpoint local() const override { return inner_->local(); }

private:
    connection through_;
    std::unique_ptr<byte_stream> inner_;
    const endpoint to_;
};

/// A host on the way, or the one at the end.
struct way_point {
    std::string host;
    client_options options;
};

/// Finds out where the hosts on the way are, since the one before has to be told.
awaitable<std::vector<way_point>> way_points(client_options options, std::string host)
{
    std::vector<way_point> all;
    for (const auto& [via, its_own] : options.get().jumps) {
        way_point p{via.host, its_own};
        if (!via.user.empty())
            p.options.user(via.user);
        if (via.port != 0)
            p.options.port(via.port);
        if (p.options.get().config) {
            auto looking = configured(p.options, p.host);
            std::pair<std::string, client_options> found = co_await std::move(looking);
            p.host = std::move(found.first);
            p.options = std::move(found.second);
        }
        all.push_back(std::move(p));
    }
    // A server may be jumped through several times, but not by a block of a file whose jump host is itself.
    const auto leads_to_itself = [&](const way_point& p) {
        const client_options::impl &hop = p.options.get(), &end = options.get();
        return !hop.jumps.empty() && p.host == host && hop.port == end.port && hop.user == end.user;
    };
    if (std::any_of(all.begin(), all.end(), leads_to_itself))
        throw error(failure(errc::invalid_argument, printable(host) + " is the jump host of itself (ProxyJump)"));
    way_point last{std::move(host), std::move(options)};
    all.push_back(std::move(last));
    co_return std::move(all);
}

awaitable<std::unique_ptr<byte_stream>> through_jumps(client_options options, std::string host)
{
    auto finding = way_points(std::move(options), std::move(host));
    const std::vector<way_point> points = co_await std::move(finding);
    std::unique_ptr<byte_stream> way;
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
        const std::string next = points[i + 1].host;
        const std::uint16_t port = points[i + 1].options.get().port;
        awaitable<connection> connecting
            = way ? connect(std::move(way), points[i].host, points[i].options) : connect(points[i].host, points[i].options);
        connection there = co_await std::move(connecting);
        auto opening = there.open_tcp(next, port);
        channel c = co_await std::move(opening);
        way = std::make_unique<jump_stream>(std::move(there), std::move(c), endpoint(next, port));
    }
    co_return std::move(way);
}

} // namespace

awaitable<net::stream_outcome> reach_server(client_options options, std::string host)
{
    const client_options::impl& o = options.get();
    if (o.proxy_command.empty() && o.jumps.empty()) {
        auto dialling = net::dial_tcp(host, std::to_string(o.port), o.dial);
        net::stream_outcome reached = co_await std::move(dialling);
        co_return std::move(reached);
    }
    failure why;
    std::unique_ptr<byte_stream> way;
    try {
        if (!o.proxy_command.empty() && o.proxy_passes_socket) {
            auto passing = connect_by_program(child_command::shell("exec " + o.proxy_command));
            way = co_await std::move(passing);
        } else if (!o.proxy_command.empty()) {
            const executor here = co_await asio::this_coro::executor;
            way = start_program(here, child_command::shell("exec " + o.proxy_command));
        } else {
            auto jumping = through_jumps(options, host);
            way = co_await std::move(jumping);
        }
    } catch (const error& e) {
        why = e.why();
    } catch (const boost::system::system_error& e) {
        why = failure(e.code());
    }
    if (why && !o.jumps.empty())
        why = why.with_context("jump host " + why.context());
    if (why)
        co_return why;
    co_return std::move(way);
}

} // namespace sshoal::client
