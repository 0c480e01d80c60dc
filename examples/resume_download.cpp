// resume_download USER@HOST:PORT REMOTE LOCAL - downloads a file; where the connection is lost, goes on from there.
#include "target.hpp"

#include <sshoal/sftp.hpp>

#include <iostream>

namespace {

sshoal::awaitable<void> fetch(target from, std::string remote, std::string local)
{
    auto options = from.options();
    auto how = sshoal::sftp::transfer_options().resume();
    for (int attempt = 1;; ++attempt) {
        std::string trouble;
        try {
            sshoal::connection connection = co_await sshoal::connect(from.host(), options);
            sshoal::sftp::client sftp = co_await connection.open_sftp();
            const sshoal::transfer_result got = co_await sftp.get(remote, local, how);
            std::cout << got.bytes << " bytes in attempt " << attempt << '\n';
            co_return;
        } catch (const sshoal::error& e) {
            const bool is_lost = e.code() == sshoal::errc::connection_lost || e.code() == sshoal::errc::timed_out;
            if (!is_lost || attempt == 5)
                throw;
            trouble = e.what();
        }
        std::cerr << trouble << "; going on where it stopped\n";
    }
}


} // namespace

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::cerr << "usage: resume_download USER@HOST:PORT REMOTE LOCAL\n";
        return 2;
    }
    try {
        sshoal::run([&] { return fetch(target(argv[1]), argv[2], argv[3]); });
    } catch (const std::exception& e) {
        std::cerr << "resume_download: " << e.what() << '\n';
        return 1;
    }
}
