// Our SFTP client at our server: files, in every mode, at offsets and one byte after another.
#include "sftp_peers.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

/// What a file has afterwards, that had "0123456789" before and was opened like this, and "AB" written.
awaitable<std::string> written_with(client c, const char* mode)
{
    co_await c.write_all("file", "0123456789");
    file f = co_await c.open("file", mode);
    const failure why = co_await failure_of(f.write("AB"));
    co_await f.close();
    std::string text = co_await c.read_all("file");
    co_return why ? "! " + text : text;
}

awaitable<void> every_mode(client c)
{
    std::string text = co_await written_with(c, "r");
    CHECK(text == "! 0123456789");
    text = co_await written_with(c, "r+");
    CHECK(text == "AB23456789");
    text = co_await written_with(c, "wb");
    CHECK(text == "AB");
    text = co_await written_with(c, "w+t");
    CHECK(text == "AB");
    text = co_await written_with(c, "a");
    CHECK(text == "0123456789AB");
    text = co_await written_with(c, "ab+");
    CHECK(text == "0123456789AB");
    failure why = co_await failure_of(c.open("file", "x"));
    CHECK(why.code() == status::failure); // version 3 has no word for it
    file f = co_await c.open("new", "x+");
    co_await f.write("new");
    const std::uint64_t at = co_await f.seek(0);
    CHECK(at == 0);
    text = co_await f.read_all();
    CHECK(text == "new");
    why = co_await failure_of(c.open("none", open_mode::read));
    CHECK(why.code() == std::errc::no_such_file_or_directory);
    CHECK(why.message().find("none") != std::string::npos);
    for (const char* wrong : {"", "rw", "q", "r++b", "+r"})
        CHECK_THROWS_AS(c.open("file", wrong), error);
    file g = co_await c.open("mode", open_mode::overwrite, attributes().with_permissions(0640));
    const attributes a = co_await g.stat();
    CHECK((a.permissions.value() & 07777) == 0640);
    f = co_await c.open("file", open_mode::write);
    std::string room_of_one(1, ' ');
    why = co_await failure_of(f.read_at(0, room(room_of_one)));
    CHECK(why.code() == status::permission_denied);
}

awaitable<void> at_offsets(client c, std::size_t size)
{
    const std::string all = pattern(size);
    file f = co_await c.open("big", "w+");
    co_await f.write_at(0, view_of(all));
    attributes a = co_await f.stat();
    CHECK(a.size == size);
    std::string got(size + 10, '?');
    std::size_t n = co_await f.read_at(0, room(got));
    CHECK(n == size);
    got.resize(n);
    CHECK(got == all);
    for (const std::size_t at : {std::size_t(0), size / 3, size - 1, size, size + 100}) {
        got.assign(1000, '?');
        n = co_await f.read_at(at, room(got));
        CHECK(n == (at < size ? std::min<std::size_t>(1000, size - at) : 0));
        CHECK(got.substr(0, n) == (n > 0 ? all.substr(at, n) : ""));
        CHECK(got.substr(n) == std::string(1000 - n, '?'));
    }
    n = co_await f.read_at(5, std::span<std::byte>());
    CHECK(n == 0);
    co_await f.write_at(size + 100, view_of("end"));
    got.assign(103, '?');
    n = co_await f.read_at(size, room(got));
    CHECK(got == std::string(100, '\0') + "end");
    co_await f.close();
}

/// Read in steps of this; written in the same.
awaitable<void> in_sequence(client c, std::size_t size, std::size_t step, stream_options how)
{
    CAPTURE(size, step, how.read_ahead(), how.write_behind());
    const std::string all = pattern(size);
    file f = co_await c.open("steps", "w+");
    f.streaming(how);
    for (std::size_t at = 0; at < size; at += step)
        co_await f.write(std::string_view(all).substr(at, step));
    co_await f.flush();
    std::uint64_t where = co_await f.seek(0, seek_from::current);
    CHECK(where == size);
    where = co_await f.seek(-std::int64_t(size), seek_from::end);
    CHECK(where == 0);
    std::string got, some(step, ' ');
    for (;;) {
        const std::size_t n = co_await f.read_some(room(some));
        if (n == 0)
            break;
        got.append(some, 0, n);
    }
    CHECK(got == all);
    std::size_t n = co_await f.read(room(some));
    CHECK(n == 0); // still at the end
    where = co_await f.seek(std::int64_t(size / 2));
    got = co_await f.read_all();
    CHECK(got == all.substr(size / 2));
    (void)co_await f.seek(1);
    some.assign(std::min(size, step + 7), ' ');
    n = co_await f.read(room(some));
    CHECK(some.substr(0, n) == all.substr(1, n));
    CHECK(n == std::min(some.size(), size - 1));
    // It grows while somebody is at its end.
    (void)co_await f.seek(0, seek_from::end);
    n = co_await f.read_some(room(some));
    CHECK(n == 0);
    co_await f.write_at(size, view_of("more"));
    got = co_await f.read_all();
    CHECK(got == "more");
    co_await f.close();
}

awaitable<void> of_files(client c)
{
    file f = co_await c.open("attributes", "w+");
    co_await f.write("0123456789");
    co_await f.truncate(4);
    co_await f.chmod(0600);
    co_await f.chown(7, 8);
    const file_time then(std::chrono::seconds(1'000'000'000));
    co_await f.utime(then, then);
    attributes a = co_await f.stat();
    CHECK(a.size == 4u);
    CHECK(a.permissions == (0100600u));
    CHECK(a.uid == 7u);
    CHECK(a.gid == 8u);
    CHECK(a.mtime == then);
    co_await f.set_attributes(attributes().with_size(6).with_permissions(0644));
    a = co_await f.stat();
    CHECK(a.size == 6u);
    CHECK((a.permissions.value() & 0777) == 0644);
    co_await f.sync();
    const file_system_info i = co_await f.statvfs();
    CHECK(i.bytes_available() > 0);
    co_await c.write_all("abc", "abc");
    file abc = co_await c.open("abc");
    auto checking = abc.check("sha1,md5");
    const auto digest = co_await std::move(checking);
    CHECK(digest.first == "sha1");
    REQUIRE(digest.second.size() == 20);
    CHECK(digest.second[0] == std::byte(0xa9));
    CHECK(abc.path() == "abc");
    CHECK(bool(abc.get_executor()));
    // Closed for all copies of the handle.
    const file copy = f;
    co_await f.close();
    failure why = co_await failure_of(f.stat());
    CHECK(why.code() == std::errc::bad_file_descriptor);
    why = co_await failure_of(f.chmod(0600));
    CHECK(why.code() == status::invalid_handle);
    why = co_await failure_of(f.sync());
    CHECK(why.code() == status::invalid_handle);
    why = co_await failure_of(f.statvfs());
    CHECK(why.code() == status::invalid_handle);
    why = co_await failure_of(f.check("md5"));
    CHECK(why.code() == status::invalid_handle);
    why = co_await failure_of(f.seek(0, seek_from::end));
    CHECK(why.code() == status::invalid_handle);
    why = co_await failure_of(c.copy_data(abc, 0, 0, f, 0));
    CHECK(why.code() == status::invalid_handle);
    file g = copy;
    why = co_await failure_of(g.close());
    CHECK(why.code() == status::invalid_handle);
    why = co_await failure_of(g.write("x"));
    CHECK(why.code() == status::invalid_handle);
    client another = co_await client_of(make_memory_file_system());
    CHECK_THROWS_AS(another.copy_data(abc, 0, 0, abc, 3), error);
    CHECK_THROWS_AS(file().stat(), error);
    CHECK_THROWS_AS(client().stat("x"), error);
}

awaitable<void> whole_files(client c)
{
    for (const std::size_t size : {0u, 1u, 32768u, 261119u, 261120u, 261121u, 1'000'000u}) {
        const std::string all = pattern(size);
        co_await c.write_all("whole", all);
        const std::string got = co_await c.read_all("whole");
        CHECK(got == all);
    }
    co_await c.write_all("whole", "0123456789");
    std::string text = co_await c.read_all("whole", 10);
    CHECK(text.size() == 10);
    const failure why = co_await failure_of(c.read_all("whole", 9));
    CHECK(why.code() == errc::capture_limit);
    co_await c.write_all("private", view_of("secret"), attributes().with_permissions(0600));
    const attributes a = co_await c.stat("private");
    CHECK((a.permissions.value() & 0777) == 0600);
}

awaitable<void> with_client(awaitable<void> (*test)(client), std::shared_ptr<file_system> files)
{
    client c = co_await client_of(std::move(files));
    co_await test(c);
}

} // namespace

TEST_CASE("SFTP client: every mode of opening a file does what it says")
{
    run_test([] { return with_client(every_mode, make_memory_file_system()); });
}

TEST_CASE("SFTP client: reads and writes at offsets, of every size, also at and behind the end")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        for (const std::size_t size : {1u, 32767u, 261120u, 3'000'001u})
            co_await at_offsets(c, size);
    });
}

TEST_CASE("SFTP client: sequential reads and writes in steps of every size, ahead and behind or not")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        co_await in_sequence(c, 1000, 1, stream_options());
        co_await in_sequence(c, 100'000, 999, stream_options().read_ahead(0));
        for (const std::size_t step : {4000u, 300'000u, 2'000'000u}) {
            co_await in_sequence(c, 1'000'000, step, stream_options());
            co_await in_sequence(c, 1'000'000, step, stream_options().write_behind(500'000));
        }
        co_await in_sequence(c, 500'000, 100'000, stream_options().read_ahead(1).write_behind(1));
    });
}

TEST_CASE("SFTP client: attributes, checksums and the end of an open file")
{
    run_test([] { return with_client(of_files, make_memory_file_system()); });
}

TEST_CASE("SFTP client: whole files of every size")
{
    run_test([] { return with_client(whole_files, make_memory_file_system()); });
}

TEST_CASE("SFTP client: a server that answers READ with less than was asked is asked again")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        files->most_read = 7001;
        client c = co_await client_of(files);
        co_await at_offsets(c, 300'000);
        co_await in_sequence(c, 300'000, 50'000, stream_options());
    });
}

TEST_CASE("SFTP client: of many writes, the one that fails is reported, whichever it is, and no other is lost behind it")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t bad : {1u, 2u, 5u, 12u, 13u}) {
            auto files = std::make_shared<troubled_files>(make_memory_file_system());
            client c = co_await client_of(files);
            const std::string all = pattern(12 * 261120);
            file f = co_await c.open("file", "w+");
            files->bad_write = bad;
            failure why = co_await failure_of(f.write_at(0, view_of(all)));
            CHECK(bool(why) == (bad <= 12));
            if (why)
                CHECK(why.message().find("No space left") != std::string::npos);
            files->writes = 0;
            f.streaming(stream_options().write_behind(8u << 20));
            failure later;
            for (std::size_t at = 0; at < all.size() && !later; at += 261120)
                later = co_await failure_of(f.write(std::string_view(all).substr(at, 261120)));
            if (!later)
                later = co_await failure_of(f.close());
            CHECK(bool(later) == (bad <= 12));
        }
        // close() itself may be where it is told.
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        client c = co_await client_of(files);
        files->bad_close = EIO;
        const failure why = co_await failure_of(c.write_all("file", "text"));
        CHECK(why.message().find("Input/output error") != std::string::npos);
        CHECK(files->files_open == 0);
        files->bad_close = 0;
        files->bad_read = files->reads + 1;
        files->number = EIO;
        const failure unread = co_await failure_of(c.read_all("file"));
        CHECK(unread.message().find("Input/output error") != std::string::npos);
        const std::string text = co_await c.read_all("file");
        CHECK(text == "text");
    });
}
