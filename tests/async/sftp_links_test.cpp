// SYMLINK with its two paths in either order, as clients differ (draft-ietf-secsh-filexfer-02 §6.10).

#include "sftp_rig.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

awaitable<void> link_from(std::string client, std::string first, std::string second)
{
    auto starting = sftp_client::begin(make_memory_file_system(), serve_options().client(std::move(client)));
    sftp_client c = co_await std::move(starting);
    packet p = request(type::symlink, c.next_id());
    p.string(first).string(second);
    sftp_reply r = co_await c.ask(std::move(p));
    CHECK(r.ok());
    r = co_await c.path_request(type::readlink, "link");
    CHECK(r.names().at(0).name == "target");
    c.hang_up();
    co_await c.end();
}

} // namespace

TEST_CASE("SFTP server: links of clients that name the target first, and of those that name the link first")
{
    for (const char* client : {"", "SSH-2.0-OpenSSH_9.2p1", "SSH-2.0-paramiko_2.12.0", "SSH-2.0-libssh2_1.10.0", "SSH-2.0-rclone/v1.60"})
        run_test([client] { return link_from(client, "target", "link"); });
    for (const char* client : {"SSH-2.0-AsyncSSH_2.10.1", "SSH-2.0-libssh_0.10.6", "SSH-2.0-WinSCP_release_6.1"})
        run_test([client] { return link_from(client, "link", "target"); });
}
