// The SFTP server: every request and extension once, with its answer.

#include "sftp_rig.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

constexpr std::uint64_t past_the_last = std::uint64_t(1) << 63; ///< no file has a byte there

awaitable<void> every_request()
{
    auto starting = sftp_client::begin(make_memory_file_system());
    sftp_client c = co_await std::move(starting);
    co_await c.put("file", "some text");
    sftp_reply r = co_await c.path_request(type::stat, "file");
    CHECK(r.attrs().size == 9u);
    CHECK(r.attrs().is_regular());
    r = co_await c.path_request(type::mkdir, "dir");
    CHECK(r.ok());
    r = co_await c.path_request(type::mkdir, "dir");
    CHECK(r.status() == status::failure);
    packet p = request(type::rename, c.next_id());
    p.string("file").string("/dir/moved");
    r = co_await c.ask(std::move(p));
    CHECK(r.ok());
    p = request(type::symlink, c.next_id());
    p.string("dir/moved").string("link");
    r = co_await c.ask(std::move(p));
    CHECK(r.ok());
    r = co_await c.path_request(type::readlink, "link");
    CHECK(r.names().at(0).name == "dir/moved");
    r = co_await c.path_request(type::realpath, "link");
    CHECK(r.names().at(0).name == "/dir/moved");
    r = co_await c.path_request(type::realpath, "");
    CHECK(r.names().at(0).name == "/");
    r = co_await c.path_request(type::lstat, "link");
    CHECK(r.attrs().is_symlink());
    p = request(type::setstat, c.next_id());
    p.string("link").attrs(attributes().with_permissions(0600).with_size(4));
    r = co_await c.ask(std::move(p));
    CHECK(r.ok());
    std::string text = co_await c.get("link");
    CHECK(text == "some");

    r = co_await c.path_request(type::opendir, "/");
    const bytes h = r.handle();
    p = request(type::readdir, c.next_id());
    p.string(h);
    r = co_await c.ask(std::move(p));
    std::string names;
    for (const directory_entry& e : r.names())
        names += e.name + ' ';
    CHECK(names == ". .. dir link ");
    CHECK(r.names().at(2).long_name.starts_with("drwxr-xr-x"));
    p = request(type::readdir, c.next_id());
    p.string(h);
    r = co_await c.ask(std::move(p));
    CHECK(r.status() == status::eof);
    r = co_await c.close(h);
    CHECK(r.ok());
    r = co_await c.path_request(type::remove, "link");
    CHECK(r.ok());
    r = co_await c.path_request(type::rmdir, "dir");
    CHECK(r.status() == status::failure);
    CHECK(r.text() == "Directory not empty");
    r = co_await c.path_request(type::stat, std::string("dir\0x", 5));
    CHECK(r.status() == status::no_such_file);
    r = co_await c.ask(std::move(extended("no-such@example.org", 5).string("x")));
    CHECK(r.status() == status::op_unsupported);
    c.hang_up();
    const failure why = co_await c.end();
    CHECK_FALSE(why);
}

awaitable<void> every_extension()
{
    auto starting = sftp_client::begin(make_memory_file_system());
    sftp_client c = co_await std::move(starting);
    co_await c.put("a", "0123456789");
    sftp_reply r = co_await c.ask(std::move(extended("hardlink@openssh.com", 1).string("a").string("b")));
    CHECK(r.ok());
    co_await c.put("old", "old");
    r = co_await c.ask(std::move(extended("posix-rename@openssh.com", 2).string("b").string("old")));
    CHECK(r.ok());
    std::string text = co_await c.get("old");
    CHECK(text == "0123456789");
    r = co_await c.ask(std::move(extended("statvfs@openssh.com", 3).string("/")));
    REQUIRE(r.what() == type::extended_reply);
    wire::reader in = r.fields();
    CHECK(sftp_protocol::decode_statvfs(in).block_size == 4096);
    r = co_await c.ask(extended("limits@openssh.com", 4));
    in = r.fields();
    CHECK(in.u64() == 256 * 1024);
    CHECK(in.u64() == 255 * 1024);
    CHECK(in.u64() == 255 * 1024);
    CHECK(in.u64() == 1024);
    r = co_await c.ask(std::move(extended("expand-path@openssh.com", 5).string("~/a")));
    CHECK(r.names().at(0).name == "/a");
    r = co_await c.ask(std::move(extended("home-directory", 6).string("")));
    CHECK(r.names().at(0).name == "/");
    r = co_await c.ask(std::move(extended("lsetstat@openssh.com", 7).string("a").attrs(attributes().with_permissions(0400))));
    CHECK(r.ok());
    const bytes from = co_await c.open("a", open_mode::read_write);
    r = co_await c.ask(std::move(extended("fsync@openssh.com", 8).string(from)));
    CHECK(r.ok());
    r = co_await c.ask(std::move(extended("fstatvfs@openssh.com", 9).string(from)));
    CHECK(r.what() == type::extended_reply);

    // copy-data
    const bytes to = co_await c.open("copy", open_mode::overwrite);
    r = co_await c.ask(std::move(extended("copy-data", 10).string(from).u64(2).u64(3).string(to).u64(1)));
    CHECK(r.ok());
    text = co_await c.get("copy");
    CHECK(text == std::string("\0" "234", 4));
    r = co_await c.ask(std::move(extended("copy-data", 10).string(from).u64(0).u64(0).string(to).u64(0)));
    CHECK(r.ok());
    text = co_await c.get("copy");
    CHECK(text == "0123456789");
    r = co_await c.ask(std::move(extended("copy-data", 11).string(from).u64(0).u64(5).string(from).u64(4)));
    CHECK(r.status() == status::failure);
    r = co_await c.ask(std::move(extended("copy-data", 11).string(from).u64(0).u64(0).string(from).u64(100)));
    CHECK(r.status() == status::failure);
    r = co_await c.ask(std::move(extended("copy-data", 11).string(from).u64(0).u64(5).string(from).u64(5)));
    CHECK(r.ok());
    text = co_await c.get("a");
    CHECK(text == "0123401234");
    r = co_await c.ask(std::move(extended("copy-data", 12).string(to).u64(0).u64(0).string(from).u64(0)));
    CHECK(r.status() == status::permission_denied);
    r = co_await c.ask(std::move(extended("copy-data", 12).string(from).u64(past_the_last).u64(1).string(to).u64(0)));
    CHECK(r.status() == status::bad_message);

    // check-file
    co_await c.put("abc", "abc");
    r = co_await c.ask(std::move(extended("check-file-name", 13).string("abc").string("x,sha1,md5").u64(0).u64(0).u32(0)));
    REQUIRE(r.what() == type::extended_reply);
    in = r.fields();
    CHECK(in.text() == "check-file");
    CHECK(in.text() == "sha1");
    CHECK(in.left() == 20);
    CHECK(in.u32() == 0xa9993e36u);
    co_await c.put("blocks", std::string(600, 'b'));
    const bytes blocks = co_await c.open("blocks", open_mode::read);
    r = co_await c.ask(std::move(extended("check-file", 14).string(blocks).string("md5").u64(0).u64(0).u32(256)));
    in = r.fields();
    (void)in.text();
    CHECK(in.text() == "md5");
    CHECK(in.left() == 3 * 16);
    const bytes first = copy_of(in.take(16)), second = copy_of(in.take(16)), third = copy_of(in.take(16));
    CHECK(first == second);
    CHECK(first != third);
    r = co_await c.ask(std::move(extended("check-file-handle", 15).string(blocks).string("md5").u64(0).u64(0).u32(255)));
    CHECK(r.status() == status::failure);
    r = co_await c.ask(std::move(extended("check-file-handle", 15).string(blocks).string("crc32").u64(0).u64(0).u32(0)));
    CHECK(r.status() == status::failure);
    r = co_await c.ask(std::move(extended("check-file-handle", 15).string(blocks).string("md5").u64(601).u64(0).u32(0)));
    CHECK(r.status() == status::failure);
    // Names of users: the file system has none.
    r = co_await c.ask(std::move(extended("users-groups-by-id@openssh.com", 16).string("").string("")));
    CHECK(r.status() == status::op_unsupported);
}

} // namespace

TEST_CASE("SFTP server: every request of version 3") { run_test(every_request); }
TEST_CASE("SFTP server: every extension") { run_test(every_extension); }
