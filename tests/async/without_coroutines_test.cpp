// The lines of docs/without-coroutines.md: futures, callbacks and deferred operations.
#include "ends.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <thread>

using namespace rig;

namespace {

/// An io_context with a server and a client on a thread of its own.
class beside_the_program {
public:
    beside_the_program() : work_(asio::make_work_guard(context)), thread_([this] { context.run(); }) {}
    beside_the_program(const beside_the_program&) = delete;
    ~beside_the_program()
    {
        work_.reset();
        context.stop();
        thread_.join();
    }

    /// Returns: the client's end of a connection to a server that echoes.
    std::unique_ptr<byte_stream> server()
    {
        auto streams = make_memory_streams(context.get_executor(), context.get_executor());
        spawn(context, serve_echo(std::move(streams.second)), [](std::exception_ptr) {});
        return std::move(streams.first);
    }

    asio::io_context context;

private:
    static awaitable<void> serve_echo(std::unique_ptr<byte_stream> stream)
    {
        server_connection c = co_await accept(std::move(stream), server_setup());
        serve(c, echo);
        co_await c.until_closed();
    }

    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

} // namespace

TEST_CASE("without coroutines: futures, on a thread that blocks")
{
    beside_the_program b;
    auto connecting = asio::co_spawn(b.context, connect(b.server(), "memory", client_setup()), asio::use_future);
    connection c = connecting.get();
    auto running = asio::co_spawn(c.get_executor(), c.run("cat", run_options().input("hello")), asio::use_future);
    CHECK(running.get().out == "hello");

    auto refused = asio::co_spawn(b.context, connect(b.server(), "memory", keyless_setup()), asio::use_future);
    CHECK_THROWS_AS(refused.get(), error);
    c.close();
}

TEST_CASE("without coroutines: callbacks, and operations that are started later")
{
    beside_the_program b;
    auto connecting = asio::co_spawn(b.context, connect(b.server(), "memory", client_setup()), asio::use_future);
    connection c = connecting.get();
    std::promise<std::string> first, second;
    asio::co_spawn(c.get_executor(), c.run("cat", run_options().input("called back")),
                   [&](std::exception_ptr e, run_result r) { first.set_value(e ? "an error" : r.out); });
    CHECK(first.get_future().get() == "called back");
    auto later = asio::co_spawn(c.get_executor(), c.run("cat", run_options().input("later")), asio::deferred);
    std::move(later)([&](std::exception_ptr e, run_result r) { second.set_value(e ? "an error" : r.out); });
    CHECK(second.get_future().get() == "later");
    c.close();
}
