// target.hpp - "USER@HOST:PORT", as the tutorials take it on their command lines. User and port may be left out.
#pragma once

#include <sshoal/client.hpp>

#include <cstdint>
#include <string>

class target {
public:
    explicit target(const std::string& text) : to_(sshoal::parse_target(text).value()) {}

    const std::string& host() const { return to_.host; }
    std::uint16_t port() const { return to_.port == 0 ? 22 : to_.port; }

    /// Logs in with the keys of the agent and of ~/.ssh, to a server that ~/.ssh/known_hosts knows.
    sshoal::client_options options() const
    {
        auto o = sshoal::client_options().port(port()).known_hosts_default().agent().identity_default();
        if (!to_.user.empty())
            o.user(to_.user);
        return o;
    }

private:
    sshoal::login_target to_;
};
