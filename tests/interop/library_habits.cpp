// interop-library-habits PORT USER KEY WHAT - what a program that uses the library asks of OpenSSH's server, one thing a run:
//
//     in-turn N     runs `true` N times on one connection, each when the last is over
//     long          a command as long as a message may be, one byte more, and another after that
//     ignored       SSH_MSG_IGNORE of every size, also while keys change
//     one-way       other algorithms in each direction, and an identification string of our own
//     pool N        runs `echo` N times at once in a pool of at most four connections, ten sessions each until sshd refuses one
//     serve         the same as a server, for one client of OpenSSH; KEY is the host key
//
// Prints what came of it. Status 0 where nothing was refused that should not have been.
#include <sshoal/client.hpp>
#include <sshoal/connection_pool.hpp>
#include <sshoal/listener.hpp>
#include <sshoal/task.hpp>

#include <boost/asio/this_coro.hpp>

#include <iostream>

namespace {

using namespace sshoal;

awaitable<int> in_turn(connection c, unsigned n)
{
    for (unsigned i = 0; i < n; ++i) {
        const run_result done = co_await c.run("true");
        if (!done.ok()) {
            std::cout << "run " << i << ": " << done.exit.describe() << '\n';
            co_return 1;
        }
    }
    std::cout << n << " runs\n";
    co_return 0;
}

awaitable<void> run_pooled(connection_pool pool, login_target to, unsigned n, unsigned& right)
{
    auto running = pool.exec(to, "echo " + std::to_string(n));
    const run_result done = co_await std::move(running);
    right += done.out == std::to_string(n) + "\n" ? 1 : 0;
}

awaitable<int> pooled_runs(login_target to, client_options options, unsigned n)
{
    const executor here = co_await asio::this_coro::executor;
    connection_pool pool(here, std::move(options), pool_options().max_connections(4));
    unsigned right = 0;
    task_group all(here);
    for (unsigned i = 0; i < n; ++i)
        all.start(run_pooled(pool, to, i, right));
    co_await all.join();
    std::cout << right << " runs on " << pool.count().connections << " connections\n";
    co_return right == n && pool.count().sessions == 0 ? 0 : 1;
}

awaitable<failure> failure_of(awaitable<run_result> running)
{
    try {
        const run_result done = co_await std::move(running);
        if (!done.ok())
            co_return failure(errc::request_refused, done.exit.describe() + " " + done.err);
    } catch (const error& e) {
        co_return failure(e.code(), e.context());
    }
    co_return failure();
}

/// `true` and a comment, so that the whole request has `size` bytes.
std::string command_of(std::size_t size)
{
    // number, recipient, "exec" and the command with their lengths, whether a reply is wanted
    constexpr std::size_t fields = 1 + 4 + 4 + 4 + 1 + 4;
    std::string command = "true #";
    command.resize(size - fields, 'x');
    return command;
}

awaitable<int> too_long(connection c)
{
    const std::size_t most = limits().max_message;
    // The remote shell takes no argument of that size; what counts is that the server takes the message.
    const failure at_limit = co_await failure_of(c.run(command_of(most)));
    const failure above = co_await failure_of(c.run(command_of(most + 1)));
    const failure after = co_await failure_of(c.run("true"));
    std::cout << "at the limit: " << at_limit << "\nabove: " << above << "\nafter: " << after << '\n';
    const bool taken = !at_limit || at_limit.code() == errc::request_refused;
    co_return taken && above.code() == errc::message_too_long && !after ? 0 : 1;
}

awaitable<void> ignored_meanwhile(connection c, std::size_t size)
{
    c.send_ignore(size);
    co_return;
}

awaitable<int> ignored(connection c)
{
    const std::size_t most = limits().max_message - 5; // number and length
    for (const std::size_t size : {std::size_t(0), std::size_t(1), std::size_t(30'000), std::size_t(100'000), most}) {
        c.send_ignore(size);
        task_group both(c.get_executor());
        both.start(c.rekey());
        both.start(ignored_meanwhile(c, size)); // starts when our KEXINIT is out
        co_await both.join();
        c.send_ignore(1);
        const run_result done = co_await c.run("true");
        if (!done.ok())
            co_return 1;
    }
    std::cout << c.stats().key_exchanges << " key exchanges\n";
    co_return 0;
}

constexpr direction up = direction::client_to_server, down = direction::server_to_client;

/// Algorithms that differ between the directions in each slot.
algorithms one_way()
{
    algorithms a;
    a.ciphers(up, "aes192-ctr").macs(up, "hmac-sha2-512").compression(up, "zlib@openssh.com");
    a.ciphers(down, "aes256-ctr").macs(down, "hmac-sha2-256-etm@openssh.com").compression(down, "none");
    return a;
}

std::string described(const negotiated& n)
{
    return "out " + n.cipher_out + " " + n.mac_out + " " + n.compression_out + ", in " + n.cipher_in + " " + n.mac_in + " "
           + n.compression_in;
}

awaitable<int> with_one_way(connection c)
{
    const std::string much(1'000'000, 'x');
    for (int i = 0; i < 2; ++i) {
        run_result echoed = co_await c.run("cat", run_options().input(much));
        if (!echoed.ok() || echoed.out != much)
            co_return 1;
        co_await c.rekey();
    }
    std::cout << described(c.info().algorithms) << '\n';
    co_return 0;
}

awaitable<auth_decision> let_in(auth_request) { co_return auth_decision::accept(); }

awaitable<int> serve_one(std::uint16_t port, private_key key)
{
    const executor ex = co_await boost::asio::this_coro::executor;
    server_options options;
    options.host_key(std::move(key)).authenticator(let_in).algorithms(one_way());
    options.software("sshoal_habits", "as a server - in tests");
    listener l(ex, listen_address("127.0.0.1", port), options);
    server_connection c = co_await l.accept();
    std::optional<session_request> asked = co_await c.next_session();
    if (!asked)
        co_return 1;
    server_session s = asked->accept();
    std::vector<std::byte> piece(32'768);
    while (const std::size_t n = co_await s.read_some(piece)) {
        const std::span<const std::byte> got = std::span(piece).first(n);
        co_await s.write(got);
    }
    co_await s.exit(0);
    std::cout << described(c.info().algorithms) << '\n';
    co_await c.wait_closed();
    co_return 0;
}

awaitable<int> work(char** argv)
{
    auto key = private_key::load(argv[3]);
    if (!key)
        throw error(key.error());
    const auto port = std::uint16_t(std::stoi(argv[1]));
    const std::string what = argv[4];
    int status = 0;
    if (what == "serve") {
        status = co_await serve_one(port, std::move(*key));
        co_return status;
    }
    client_options options;
    options.user(argv[2]).port(port).key(std::move(*key)).verifier(trust_any_host_key_insecurely());
    if (what == "one-way")
        options.algorithms(one_way()).software("sshoal_habits", "as a client - in tests");
    if (what == "pool") {
        login_target to;
        to.host = "127.0.0.1";
        status = co_await pooled_runs(to, options, unsigned(std::stoul(argv[5])));
        co_return status;
    }
    connection c = co_await connect("127.0.0.1", options);
    if (what == "in-turn")
        status = co_await in_turn(c, unsigned(std::stoul(argv[5])));
    else if (what == "ignored")
        status = co_await ignored(c);
    else if (what == "one-way")
        status = co_await with_one_way(c);
    else
        status = co_await too_long(c);
    co_return status;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        if (argc < 5)
            throw std::runtime_error("four arguments are needed");
        return sshoal::run([&] { return work(argv); });
    } catch (const std::exception& e) {
        std::cerr << "interop-library-habits: " << e.what() << '\n';
        return 1;
    }
}
