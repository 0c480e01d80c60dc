// quickstart_server.hpp - what the server of quickstart does for those who have logged in.
#pragma once

#include <sshoal/acceptor.hpp>
#include <sshoal/forward_server.hpp>
#include <sshoal/listener.hpp>
#include <sshoal/memory_file_system.hpp>
#include <sshoal/sftp_server.hpp>

#include <array>
#include <cctype>

namespace quickstart {

using namespace sshoal;

using files = std::shared_ptr<sftp::file_system>;

// The server's sessions: the subsystem "sftp" keeps files in memory, the command "shout" gives back its input in
// capitals, "count N" sends N bytes.
inline awaitable<void> serve_session(session_request request, files kept)
{
    server_session s = request.accept();
    if (request.what == session_request::kind::subsystem && request.command == "sftp") {
        co_await sftp::serve(s, kept);
        co_return;
    }
    std::array<std::byte, 4096> buffer;
    if (request.command == "shout") {
        while (std::size_t n = co_await s.read_some(buffer)) {
            std::string text(reinterpret_cast<const char*>(buffer.data()), n);
            for (char& c : text)
                c = char(std::toupper(static_cast<unsigned char>(c)));
            co_await s.write(text);
        }
    } else if (request.command.starts_with("count ")) {
        std::size_t left = std::stoul(request.command.substr(6));
        while (left > 0) {
            const std::size_t n = std::min(left, buffer.size());
            co_await s.write(std::span<const std::byte>(buffer).first(n));
            left -= n;
        }
    }
    co_await s.exit(0);
}

inline awaitable<void> serve(server_connection c, files kept)
{
    const forward::forwarding ports = forward::serve(c);
    while (auto request = co_await c.next_session())
        spawn(c, serve_session(std::move(*request), kept));
}

inline awaitable<void> greet_all(stream_acceptor door)
{
    const std::string text = "hello from behind the server";
    for (;;) {
        const std::unique_ptr<byte_stream> caller = co_await door.accept();
        error_code ignored;
        (void)caller->try_write(std::as_bytes(std::span(text)), ignored);
    }
}

// A service behind the server.
inline stream_acceptor greeter(const executor& ex)
{
    stream_acceptor door(ex, {"127.0.0.1", 0});
    spawn(ex, greet_all(door), [](std::exception_ptr) {}); // ends with its executor
    return door;
}

inline awaitable<void> accept_all(listener l)
{
    const files kept = sftp::make_memory_file_system();
    for (;;) {
        auto c = co_await l.accept();
        spawn(c, serve(c, kept));
    }
}

} // namespace quickstart
