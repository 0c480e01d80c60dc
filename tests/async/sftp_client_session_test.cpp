// Our SFTP client: every extension, and how sessions begin over connections.
#include "sftp_peers.hpp"

#include "sshoal/local_file_system.hpp"

using namespace rig;
using namespace sshoal::sftp;

TEST_CASE("SFTP client: every extension, and what is said where a server has none")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        client c = co_await client_of(make_local_file_system(local_options().root(folder.path.string())));
        for (const std::string_view e : {extension::posix_rename, extension::statvfs, extension::fstatvfs, extension::hardlink,
                                         extension::fsync, extension::lsetstat, extension::limits, extension::expand_path,
                                         extension::copy_data, extension::home_directory, extension::users_groups_by_id})
            CHECK(c.supports(e));
        CHECK_FALSE(c.supports("nobody@example.com"));
        CHECK(c.extension_data(extension::statvfs) == "2");
        CHECK(c.extension_data("nobody@example.com").empty());
        CHECK(c.version() == 3);
        CHECK(c.limits().packet_length == 256 * 1024);
        CHECK(c.limits().read_length > 200'000);
        const file_system_info i = co_await c.statvfs("/");
        CHECK(i.blocks > 0);
        CHECK(i.name_max > 0);
        std::string text = co_await c.expand_path("~/x");
        CHECK(text.ends_with("/x"));
        text = co_await c.home_directory();
        CHECK(text.starts_with("/"));
        std::vector<std::uint32_t> ids{0, 4'000'000'000u};
        auto naming = c.names_of(ids, ids);
        const auto names = co_await std::move(naming);
        REQUIRE(names.first.size() == 2);
        CHECK(names.first[0] == "root");
        CHECK(names.first[1].empty());
        CHECK(names.second[0] == "root");
        co_await c.write_all("from", "0123456789");
        file from = co_await c.open("from");
        file to = co_await c.open("to", "w+");
        co_await c.copy_data(from, 2, 3, to, 1);
        text = co_await c.read_all("to");
        CHECK(text == std::string("\0" "234", 4));
        sshoal::bytes body;
        wire::writer(body).string("/").u32(0);
        const sshoal::bytes none = co_await c.extended("lsetstat@openssh.com", body);
        CHECK(none.empty());
        failure why = co_await failure_of(c.extended("nobody@example.com", sshoal::bytes()));
        CHECK(why.code() == status::op_unsupported);

        scripted bare([](const asked& q, answers& a) { a.status(q.id, status::op_unsupported); });
        client old = co_await bare.open();
        CHECK_FALSE(old.supports(extension::statvfs));
        CHECK(old.limits().read_length == 0);
        why = co_await failure_of(old.statvfs("/"));
        CHECK(why.code() == errc::not_supported);
        why = co_await failure_of(old.replace("a", "b"));
        CHECK(why.code() == errc::not_supported);
        why = co_await failure_of(old.make_hard_link("a", "b"));
        CHECK(why.code() == errc::not_supported);
        why = co_await failure_of(old.set_link_attributes("a", attributes()));
        CHECK(why.code() == errc::not_supported);
        why = co_await failure_of(old.expand_path("~"));
        CHECK(why.code() == errc::not_supported);
        why = co_await failure_of(old.home_directory());
        CHECK(why.code() == errc::not_supported);
        why = co_await failure_of(old.names_of(ids, ids));
        CHECK(why.code() == errc::not_supported);
        why = co_await failure_of(old.stat("a"));
        CHECK(why.code() == status::op_unsupported);
        CHECK(bare.seen().requests == 2); // INIT and STAT: the others were never sent
    });
}

namespace {

/// A server program that cannot be started, and a shell that says so.
awaitable<void> breaks(server_session s)
{
    co_await s.write_error("sftp-server: not found\n");
    co_await s.exit(127);
}

} // namespace

TEST_CASE("SFTP client: limits::channel_timeout ends no session that has nothing to do, at either end")
{
    run_test([]() -> awaitable<void> {
        sshoal::limits l;
        l.channel_timeout = std::chrono::milliseconds(20);
        auto connecting = connected(server_setup().limits(l), client_setup().limits(l));
        pair p = co_await std::move(connecting);
        auto files = make_memory_file_system();
        serve(p.server, [&files](server_session s, session_request) -> awaitable<void> { return sftp::serve(s, files); });
        client c = co_await p.client.open_sftp();
        co_await c.write_all("x", "1");
        co_await pause_for(std::chrono::milliseconds(100));
        const std::string text = co_await c.read_all("x");
        CHECK(text == "1");
    });
}

TEST_CASE("SFTP client: over a connection, as subsystem and as command, and where there is none")
{
    run_test([]() -> awaitable<void> {
        auto connecting = connected();
        pair p = co_await std::move(connecting);
        auto files = make_memory_file_system();
        program serving = [&files](server_session s, session_request q) -> awaitable<void> {
            if (q.command == "sftp" || q.command == "/usr/lib/sftp")
                return sftp::serve(s, files);
            if (q.command == "broken")
                return breaks(s);
            return echo(s, q);
        };
        serve(p.server, serving);
        client c = co_await p.client.open_sftp();
        co_await c.write_all("x", "1");
        client d = co_await sftp::open(p.client, sftp::client_options().command("/usr/lib/sftp").max_packet(40'000));
        std::string text = co_await d.read_all("x");
        CHECK(text == "1");
        CHECK(d.get_executor() == p.client.get_executor());
        const failure why = co_await failure_of(sftp::open(p.client, sftp::client_options().command("cat")));
        CHECK(why.code() == errc::protocol_error); // it says what we say
        const failure broken = co_await failure_of(sftp::open(p.client, sftp::client_options().command("broken")));
        CHECK(broken.code() == errc::connection_lost);
        CHECK(broken.message().find("sftp-server: not found") != std::string::npos); // as it said on stderr
        c.close();
        const failure closed = co_await failure_of(c.stat("x"));
        CHECK(closed.code() == errc::closed);
        d = client();
        co_await settle();
        CHECK(p.client.stats().channels == 0);
        const failure none = co_await failure_of(sftp::open(connection()));
        CHECK(none.code() == errc::invalid_argument);
    });
}
