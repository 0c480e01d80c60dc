// mirror_directory USER@HOST:PORT REMOTE LOCAL - copies a directory from a server, 64 files at a time.
#include "target.hpp"

#include <sshoal/sftp.hpp>

#include <iostream>

namespace {

bool is_wanted(const std::string& below, const sshoal::sftp::attributes&) { return !below.ends_with(".tmp"); }

sshoal::awaitable<void> mirror(target from, std::string remote, std::string local)
{
    auto options = from.options();
    sshoal::connection connection = co_await sshoal::connect(from.host(), options);
    sshoal::sftp::client sftp = co_await connection.open_sftp();
    // "/." at the end: what is in the directory, not the directory itself.
    auto how = sshoal::sftp::transfer_options().recursive().preserve().files_at_once(64).filter(is_wanted);
    const sshoal::transfer_result got = co_await sftp.get(remote + "/.", local, how);
    std::cout << got.files << " files, " << got.directories << " directories, " << got.bytes << " bytes\n";
    for (const auto& [path, why] : got.skipped)
        std::cerr << sshoal::printable(path) << ": " << why.message() << '\n';
}


} // namespace

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::cerr << "usage: mirror_directory USER@HOST:PORT REMOTE LOCAL\n";
        return 2;
    }
    try {
        sshoal::run([&] { return mirror(target(argv[1]), argv[2], argv[3]); });
    } catch (const std::exception& e) {
        std::cerr << "mirror_directory: " << e.what() << '\n';
        return 1;
    }
}
