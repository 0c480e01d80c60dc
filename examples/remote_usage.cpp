// remote_usage USER@HOST FOLDER - shows by SFTP alone what takes the space in a folder of a server: the bytes below each entry,
// the largest first, and the free space.
#include <sshoal/client.hpp>
#include <sshoal/sftp.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>

using namespace sshoal;

awaitable<int> report(login_target host, std::string folder)
{
    auto options = client_options().known_hosts_default().identities({});
    connection c = co_await connect(host, options);
    sftp::client files = co_await c.open_sftp();
    std::map<std::string, std::uint64_t> sizes; // by the first name below the folder
    std::size_t unread = 0;
    for (sftp::walker walk = files.walk(folder); std::optional<sftp::walk_entry> e = co_await walk.next();) {
        const std::string below = e->path.substr(folder.size() + 1);
        sizes[below.substr(0, below.find('/'))] += e->entry.attrs.is_regular() ? e->entry.attrs.size.value_or(0) : 0;
        if (e->trouble) {
            std::cerr << printable(e->path) << ": " << e->trouble << '\n';
            ++unread;
        }
    }
    std::vector<std::pair<std::string, std::uint64_t>> sorted(sizes.begin(), sizes.end());
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    for (const auto& [name, bytes] : sorted)
        std::printf("%12.1f MiB  %s\n", double(bytes) / (1 << 20), printable(name).c_str());
    if (files.supports(sftp::extension::statvfs)) {
        const sftp::file_system_info space = co_await files.statvfs(folder);
        std::printf("%12.1f MiB  free\n", double(space.bytes_available()) / (1 << 20));
    }
    co_return unread == 0 ? 0 : 1;
}

int main(int argc, char** argv)
try {
    if (argc != 3)
        return std::cerr << "usage: remote_usage USER@HOST FOLDER\n", 2;
    return run([&] { return report(parse_target(argv[1]).value(), argv[2]); });
} catch (const std::exception& e) {
    return std::cerr << "remote_usage: " << e.what() << '\n', 1;
}
