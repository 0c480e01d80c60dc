#include "peer.hpp"

#include <sshoal/authorized_keys.hpp>

#include <cstdio>

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

awaitable<void> serve(server_connection c)
{
    try {
        while (auto request = co_await c.next_session())
            spawn(c, serve_session(std::move(*request)));
    } catch (const error&) {
    }
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
    listener l(ex, {a.text("host", "127.0.0.1"), std::uint16_t(a.number("port", 0))}, options);
    std::printf("READY %u\n", unsigned(l.port()));
    std::fflush(stdout);
    for (;;) {
        auto c = co_await l.accept();
        spawn(c, serve(c));
    }
}

} // namespace peer
