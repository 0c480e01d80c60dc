// stream_command USER@HOST[:PORT] COMMAND - passes on what a command writes while it writes it, however much that is:
//
//     stream_command alice@example.org 'tar cz /etc' > etc.tar.gz
//
// The flow control of SSH reaches through: while our stdout is slow, the program at the server waits.
#include "target.hpp"

#include <sshoal/task.hpp>

#include <cstdio>
#include <iostream>

using namespace sshoal;

namespace {

awaitable<void> copy(process_output from, std::FILE* to)
{
    std::vector<std::byte> buffer(64 * 1024);
    while (std::size_t n = co_await from.read_some(buffer)) // 0 at end of file
        if (std::fwrite(buffer.data(), 1, n, to) != n)
            throw std::runtime_error("cannot write to our own output");
    std::fflush(to);
}

awaitable<int> stream_command(target where, std::string command)
{
    connection conn = co_await connect(where.host(), where.options());
    process p = co_await conn.start(command);
    co_await p.in().send_eof(); // the program gets no input

    // Both streams are read side by side: a program that is stuck on a full stderr would never end its stdout.
    task_group both(conn.get_executor());
    both.start(copy(p.out(), stdout));
    both.start(copy(p.err(), stderr));
    co_await both.join();

    exit_info exit = co_await p.wait();
    if (!exit.ok())
        std::cerr << "stream_command: " << exit.describe() << '\n';
    co_return exit.status ? int(*exit.status) : 255;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: stream_command USER@HOST[:PORT] COMMAND\n";
        return 2;
    }
    int status = 255;
    try {
        run([&]() -> awaitable<void> { status = co_await stream_command(target(argv[1]), argv[2]); });
    } catch (const std::exception& e) {
        std::cerr << "stream_command: " << e.what() << '\n';
    }
    return status;
}
