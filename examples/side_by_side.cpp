// side_by_side USER@HOST[:PORT] SECONDS COMMAND... - runs several commands at once over one connection. One that takes longer
// than the deadline is cancelled, and the others do not notice:
//
//     side_by_side alice@example.org 3 'sleep 1; echo one' 'sleep 2; echo two' 'sleep 100'
#include "target.hpp"

#include <sshoal/task.hpp>

#include <iostream>

using namespace sshoal;

namespace {

awaitable<void> run_one(connection conn, std::string command, std::chrono::seconds limit)
{
    std::string text;
    try {
        auto options = run_options().deadline(limit);
        run_result done = co_await conn.run(command, options);
        text = done.exit.describe() + "\n" + done.out + done.err;
    } catch (const error& e) { // errc::timed_out if the time was up; the text says what became of the command
        text = std::string(e.what()) + "\n";
    }
    std::cout << "--- " << command << ": " << text;
}

awaitable<void> run_all(target where, std::chrono::seconds limit, std::vector<std::string> commands)
{
    connection conn = co_await connect(where.host(), where.options());
    task_group all(conn.get_executor());
    for (std::string& command : commands)
        all.start(run_one(conn, std::move(command), limit));
    co_await all.join();
    const std::chrono::duration<double, std::milli> rtt = co_await conn.ping(); // the connection is as good as before
    std::cout << "--- round trip: " << rtt.count() << " ms\n";
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 4) {
        std::cerr << "usage: side_by_side USER@HOST[:PORT] SECONDS COMMAND...\n";
        return 2;
    }
    try {
        run([&] {
            return run_all(target(argv[1]), std::chrono::seconds(std::stoi(argv[2])),
                           std::vector<std::string>(argv + 3, argv + argc));
        });
    } catch (const std::exception& e) {
        std::cerr << "side_by_side: " << e.what() << '\n';
        return 255;
    }
}
