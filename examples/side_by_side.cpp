// side_by_side USER@HOST[:PORT] SECONDS COMMAND... - runs several commands at once over one connection. One that takes longer than the
// deadline is cancelled, at which the server ends it; the others do not notice:
//
//     side_by_side alice@example.org 3 'sleep 1; echo one' 'sleep 2; echo two' 'sleep 100'
#include "target.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include <iostream>

using namespace sshoal;
using namespace boost::asio::experimental::awaitable_operators;

namespace {

awaitable<std::string> result_of(connection conn, std::string command)
{
    std::string text;
    try {
        run_result done = co_await conn.run(command);
        text = done.exit.describe() + "\n" + done.out + done.err;
    } catch (const error& e) {
        text = std::string(e.what()) + "\n";
    }
    co_return text;
}

awaitable<void> sleep_for(std::chrono::seconds time)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

awaitable<void> run_one(connection conn, std::string command, std::chrono::seconds limit)
{
    // Whichever is first cancels the other (Asio's per-operation cancellation). Each operation's comment says what that does to it.
    auto race = result_of(conn, command) || sleep_for(limit);
    auto first = co_await std::move(race);
    std::cout << "--- " << command << ": " << (first.index() == 0 ? std::get<0>(first) : "took too long\n");
}

awaitable<void> run_all(target where, std::chrono::seconds limit, std::vector<std::string> commands)
{
    connection conn = co_await connect(where.host(), where.options());
    awaitable<void> all = run_one(conn, commands.front(), limit);
    for (std::size_t i = 1; i < commands.size(); ++i)
        all = std::move(all) && run_one(conn, commands[i], limit);
    co_await std::move(all);
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
            return run_all(target(argv[1]), std::chrono::seconds(std::stoi(argv[2])), std::vector<std::string>(argv + 3, argv + argc));
        });
    } catch (const std::exception& e) {
        std::cerr << "side_by_side: " << e.what() << '\n';
        return 255;
    }
}
