#include "peer.hpp"

#include <sshoal/authorized_keys.hpp>
#include <sshoal/forward_server.hpp>
#include <sshoal/local_file_system.hpp>
#include <sshoal/sftp_server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstdio>
#include <thread>

namespace peer {
namespace {

using namespace sshoal;

// One block for all sessions: what is sent does not matter, and what is received is not looked at.
std::array<std::byte, 256 * 1024> shared_block;

awaitable<void> serve_session(session_request request)
{
    server_session s = request.accept();
    const std::string& what = request.command;
    try {
        if (what.starts_with("gen ")) {
            std::size_t left = std::stoull(what.substr(4));
            while (left > 0) {
                const std::size_t n = std::min(left, shared_block.size());
                co_await s.write(std::span<const std::byte>(shared_block).first(n));
                left -= n;
            }
        } else if (what == "sink") {
            while (co_await s.read_some(shared_block) > 0) {
            }
        } else if (what == "echo") {
            // The block is free between two suspensions only, so each session brings its own few bytes.
            std::array<std::byte, 256> own;
            while (const std::size_t n = co_await s.read_some(own))
                co_await s.write(std::span<const std::byte>(own).first(n));
        } else if (what != "true") {
            co_await s.exit(127);
            co_return;
        }
        co_await s.exit(0);
    } catch (const error&) {
        // the client went away
    }
}

awaitable<void> serve(server_connection c, std::shared_ptr<sftp::file_system> files, bool forwards)
{
    try {
        forward::forwarding ports;
        if (forwards)
            ports = forward::serve(c, forward::serve_options().streams(forward::options().max_streams(0)));
        while (auto request = co_await c.next_session()) {
            const bool is_sftp = request->what == session_request::kind::subsystem && request->command == "sftp";
            spawn(c, is_sftp ? sftp::serve(request->accept(), files) : serve_session(std::move(*request)));
        }
    } catch (const error&) {
    }
}

} // namespace

namespace {

awaitable<void> accept_all(listener l, std::shared_ptr<sftp::file_system> files, bool forwards)
{
    for (;;) {
        auto c = co_await l.accept();
        spawn(c, serve(c, files, forwards));
    }
}

/// One more thread with an io_context of its own, for as long as the program runs.
void serve_on_thread(listen_address at, server_options options, std::shared_ptr<sftp::file_system> files, bool forwards)
{
    std::thread([at, options, files, forwards] {
        asio::io_context ctx(1);
        spawn(ctx, accept_all(listener(ctx, at, options), files, forwards));
        ctx.run();
    }).detach();
}

} // namespace

awaitable<void> server(const arguments& a, executor ex)
{
    authorized_keys keys;
    if (auto loaded = keys.load(a.text("authkeys")); !loaded)
        throw error(loaded.error());
    std::vector<public_key> allowed;
    for (const auto& entry : keys.entries())
        allowed.push_back(entry.key);
    sshoal::limits limits;
    limits.login_timeout = std::chrono::seconds(0);
    server_options options;
    options.host_key_file(a.text("hostkey")).authenticator(authenticate_keys(allowed)).algorithms(a.algorithms()).limits(limits);
    options.max_startups(100000, 0, 100001).max_sessions(100000).auth_failure_delay(std::chrono::milliseconds(0));
    if (const std::size_t n = a.number("work-threads", 0); n > 0)
        options.work_executor((new asio::thread_pool(n))->get_executor()); // is there until the program is killed
    const bool forwards = a.number("forward", std::getenv("SSHOAL_PEER_FORWARD") != nullptr ? 1 : 0) != 0;
    if (forwards)
        forward::declare(options);
    const std::size_t threads = a.number("threads", 1);
    listen_address at(a.text("host", "127.0.0.1"), std::uint16_t(a.number("port", 0)));
    at.reuse_port(threads > 1);
    const std::shared_ptr<sftp::file_system> files = sftp::make_local_file_system();
    listener l(ex, at, options);
    at = listen_address(at.host(), l.port()).reuse_port(threads > 1);
    for (std::size_t i = 1; i < threads; ++i)
        serve_on_thread(at, options, files, forwards);
    std::printf("READY %u\n", unsigned(l.port()));
    std::fflush(stdout);
    co_await accept_all(std::move(l), std::move(files), forwards);
}

} // namespace peer
