// sshoal-sftp - moves files by SFTP, with the command line and the commands of OpenSSH's sftp(1).
#include "remote_session.hpp"
#include "sftp_command_line.hpp"
#include "sftp_shell.hpp"
#include "sftp_state.hpp"

#include "../config_error.hpp"
#include "../option_scanner.hpp"

#include <clocale>
#include <csignal>
#include <iostream>

namespace {

using namespace programs;

sshoal::awaitable<int> work(const sftp_command_line& line, children& keep)
{
    auto opening = open_remote(line.remote, line.place, keep);
    std::shared_ptr<remote_session> session = co_await std::move(opening);
    if (!line.quiet)
        complain(line.remote.server ? "Attached to " + *line.remote.server + '.' : "Connected to " + line.place.host + '.');
    const int status = co_await run_sftp_shell(session, line);
    session->sftp.close();
    if (session->own)
        session->own->connection.disconnect(sshoal::disconnect_reason::by_application, "disconnected by user");
    co_return status;
}

int run_sftp(const sftp_command_line& line)
{
    children keep;
    try {
        return sshoal::run([&] { return work(line, keep); });
    } catch (const usage_error& e) {
        complain(e.what());
    } catch (const config_error& e) {
        complain(e.what());
    } catch (const std::exception& e) {
        complain(std::string("sftp: ") + e.what());
        complain("Connection closed");
    }
    return 255;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    std::setlocale(LC_CTYPE, "");
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    try {
        return run_sftp(parse_sftp_command_line({argv + 1, argv + argc}));
    } catch (const usage_error& e) {
        if (*e.what() != '\0')
            complain(e.what());
        std::cerr << sftp_usage();
    }
    return 1;
}
