// upload_with_progress USER@HOST:PORT LOCAL REMOTE - uploads a file by SFTP; cut off, it leaves nothing under the final name.
#include "target.hpp"

#include <sshoal/sftp.hpp>

#include <cstdio>
#include <iostream>

namespace {

void draw(const sshoal::transfer_progress& p)
{
    constexpr int width = 40;
    const int full = p.size > 0 ? int(p.bytes * width / p.size) : width;
    std::printf("\r[%-*s] %3d%% %8.1f MB/s", width, std::string(std::size_t(full), '#').c_str(), full * 100 / width,
                p.rate() / 1e6);
    if (p.done)
        std::printf("\n");
    std::fflush(stdout);
}

sshoal::awaitable<void> upload(target to, std::string local, std::string remote)
{
    auto options = to.options();
    sshoal::connection connection = co_await sshoal::connect(to.host(), options);
    sshoal::sftp::client sftp = co_await connection.open_sftp();
    auto how = sshoal::sftp::transfer_options().by_rename().progress(draw);
    const sshoal::transfer_result sent = co_await sftp.put(local, remote, how);
    std::cout << sent.bytes << " bytes sent\n";
}


} // namespace

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::cerr << "usage: upload_with_progress USER@HOST:PORT LOCAL REMOTE\n";
        return 2;
    }
    try {
        sshoal::run([&] { return upload(target(argv[1]), argv[2], argv[3]); });
    } catch (const std::exception& e) {
        std::cerr << "upload_with_progress: " << e.what() << '\n';
        return 1;
    }
}
