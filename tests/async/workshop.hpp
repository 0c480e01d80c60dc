// workshop.hpp - an executor that keeps its jobs until the test has them done: what a thread pool does, with nothing left to
// chance.
#pragma once

#include "rig.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <stdexcept>

namespace rig {

class workshop {
public:
    executor get() { return ctx_.get_executor(); }
    bool do_one()
    {
        ctx_.restart();
        return ctx_.poll_one() > 0;
    }
    std::size_t do_all()
    {
        ctx_.restart();
        return ctx_.poll();
    }

private:
    asio::io_context ctx_{1};
};

/// A thread for client and server, and a workshop beside it.
class scene {
public:
    executor strand() { return asio::make_strand(ctx); }
    template <class T>
    void start(awaitable<T> work)
    {
        ++running;
        asio::co_spawn(strand(), std::move(work), [this](std::exception_ptr e, auto&&...) { ended(e); });
    }
    /// Runs all that is ready here, and nothing in the workshop.
    void rest()
    {
        ctx.restart();
        while (ctx.poll() > 0) {
        }
    }
    /// One event here; where there is none, one job.
    bool step()
    {
        ctx.restart();
        return ctx.poll_one() > 0 || shop->do_one();
    }
    /// Until `done()`, with the jobs done as they come.
    template <class F>
    void work_until(F done)
    {
        run_until(done, true);
    }
    /// Until `done()`, with no job done.
    template <class F>
    void wait_until(F done)
    {
        run_until(done, false);
    }

    std::unique_ptr<workshop> shop = std::make_unique<workshop>(); ///< outlives ctx where both go as members
    asio::io_context ctx{1};
    int running = 0;
    std::vector<std::string> errors;

private:
    void ended(const std::exception_ptr& e)
    {
        --running;
        try {
            if (e)
                std::rethrow_exception(e);
        } catch (const std::exception& x) {
            errors.emplace_back(x.what());
        }
    }
    template <class F>
    void run_until(F done, bool with_jobs)
    {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(150);
        while (!done()) {
            if (std::chrono::steady_clock::now() > end)
                throw std::runtime_error("the test hangs");
            ctx.restart();
            if (ctx.poll() > 0 || (with_jobs && shop->do_all() > 0))
                continue;
            ctx.run_one_for(std::chrono::milliseconds(20)); // sockets and timers
        }
    }
};

/// Both ends hand over to this scene's workshop.
inline server_options handing_server(scene& s, server_options o = server_setup()) { return o.work_executor(s.shop->get()); }
inline client_options handing_client(scene& s, client_options o = client_setup()) { return o.work_executor(s.shop->get()); }

inline awaitable<void> meet_into(pair& p, server_options s, client_options c)
{
    p = co_await connected(std::move(s), std::move(c));
}

/// A program on the live link that echoes `n` messages, one after the other.
inline awaitable<void> echo_messages(connection c, int n, int& done)
{
    process p = co_await c.start("echo");
    std::vector<std::byte> message(64), back(64);
    for (int i = 0; i < n; ++i) {
        message[0] = std::byte(i);
        co_await p.in().write(message);
        const std::size_t got = co_await p.io().read(back);
        if (got != back.size() || back != message)
            throw std::runtime_error("not what was sent");
        ++done;
    }
    co_await p.in().send_eof();
    co_await p.wait();
}

} // namespace rig
