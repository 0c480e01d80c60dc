#include "sshoal/sftp_server.hpp"

#include "sftp/server/session.hpp"
#include "sshoal/run_on.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>

namespace sshoal::sftp {
namespace {

constexpr std::size_t least_packet = 34000; // §3

permissions checked(const std::shared_ptr<file_system>& files, const serve_options& options)
{
    if (!files)
        throw error(failure(errc::invalid_argument, "no file system"));
    if (options.max_packet() < least_packet || options.max_packet() > sftp_protocol::most_packet_bytes)
        throw error(failure(errc::invalid_argument, "max_packet is not between 34000 and 262144"));
    if (options.max_parallel() == 0 || options.max_unread() == 0 || options.max_entries() == 0)
        throw error(failure(errc::invalid_argument, "max_parallel, max_unread or max_entries is 0"));
    return permissions::make(options, *files).value();
}

bool breaks_protocol(const failure& f) noexcept
{
    return f.code() == errc::malformed_message || f.code() == errc::packet_too_large || f.code() == errc::unexpected_message;
}

} // namespace

awaitable<void> serve(server_session served, std::shared_ptr<file_system> files, serve_options options)
{
    permissions allowed = checked(files, options);
    if (options.client().empty())
        options.client(served.client_identification());
    auto s = std::make_shared<session>(make_session_stream(served.io()), std::move(files), std::move(options), std::move(allowed),
                                       true);
    auto running = on_strand(s->stream().get_executor(), session::run(s));
    const failure why = co_await std::move(running);
    if (why.code() == asio::error::operation_aborted) {
        served.io().close();
        throw error(why);
    }
    if (!why || breaks_protocol(why)) {
        auto leaving = served.exit(why ? 1 : 0);
        co_await std::move(leaving);
    }
    if (why && !breaks_protocol(why))
        throw error(why);
}

awaitable<void> serve(std::unique_ptr<byte_stream> stream, std::shared_ptr<file_system> files, serve_options options)
{
    permissions allowed = checked(files, options);
    const executor here = co_await asio::this_coro::executor;
    auto s = std::make_shared<session>(make_stream_io(std::move(stream), here), std::move(files), std::move(options),
                                       std::move(allowed), false);
    auto running = on_strand(s->stream().get_executor(), session::run(s));
    const failure why = co_await std::move(running);
    s->stream().close();
    if (why)
        throw error(why);
}

} // namespace sshoal::sftp
