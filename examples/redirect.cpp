// redirect USER@HOST COMMAND INPUT OUTPUT - runs a command at the server with its input from a file here and its output to
// another, however large they are: redirect alice@example.org 'gzip -9' access.log access.log.gz
#include <sshoal/client.hpp>
#include <sshoal/task.hpp>

#include <fstream>
#include <iostream>

using namespace sshoal;

awaitable<void> feed(process_input to, std::ifstream& from)
{
    std::vector<char> buffer(64 * 1024);
    try {
        while (from.read(buffer.data(), std::streamsize(buffer.size())), from.gcount() > 0)
            co_await to.write(std::string_view(buffer.data(), std::size_t(from.gcount())));
        co_await to.send_eof();
    } catch (const error& e) {
        if (e.code() != errc::channel_closed) // the command has ended, and did not want all of its input
            throw;
    }
}

awaitable<void> save(process_output from, std::ostream& to)
{
    std::vector<char> buffer(64 * 1024);
    while (const std::size_t n = co_await from.read_some(buffer))
        if (!to.write(buffer.data(), std::streamsize(n)).flush())
            throw std::runtime_error("the output cannot be written");
}

awaitable<int> run_with_files(login_target host, std::string command, std::ifstream in, std::ofstream out)
{
    auto options = client_options().known_hosts_default().identities({});
    connection c = co_await connect(host, options);
    process p = co_await c.start(command);
    task_group all(c.get_executor()); // side by side: a command whose output is not read does not take its input
    all.start(feed(p.in(), in));
    all.start(save(p.out(), out));
    all.start(save(p.err(), std::cerr));
    co_await all.join();
    const exit_info end = co_await p.wait();
    if (!end.ok())
        std::cerr << "redirect: " << end.describe() << '\n';
    co_return end.code();
}

int main(int argc, char** argv)
try {
    if (argc != 5)
        return std::cerr << "usage: redirect USER@HOST COMMAND INPUT OUTPUT\n", 2;
    std::ifstream in(argv[3], std::ios::binary);
    if (!in)
        return std::cerr << "redirect: cannot read " << argv[3] << '\n', 1;
    std::ofstream out(argv[4], std::ios::binary);
    return run([&] { return run_with_files(parse_target(argv[1]).value(), argv[2], std::move(in), std::move(out)); });
} catch (const std::exception& e) {
    return std::cerr << "redirect: " << e.what() << '\n', 1;
}
