// interop-library-habits PORT USER KEY WHAT - what a program that uses the library asks of OpenSSH's server, one thing a run:
//
//     in-turn N     runs `true` N times on one connection, each when the last is over
//     long          a command as long as a message may be, one byte more, and another after that
//
// Prints what came of it. Status 0 where nothing was refused that should not have been.
#include <sshoal/client.hpp>

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

awaitable<int> work(char** argv)
{
    auto key = private_key::load(argv[3]);
    if (!key)
        throw error(key.error());
    client_options options;
    options.user(argv[2]).port(std::uint16_t(std::stoi(argv[1]))).key(std::move(*key)).verifier(trust_any_host_key_insecurely());
    connection c = co_await connect("127.0.0.1", options);
    const std::string what = argv[4];
    int status = 0;
    if (what == "in-turn")
        status = co_await in_turn(c, unsigned(std::stoul(argv[5])));
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
