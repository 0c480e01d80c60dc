// SFTP as the peers' drivers do it: one big file, or a directory of small ones, each way; the time counts from the open session
// on.
#include "peer.hpp"

#include <sshoal/sftp.hpp>

#include <cstdio>

namespace peer {

using namespace sshoal;

awaitable<void> sftp_transfer(const arguments& a, std::string op)
{
    const client_options o = options_of(a);
    connection c = co_await connect(a.text("host", "127.0.0.1"), o);
    sftp::client s = co_await c.open_sftp();
    const bool many = op.ends_with("many");
    sftp::transfer_options how;
    how.recursive(many).files_at_once(a.number("files", 64));
    const std::string remote = a.text("remote"), local = a.text("local");
    const auto start = std::chrono::steady_clock::now();
    // A directory goes to where it is named, not into it.
    auto moving = op.starts_with("sftp-get") ? s.get(many ? remote + "/." : remote, local, how)
                                             : s.put(many ? local + "/." : local, remote, how);
    const transfer_result r = co_await std::move(moving);
    for (const auto& [path, why] : r.skipped)
        std::fprintf(stderr, "%s: %s\n", path.c_str(), why.message().c_str());
    std::printf("{\"bytes\": %llu, \"n\": %llu, \"secs\": %.6f}\n", static_cast<unsigned long long>(r.bytes),
                static_cast<unsigned long long>(r.files), seconds_since(start));
    c.close();
}

} // namespace peer
