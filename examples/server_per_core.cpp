// server_per_core [PORT [THREADS]] - a server that uses all cores: one io_context per thread, each with a listener of its own on
// the same port. The kernel spreads the connections over them, and none is ever touched by two threads. A small pool does the
// arithmetic of log-ins, so that a storm of them does not hold up those who work. Ctrl-C ends it when the last session is over,
// after ten seconds at most.
//
//     ssh -p 2222 guest@127.0.0.1 hello       the password is printed
#include <sshoal/listener.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <iostream>
#include <thread>

using namespace sshoal;

namespace {

awaitable<void> answer(session_request request)
{
    server_session s = request.accept();
    try {
        co_await s.write(request.command + " from one of several threads\n");
        co_await s.exit(0);
    } catch (const error&) {
        // the client has gone, which is no reason to end the server
    }
}

awaitable<void> serve(server_connection c)
{
    while (auto request = co_await c.next_session())
        spawn(c, answer(std::move(*request)));
}

awaitable<void> accept_all(listener l)
{
    try {
        for (;;) {
            auto c = co_await l.accept();
            spawn(c, serve(c));
        }
    } catch (const error& e) {
        if (e.code() != errc::closed)
            std::cerr << e.what() << '\n';
    }
}

// One thread: its own io_context, listener and connections. run() returns when the last of them is gone.
struct core {
    core(const listen_address& at, const server_options& options) : door(ctx, at, options) { spawn(ctx, accept_all(door)); }
    asio::io_context ctx{1};
    listener door;
};

} // namespace

int main(int argc, char** argv)
{
    const unsigned threads = argc > 2 ? unsigned(std::stoul(argv[2])) : std::max(1u, std::thread::hardware_concurrency());
    const auto host_key = private_key::generate(key_type::ed25519).value(); // a real server keeps one in a file
    const std::string password = host_key.public_half().fingerprint().substr(7, 8);

    asio::thread_pool pool(std::max(1u, threads / 2)); // before the cores, and so there for as long as they are
    auto options = server_options().host_key(host_key).authenticator(authenticate_password("guest", password));
    options.work_executor(pool.get_executor());

    std::vector<std::unique_ptr<core>> cores;
    listen_address at("127.0.0.1", std::uint16_t(argc > 1 ? std::stoi(argv[1]) : 2222));
    for (unsigned i = 0; i < threads; ++i)
        cores.push_back(std::make_unique<core>(at.reuse_port(), options));
    std::cout << "user guest, password " << password << ", on " << cores[0]->door.local() << ", " << threads << " threads"
              << std::endl;

    asio::signal_set stop(cores[0]->ctx, SIGINT, SIGTERM);
    stop.async_wait([&](const boost::system::error_code&, int) {
        for (auto& c : cores)
            spawn(c->ctx, c->door.shutdown(std::chrono::seconds(10)));
    });
    std::vector<std::thread> running;
    for (auto& c : cores)
        running.emplace_back([&ctx = c->ctx] { ctx.run(); });
    for (std::thread& t : running)
        t.join();
}
