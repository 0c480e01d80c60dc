// deploy LOCAL_TREE USER@HOST FOLDER - uploads a tree, makes its *.sh executable and runs install.sh there on a terminal. If that
// asks for a password, it gets $DEPLOY_PASSWORD.
#include <sshoal/client.hpp>
#include <sshoal/result_of.hpp>
#include <sshoal/sftp.hpp>

#include <cstdlib>
#include <iostream>

using namespace sshoal;

void show(const transfer_progress& p)
{
    std::cout << "\r" << p.files_done << " of " << p.files_found << " files, " << p.total_bytes << " bytes" << std::flush;
}

awaitable<int> deploy(std::string tree, login_target host, std::string folder)
{
    auto options = client_options().known_hosts_default().identities({});
    connection c = co_await connect(host, options);
    sftp::client files = co_await c.open_sftp();
    co_await files.create_directories(folder);
    auto how = sftp::transfer_options().recursive().by_rename().progress(show);
    const transfer_result sent = co_await files.put(tree + "/.", folder, how); // "/.": what is in the tree
    std::cout << '\n';
    for (const auto& [path, why] : sent.skipped)
        std::cerr << printable(path) << ": " << why << '\n';
    for (sftp::walker walk = files.walk(folder); std::optional<sftp::walk_entry> e = co_await walk.next();)
        if (e->path.ends_with(".sh"))
            co_await files.chmod(e->path, 0755);

    auto on_terminal = process_options().pty(terminal().without_echo());
    process p = co_await c.start("cd " + shell_quote(folder) + " && ./install.sh", on_terminal);
    const outcome<std::string> prompt = co_await result_of(p.out().read_until("assword: "));
    if (prompt) // else install.sh has ended without a question
        co_await p.in().write(std::string(std::getenv("DEPLOY_PASSWORD")) + "\n");
    const std::string rest = co_await p.out().read_all();
    const exit_info end = co_await p.wait();
    std::cout << (prompt ? *prompt : "") << rest << "install.sh: " << end.describe() << '\n';
    co_return sent.skipped.empty() ? end.code() : 1;
}

int main(int argc, char** argv)
try {
    if (argc != 4 || !std::getenv("DEPLOY_PASSWORD"))
        return std::cerr << "usage: DEPLOY_PASSWORD=... deploy LOCAL_TREE USER@HOST FOLDER\n", 2;
    return run([&] { return deploy(argv[1], parse_target(argv[2]).value(), argv[3]); });
} catch (const std::exception& e) {
    return std::cerr << "deploy: " << e.what() << '\n', 1;
}
