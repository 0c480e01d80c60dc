// The SFTP server, from the first packet to every way in which a session can end.

#include "sftp_rig.hpp"

using namespace rig;
using namespace sshoal::sftp;
using std::chrono::milliseconds;

namespace {

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
    r = co_await c.ask(std::move(extended("copy-data", 12).string(from).u64(std::uint64_t(1) << 63).u64(1).string(to).u64(0)));
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

std::size_t index_of(const std::vector<std::string>& all, std::string_view what)
{
    return std::size_t(std::find(all.begin(), all.end(), what) - all.begin());
}

/// One batch of requests in one piece; how many of them were worked on at once.
awaitable<void> side_by_side(std::size_t parallel, std::size_t asked, std::size_t expected)
{
    auto files = std::make_shared<test_files>();
    auto starting = sftp_client::begin(files, serve_options().max_parallel(parallel));
    sftp_client c = co_await std::move(starting);
    const bytes a = co_await c.open("a", open_mode::read);
    files->delay = milliseconds(20);
    files->most_running = 0;
    bytes batch;
    for (std::size_t i = 0; i < asked; ++i) {
        packet p = request(type::read, std::uint32_t(i));
        append(batch, std::move(p.string(a).u64(i).u32(10)).finish());
    }
    co_await c.send(std::move(batch));
    std::vector<bool> seen(asked);
    for (std::size_t i = 0; i < asked; ++i) {
        const sftp_reply r = co_await c.receive();
        REQUIRE(r.what() == type::data);
        REQUIRE(r.id() < asked);
        CHECK_FALSE(seen[r.id()]);
        seen[r.id()] = true;
        CHECK(r.text().at(0) == char(r.id() * 7 % 251));
    }
    CHECK(files->most_running == expected);
}

awaitable<void> in_order()
{
    auto files = std::make_shared<test_files>();
    auto starting = sftp_client::begin(files);
    sftp_client c = co_await std::move(starting);
    const bytes a = co_await c.open("a", open_mode::read_write);
    const bytes b = co_await c.open("b", open_mode::read_write);
    files->delay = milliseconds(10);
    files->events.clear();
    bytes batch;
    append(batch, std::move(request(type::write, 1).string(a).u64(0).string(std::string(100000, 'w'))).finish());
    append(batch, std::move(request(type::read, 2).string(a).u64(0).u32(10)).finish());
    append(batch, std::move(request(type::write, 3).string(b).u64(0).string(std::string(100000, 'v'))).finish());
    append(batch, std::move(request(type::close, 4).string(a)).finish());
    append(batch, std::move(request(type::read, 5).string(a).u64(0).u32(10)).finish());
    append(batch, std::move(request(type::remove, 6).string("a")).finish());
    append(batch, std::move(request(type::stat, 7).string("b")).finish());
    co_await c.send(std::move(batch));
    for (int i = 0; i < 7; ++i) {
        const sftp_reply r = co_await c.receive();
        CAPTURE(r.id(), r.text());
        if (r.id() == 5)
            CHECK(r.status() == status::failure); // closed by then
        else if (r.id() != 2 && r.id() != 7)
            CHECK(r.ok());
    }
    const auto& e = files->events;
    CHECK(index_of(e, "-write a") < index_of(e, "+read a"));
    CHECK(index_of(e, "+write b") < index_of(e, "-write a")); // beside it
    CHECK(index_of(e, "-read a") < index_of(e, "+close a"));
    CHECK(index_of(e, "-close a") < index_of(e, "+remove a"));
    CHECK(index_of(e, "-remove a") < index_of(e, "+stat b"));
}

enum class ending { eof, within_packet, bad_packet, cancelled };

awaitable<void> session_ends(ending how, milliseconds delay)
{
    auto files = std::make_shared<test_files>();
    auto starting = sftp_client::begin(files);
    sftp_client c = co_await std::move(starting);
    const bytes a = co_await c.open("a", open_mode::read_write);
    (void)co_await c.open("b", open_mode::read);
    (void)co_await c.path_request(type::opendir, "d");
    CHECK(files->files_open == 2);
    CHECK(files->directories_open == 1);
    files->delay = delay;
    bytes batch; // work that is under way
    for (std::uint32_t i = 0; i < 20; ++i)
        append(batch, std::move(request(type::read, i).string(a).u64(0).u32(100)).finish());
    append(batch, std::move(request(type::write, 50).string(a).u64(0).string("data")).finish());
    if (how == ending::within_packet)
        append(batch, view_of("\0\0\0\5\1"));
    if (how == ending::bad_packet)
        batch.resize(batch.size() + 4);
    co_await c.send(std::move(batch));
    co_await pause_for(milliseconds(5));
    if (how == ending::cancelled)
        c.serving().cancel(stop_terminal);
    else if (how != ending::bad_packet)
        c.hang_up();
    const failure why = co_await c.end();
    CHECK(files->files_open == 0);
    CHECK(files->directories_open == 0);
    CHECK(files->running == 0);
    CHECK(files->closes == 0);
    if (how == ending::cancelled)
        CHECK(why.code() == asio::error::operation_aborted);
    if (how == ending::bad_packet)
        CHECK(why.code() == errc::malformed_message);
}

} // namespace

TEST_CASE("SFTP server: every request of version 3") { run_test(every_request); }
TEST_CASE("SFTP server: every extension") { run_test(every_extension); }

TEST_CASE("SFTP server: requests run side by side up to the limit, and no further")
{
    run_test([] { return side_by_side(8, 7, 7); });
    run_test([] { return side_by_side(8, 8, 8); });
    run_test([] { return side_by_side(8, 9, 8); });
    run_test([] { return side_by_side(8, 40, 8); });
    run_test([] { return side_by_side(1, 5, 1); });
}

TEST_CASE("SFTP server: what is asked of one handle, and of paths, keeps its order") { run_test(in_order); }

TEST_CASE("SFTP server: whatever ends a session, its files are closed and nothing is left under way")
{
    for (const milliseconds delay : {milliseconds(0), milliseconds(30)})
        for (const ending how : {ending::eof, ending::within_packet, ending::bad_packet, ending::cancelled}) {
            CAPTURE(int(how), delay.count());
            run_test([how, delay] { return session_ends(how, delay); });
        }
}

TEST_CASE("SFTP server: an io_context that goes takes sessions with it, wherever they are")
{
    for (const int delay : {0, 1000}) {
        auto files = std::make_shared<test_files>();
        run_test([&]() -> awaitable<void> { // what is under way when the test ends is destroyed
            auto starting = sftp_client::begin(files);
            auto c = std::make_shared<sftp_client>(co_await std::move(starting));
            const bytes a = co_await c->open("a", open_mode::read);
            files->delay = milliseconds(delay);
            bytes batch;
            for (std::uint32_t i = 0; i < 20; ++i)
                append(batch, std::move(request(type::read, i).string(a).u64(0).u32(100000)).finish());
            co_await c->send(std::move(batch));
            co_await pause_for(milliseconds(5));
            CHECK(files->files_open == 1);
        });
        CHECK(files->files_open == 0);
        CHECK(files->running == 0);
    }
}

TEST_CASE("SFTP server: an exception of the file system is a failure of one request, and its words stay here")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<test_files>();
        auto starting = sftp_client::begin(files);
        sftp_client c = co_await std::move(starting);
        const bytes a = co_await c.open("a", open_mode::read_write);
        for (const int delay : {0, 5}) {
            files->delay = milliseconds(delay);
            files->throws = true;
            sftp_reply r = co_await c.read(a, 0, 10);
            CHECK(r.status() == status::failure);
            CHECK(r.text().find("secret") == std::string::npos);
            r = co_await c.write(a, 0, "data");
            CHECK(r.status() == status::failure);
            r = co_await c.path_request(type::stat, "x");
            CHECK(r.status() == status::failure);
            files->throws = false;
            r = co_await c.read(a, 0, 10);
            CHECK(r.what() == type::data);
        }
        sftp_reply r = co_await c.ask(std::move(request(type::open, 1).string("none").u32(1).u32(0)));
        CHECK(r.status() == status::no_such_file);
        r = co_await c.ask(std::move(request(type::open, 1).string("null").u32(1).u32(0)));
        CHECK(r.status() == status::failure);
        const bytes bad = co_await c.open("bad", open_mode::read);
        r = co_await c.close(bad);
        CHECK(r.text() == "Input/output error");
        CHECK(files->files_open == 1);
    });
}

TEST_CASE("SFTP server: a stream cut at every byte gives the same replies")
{
    run_test([]() -> awaitable<void> {
        auto starting = sftp_client::start(make_memory_file_system());
        sftp_client c = co_await std::move(starting);
        bytes all = std::move(packet(type::init).u32(3)).finish();
        append(all, std::move(request(type::open, 1).string("a").u32(0x1b).u32(0)).finish());
        append(all, std::move(request(type::mkdir, 2).string("d").u32(0)).finish());
        append(all, std::move(request(type::stat, 3).string("a")).finish());
        for (const std::byte b : all) {
            co_await c.send(bytes(1, b));
            co_await settle();
        }
        for (const type expected : {type::version, type::handle, type::status, type::attrs}) {
            const sftp_reply r = co_await c.receive();
            CHECK(r.what() == expected);
        }
    });
}

TEST_CASE("SFTP server: options out of their range are refused")
{
    run_test([]() -> awaitable<void> {
        for (int i = 0; i < 6; ++i) {
            serve_options o;
            if (i == 0)
                o.max_packet(33999);
            if (i == 1)
                o.max_packet(256 * 1024 + 1);
            if (i == 2)
                o.max_parallel(0);
            if (i == 3)
                o.max_unread(0);
            if (i == 4)
                o.deny(names("opne"));
            if (i == 5)
                o.max_entries(0);
            auto starting = sftp_client::start(make_memory_file_system(), o);
            sftp_client c = co_await std::move(starting);
            const failure why = co_await c.end();
            CHECK(why.code() == errc::invalid_argument);
        }
    });
}

namespace {

awaitable<void> serve_one(server_session s, session_request q, std::shared_ptr<file_system> files)
{
    CHECK(q.command == "sftp");
    co_await sftp::serve(s, files);
}

} // namespace

TEST_CASE("SFTP server: over a channel, with an exit status at the end")
{
    for (const bool breaks : {false, true})
        run_test([breaks]() -> awaitable<void> {
            auto files = std::make_shared<test_files>();
            auto connecting = connected();
            pair p = co_await std::move(connecting);
            program serving = [&files](server_session s, session_request q) { return serve_one(s, q, files); };
            serve(p.server, serving);
            channel ch = co_await p.client.open_channel("session");
            std::vector<std::byte> name;
            wire::writer(name).string("sftp");
            const bool granted = co_await ch.request("subsystem", name);
            REQUIRE(granted);
            bytes hello = std::move(packet(type::init).u32(3)).finish();
            append(hello, std::move(request(type::open, 1).string("a").u32(1).u32(0)).finish());
            if (breaks)
                append(hello, view_of(std::string_view("\0\0\0\0", 4)));
            co_await ch.write(hello);
            if (!breaks)
                co_await ch.send_eof();
            std::string status;
            for (;;) {
                auto asking = ch.next_request();
                const std::optional<channel_request> r = co_await std::move(asking);
                if (!r)
                    break;
                if (r->type == "exit-status")
                    status = rig::text_of(r->body);
            }
            CHECK(status == std::string("\0\0\0", 3) + char(breaks ? 1 : 0));
            const std::string replies = co_await read_all(ch);
            CHECK(replies.size() > 20);
            CHECK(files->files_open == 0);
        });
}
