// target.hpp - "USER@HOST:PORT", as the tutorials take it on their command lines. User and port may be left out.
#pragma once

#include <sshoal/client.hpp>

#include <cstdint>
#include <string>

class target {
public:
    explicit target(std::string text)
    {
        if (const auto at = text.rfind('@'); at != std::string::npos) {
            user_ = text.substr(0, at);
            text.erase(0, at + 1);
        }
        if (const auto colon = text.find(':'); colon != std::string::npos && text.find(':', colon + 1) == std::string::npos) {
            port_ = std::uint16_t(std::stoul(text.substr(colon + 1)));
            text.erase(colon);
        }
        host_ = text;
    }

    const std::string& host() const { return host_; }
    std::uint16_t port() const { return port_; }

    /// Logs in with the keys of the agent and of ~/.ssh, to a server that ~/.ssh/known_hosts knows.
    sshoal::client_options options() const
    {
        auto o = sshoal::client_options().port(port_).known_hosts_default().agent().identity_default();
        if (!user_.empty())
            o.user(user_);
        return o;
    }

private:
    std::string user_, host_;
    std::uint16_t port_ = 22;
};
