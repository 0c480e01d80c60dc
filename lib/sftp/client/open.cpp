// How a session begins: over a connection's subsystem or command, or over any stream.

#include "sftp/client/handles.hpp"
#include "sftp/protocol/symlink_order.hpp"

#include <boost/asio/this_coro.hpp>

namespace sshoal::sftp {
namespace {

awaitable<client> greeted(std::unique_ptr<link> over, client_options options, bool link_first)
{
    auto core = std::make_shared<client_core>(std::move(over), std::move(options));
    // From here on dropping the handle ends the session, however this coroutine ends.
    auto handle = std::make_shared<client_handle>(core);
    core->has_link_first = link_first;
    auto greeting = there(*core, client_core::greet(core));
    co_await std::move(greeting);
    co_return client(std::move(handle));
}

} // namespace

awaitable<client> open(connection over, client_options options)
{
    if (!over)
        throw error(failure(errc::invalid_argument, "an empty connection"));
    process_options quiet;
    quiet.discard_stderr();
    auto starting = options.command().empty() ? over.start_subsystem(options.subsystem(), quiet)
                                              : over.start(options.command(), quiet);
    process server = co_await std::move(starting);
    const bool link_first = sftp_protocol::has_link_first(over.info().peer_identification);
    auto beginning = greeted(make_link(server.io()), std::move(options), link_first);
    client c = co_await std::move(beginning);
    co_return c;
}

awaitable<client> open(std::unique_ptr<byte_stream> over, client_options options)
{
    executor here = co_await asio::this_coro::executor;
    auto beginning = greeted(make_link(std::move(over), here), std::move(options), false);
    client c = co_await std::move(beginning);
    co_return c;
}

} // namespace sshoal::sftp

namespace sshoal {

awaitable<sftp::client> connection::open_sftp() { return sftp::open(*this, sftp::client_options()); }
awaitable<sftp::client> connection::open_sftp(const sftp::client_options& options) { return sftp::open(*this, options); }

} // namespace sshoal
