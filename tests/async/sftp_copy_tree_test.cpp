// copy() of trees: what the walk from one end to the other does for all transfers, seen at two places of one server.
#include "sftp_peers.hpp"

using namespace rig;
using sshoal::sftp::attributes;
using sshoal::sftp::file_time;
using sshoal::sftp::transfer_options;
using sshoal::transfer_result;

namespace {

awaitable<void> make_tree_to_copy(sftp::client c)
{
    const file_time old(std::chrono::seconds(1'000'000'000));
    co_await c.make_directory("/a", attributes());
    co_await c.make_directory("/a/folder", attributes());
    co_await c.write_all("/a/folder/file", "text");
    co_await c.make_symlink("folder", "/a/link");
    co_await c.make_symlink("folder/file", "/a/to_file");
    co_await c.chmod("/a/folder", 0750);
    co_await c.utime("/a/folder", old, old);
}

} // namespace

TEST_CASE("SFTP copy: directories keep mode and times where that is asked for, and links are remade or followed")
{
    auto test = []() -> awaitable<void> {
        sftp::client c = co_await client_of(sftp::make_memory_file_system());
        co_await make_tree_to_copy(c);
        const transfer_options kept = transfer_options().recursive().preserve().follow_links(false);
        const transfer_result r = co_await c.copy("/a", "/kept", kept);
        CHECK(r.directories == 2);
        CHECK(r.files == 1);
        CHECK(r.skipped.empty());
        const attributes folder = co_await c.stat("/kept/folder");
        CHECK((folder.permissions.value_or(0) & 07777) == 0750);
        CHECK(folder.mtime == file_time(std::chrono::seconds(1'000'000'000)));
        const std::string target = co_await c.read_link("/kept/link");
        CHECK(target == "folder");
        const std::string text = co_await c.read_all("/kept/to_file");
        CHECK(text == "text");

        const transfer_options followed = transfer_options().recursive();
        const transfer_result f = co_await c.copy("/a", "/followed", followed);
        CHECK(f.files == 2);
        REQUIRE(f.skipped.size() == 1); // a link to a directory may lead round in circles
        CHECK(f.skipped[0].first == "/a/link");
        const attributes file = co_await c.lstat("/followed/to_file");
        CHECK(file.is_regular());
    };
    run_test(test);
}

TEST_CASE("SFTP copy: a tree that goes on below itself is refused, and a filter leaves out what is below a directory")
{
    auto test = []() -> awaitable<void> {
        sftp::client c = co_await client_of(sftp::make_memory_file_system());
        co_await make_tree_to_copy(c);
        const transfer_options tree = transfer_options().recursive();
        const failure itself = co_await failure_of(c.copy("/a", "/a/below", tree));
        CHECK(itself.code() == errc::invalid_argument);
        const auto no_folder = [](const std::string& below, const attributes&) { return below != "folder"; };
        const transfer_options filtered = transfer_options().recursive().filter(no_folder);
        const transfer_result r = co_await c.copy("/a", "/b", filtered);
        CHECK(r.directories == 1);
        CHECK(r.files == 1);
        const bool there = co_await c.exists("/b/folder");
        CHECK(!there);
    };
    run_test(test);
}
