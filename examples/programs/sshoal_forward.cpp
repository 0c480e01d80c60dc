// sshoal-forward - keeps tunnels to many hosts: connections that are made anew when they are lost, and their ports.
#include "config_error.hpp"
#include "forward_daemon.hpp"
#include "option_scanner.hpp"
#include "program_log.hpp"

#include <iostream>

namespace {

constexpr const char* usage
    = "usage: sshoal-forward [-tv] [-F ssh_config] [-m address] [-r seconds] [-w seconds] [-f tunnels_file]\n"
      "\t[[-D [address:]port] [-L address] [-R address] [-o option] [user@]host[:port]] ...\n";

} // namespace

int main(int argc, char** argv)
try {
    programs::forward_call call = programs::parse_forward_call({argv + 1, argv + argc});
    programs::program_log::get().level(call.verbose ? programs::verbosity::debug1 : programs::verbosity::verbose);
    return sshoal::run([&]() -> sshoal::awaitable<int> {
        const sshoal::executor here = co_await sshoal::asio::this_coro::executor;
        programs::forward_daemon daemon(here, std::move(call));
        const int status = co_await daemon.run();
        co_return status;
    });
} catch (const programs::usage_error& e) {
    std::cerr << "sshoal-forward: " << e.what() << '\n' << usage;
    return 2;
} catch (const std::exception& e) {
    std::cerr << "sshoal-forward: " << e.what() << '\n';
    return 1;
}
