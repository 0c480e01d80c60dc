// scp_copy put USER@HOST LOCAL REMOTE, scp_copy get USER@HOST REMOTE LOCAL - copies files and trees by the old protocol of scp,
// for servers without SFTP. In the remote path of get, * and ? stand for names.
#include <sshoal/client.hpp>
#include <sshoal/scp.hpp>

#include <iostream>

using namespace sshoal;

void tell(const transfer_progress& p)
{
    if (p.done)
        std::cout << printable(p.path) << ", " << p.bytes << " bytes" << std::endl;
}

awaitable<int> copy(bool up, login_target host, std::string from, std::string to)
{
    auto options = client_options().known_hosts_default().identities({});
    connection c = co_await connect(host, options);
    auto how = scp::options().recursive().preserve().progress(tell);
    auto moving = up ? scp::send(c, {from}, to, how) : scp::receive(c, from, to, how);
    const transfer_result moved = co_await std::move(moving);
    for (const auto& [path, why] : moved.skipped)
        std::cerr << printable(path) << ": " << why << '\n';
    co_return moved.skipped.empty() ? 0 : 1;
}

int main(int argc, char** argv)
try {
    const std::string what = argc == 5 ? argv[1] : "";
    if (what != "put" && what != "get")
        return std::cerr << "usage: scp_copy put USER@HOST LOCAL REMOTE | get USER@HOST REMOTE LOCAL\n", 2;
    return run([&] { return copy(what == "put", parse_target(argv[2]).value(), argv[3], argv[4]); });
} catch (const std::exception& e) {
    return std::cerr << "scp_copy: " << e.what() << '\n', 1;
}
