// Opening a session over a connection's subsystem or command, or over any stream.

#include "base/access.hpp"
#include "sftp/client/handles.hpp"
#include "sftp/protocol/symlink_order.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace sshoal::sftp {
namespace {

awaitable<client> greeted(std::unique_ptr<stream_io> over, client_options options, bool link_first)
{
    auto core = client_core::make(std::move(over), std::move(options));
    // From here on the handle ends the session, however this coroutine ends.
    auto handle = std::make_shared<client_handle>(core);
    core->has_link_first = link_first;
    auto greeting = on_session(*core, client_core::greet(core));
    co_await std::move(greeting);
    co_return detail::access::make<client>(std::move(handle));
}

constexpr std::size_t most_errors = 500; ///< bytes of stderr that are kept for an error message

/// Reads the stderr of a server program as long as it runs, so that the program never waits for a reader.
awaitable<void> listen_to_errors(process server, std::shared_ptr<std::string> into)
{
    char some[512];
    for (;;) {
        error_code ec;
        const std::size_t n = co_await server.err().read_some(std::as_writable_bytes(std::span(some)), ec);
        if (ec || n == 0)
            co_return;
        into->append(some, std::min(n, most_errors - std::min(most_errors, into->size())));
    }
}

} // namespace

awaitable<client> open(connection over, client_options options)
{
    if (!over)
        throw error(failure(errc::invalid_argument, "an empty connection"));
    auto starting = options.command().empty() ? over.start_subsystem(options.subsystem()) : over.start(options.command());
    process server = co_await std::move(starting);
    const bool link_first = sftp_protocol::has_link_first(over.info().peer_identification);
    auto errors = std::make_shared<std::string>();
    spawn(server.get_executor(), listen_to_errors(server, errors), [](std::exception_ptr) {});
    failure why;
    try {
        auto beginning = greeted(make_session_stream(server.io()), std::move(options), link_first);
        client c = co_await std::move(beginning);
        co_return c;
    } catch (const error& e) {
        why = e.why();
    }
    if (!errors->empty() && why.code() != asio::error::operation_aborted)
        why = why.with_context(why.context() + " (stderr: " + printable(*errors, 4 * most_errors) + ')');
    throw error(why);
}

awaitable<client> open(std::unique_ptr<byte_stream> over, client_options options)
{
    executor here = co_await asio::this_coro::executor;
    auto beginning = greeted(make_stream_io(std::move(over), here), std::move(options), false);
    client c = co_await std::move(beginning);
    co_return c;
}

} // namespace sshoal::sftp

namespace sshoal {

awaitable<sftp::client> connection::open_sftp() { return sftp::open(*this, sftp::client_options()); }
awaitable<sftp::client> connection::open_sftp(const sftp::client_options& options) { return sftp::open(*this, options); }

} // namespace sshoal
