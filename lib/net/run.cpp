#include "net/strand.hpp"
#include "sshoal/error.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace sshoal {

void spawn(const executor& ex, awaitable<void> coroutine, spawn_handler ended)
{
    if (!ended)
        ended = [](std::exception_ptr) {};
    if (!ex)
        throw error(
            failure(errc::invalid_argument, "spawn() at an empty executor or handle; was it moved from in the same call?"));
    asio::co_spawn(net::strand_for(ex), std::move(coroutine), std::move(ended));
}

void spawn(const executor& ex, awaitable<void> coroutine)
{
    spawn(ex, std::move(coroutine), [](std::exception_ptr e) {
        if (e)
            std::rethrow_exception(e); // out of io_context::run(), where the program may catch it
    });
}

void spawn(asio::io_context& ctx, awaitable<void> coroutine) { spawn(executor(ctx.get_executor()), std::move(coroutine)); }
void spawn(asio::io_context& ctx, awaitable<void> coroutine, spawn_handler ended)
{
    spawn(executor(ctx.get_executor()), std::move(coroutine), std::move(ended));
}

void detail::run_to_end(awaitable<void> (*start)(void*, executor), void* function)
{
    asio::io_context ctx(1);
    const executor strand = net::strand_for(ctx.get_executor());
    std::exception_ptr thrown;
    asio::co_spawn(strand, start(function, strand), [&](std::exception_ptr e) {
        thrown = e;
        ctx.stop();
    });
    ctx.run();
    // Handles that have just gone may have messages, such as DISCONNECT, that are still to be written.
    ctx.restart();
    try {
        for (int i = 0; i < 64 && ctx.poll_one() > 0; ++i)
            ;
    } catch (...) {
        if (!thrown)
            thrown = std::current_exception();
    }
    if (thrown)
        std::rethrow_exception(thrown);
}

} // namespace sshoal
