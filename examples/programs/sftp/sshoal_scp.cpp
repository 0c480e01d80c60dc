// sshoal-scp - copies files between machines by SFTP, or the old protocol of scp, with the command line of OpenSSH's scp(1).
#include "scp_copy.hpp"
#include "scp_old.hpp"
#include "sftp_output.hpp"

#include "../config_error.hpp"
#include "../option_scanner.hpp"

#include <clocale>
#include <csignal>
#include <iostream>

namespace {

using namespace programs;

sshoal::awaitable<int> work(const scp_command_line& line, children& keep)
{
    scp_copy copy(line, keep); // its sessions end before the program's loop does
    auto working = line.serves.empty() ? scp_copy::run(copy) : serve_scp(line.serves);
    const int status = co_await std::move(working);
    co_return status;
}

int run_scp(const scp_command_line& line)
{
    children keep;
    try {
        int status = sshoal::run([&] { return work(line, keep); });
        // In the old protocol the program at the server has the last word, which the one beside us hands on.
        if (line.old_protocol)
            for (const auto& end : keep)
                if (end.get().is_known() && !end.get().ok())
                    status = 1;
        return status;
    } catch (const usage_stop& e) {
        complain(std::string("scp: ") + e.what());
        return 1;
    } catch (const usage_error& e) {
        complain(std::string("scp: ") + e.what());
    } catch (const config_error& e) {
        complain(e.what());
    } catch (const std::exception& e) {
        complain(std::string("scp: ") + e.what());
    }
    return line.old_protocol || !line.serves.empty() ? 1 : 255;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    std::setlocale(LC_CTYPE, "");
    try {
        return run_scp(parse_scp_command_line({argv + 1, argv + argc}));
    } catch (const usage_error& e) {
        if (*e.what() != '\0')
            complain(e.what());
        std::cerr << scp_usage();
    }
    return 1;
}
