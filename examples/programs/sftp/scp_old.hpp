// scp_old.hpp - copies by the old protocol (scp -O): with `scp -t` or `scp -f` at the server, or as one of these.
#pragma once

#include "progress_meter.hpp"
#include "remote_session.hpp"
#include "scp_command_line.hpp"

#include <sshoal/scp.hpp>

#include <map>
#include <string>
#include <vector>

namespace programs {

class scp_old {
public:
    scp_old(const scp_command_line& line, children& keep, progress_meter* meter)
        : line_(line)
        , keep_(keep)
        , meter_(meter)
    {
    }

    static sshoal::awaitable<sshoal::transfer_result> send(scp_old& self, std::vector<std::string> paths);
    static sshoal::awaitable<sshoal::transfer_result> receive(scp_old& self, copy_place source);
    /// Two servers, with this machine between them: what one says goes to the other, unread.
    static sshoal::awaitable<sshoal::transfer_result> between(scp_old& self, copy_place source);

private:
    static sshoal::awaitable<sshoal::connection> connection_to(scp_old& self, remote_place place, bool second);
    /// A stream to a command at the server, and where it is over a connection of ours, the process.
    struct started {
        std::unique_ptr<sshoal::byte_stream> stream;
        sshoal::process process;
    };
    static sshoal::awaitable<started> start(scp_old& self, remote_place place, std::string command, bool second);
    std::string command(const char* direction, const std::string& path) const;
    sshoal::scp::options options() const;

    const scp_command_line& line_;
    children& keep_;
    progress_meter* meter_;
    std::map<std::string, logged_in> connections_;
};

/// Serves what another scp asks for on standard input and output. Returns: the exit status.
sshoal::awaitable<int> serve_scp(std::string command);

} // namespace programs
