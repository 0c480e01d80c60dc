// client_link.hpp - the stream to the server: TCP, or the program of ProxyCommand.
#pragma once

#include "client_config.hpp"

#include <sshoal/byte_stream.hpp>

#include <sys/types.h>

#include <chrono>

namespace programs {

/// A program of ours that may still run; told to end (SIGHUP) and reaped at the end.
class proxy_program {
public:
    proxy_program() noexcept = default;
    explicit proxy_program(::pid_t id) noexcept : id_(id) {}
    proxy_program(proxy_program&& other) noexcept : id_(other.id_) { other.id_ = -1; }
    proxy_program& operator=(proxy_program&&) = delete;
    ~proxy_program() { end(std::chrono::milliseconds(100)); }
    /// Waits for its end, which is hastened after this time. Returns: what waitpid() says, -1 where that is not known.
    int end(std::chrono::milliseconds patience) noexcept;

private:
    ::pid_t id_ = -1;
};

struct client_link {
    std::unique_ptr<sshoal::byte_stream> stream;
    std::unique_ptr<proxy_program> proxy;
};

sshoal::awaitable<sshoal::outcome<client_link>> reach_server(const client_config& c, std::string host);

} // namespace programs
