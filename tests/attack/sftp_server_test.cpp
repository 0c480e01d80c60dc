// T84 to T90, and L23 at a twentieth of its size: hostile clients of the SFTP server.
#include "../async/sftp_rig.hpp"
#include "memory_use.hpp"

#include <chrono>

using namespace rig;
using namespace sshoal::sftp;

namespace {

bytes framed(std::uint32_t length, std::string_view rest = {})
{
    bytes b(4);
    store_u32(b.data(), length);
    append(b, view_of(rest));
    return b;
}

/// A server that is sent this, from the beginning.
awaitable<failure> end_of(bytes all, bool hang_up)
{
    auto files = std::make_shared<test_files>();
    auto starting = sftp_client::start(files);
    sftp_client c = co_await std::move(starting);
    co_await c.send(std::move(all));
    co_await settle();
    if (hang_up)
        c.hang_up();
    auto ending = c.end();
    failure why = co_await std::move(ending);
    CHECK(files->files_open == 0);
    co_return why;
}

constexpr std::uint64_t past_the_last = std::uint64_t(1) << 63; ///< no file has a byte there

bytes hello() { return std::move(packet(type::init).u32(3)).finish(); }
bytes after_hello(bytes b)
{
    bytes all = hello();
    append(all, b);
    return all;
}

} // namespace

TEST_CASE("T84 packets of absurd lengths, and those that cannot be answered, end a session")
{
    run_test([]() -> awaitable<void> {
        for (const std::uint32_t length : {0u, 256u * 1024 + 1, 0x80000000u, 0xffffffffu}) {
            failure why = co_await end_of(framed(length, "x"), false);
            CHECK((why.code() == errc::malformed_message || why.code() == errc::packet_too_large));
            why = co_await end_of(after_hello(framed(length, "x")), false);
            CHECK((why.code() == errc::malformed_message || why.code() == errc::packet_too_large));
        }
        failure why = co_await end_of(after_hello(framed(1, "\x05")), false); // READ and nothing else
        CHECK(why.code() == errc::malformed_message);
        why = co_await end_of(after_hello(framed(4, std::string_view("\xc8\0\0\0", 4))), false);
        CHECK(why.code() == errc::malformed_message);
        why = co_await end_of(after_hello(hello()), false); // INIT twice
        CHECK(why.code() == errc::unexpected_message);
        why = co_await end_of(framed(5, std::string_view("\x07\0\0\0\1", 5)), false); // a request before INIT
        CHECK(why.code() == errc::unexpected_message);
        why = co_await end_of(framed(1, "\x01"), false); // INIT without a version
        CHECK(why.code() == errc::unexpected_message);
        why = co_await end_of(after_hello({}), true);
        CHECK_FALSE(why);
    });
}

TEST_CASE("T84 requests with fields that are cut, or of unknown types, are answered, and the session goes on")
{
    run_test([]() -> awaitable<void> {
        auto starting = sftp_client::begin(make_memory_file_system());
        sftp_client c = co_await std::move(starting);
        const bytes h = co_await c.open("file", open_mode::read_write | open_mode::create);
        std::vector<bytes> whole;
        whole.push_back(std::move(request(type::open, 1).string("a").u32(0x1a).attrs(attributes().with_size(1))).finish());
        whole.push_back(std::move(request(type::read, 1).string(h).u64(0).u32(1)).finish());
        whole.push_back(std::move(request(type::write, 1).string(h).u64(0).string("data")).finish());
        whole.push_back(std::move(request(type::rename, 1).string("x").string("y")).finish());
        whole.push_back(std::move(request(type::fsetstat, 1).string(h).attrs(attributes().with_owner(1, 2))).finish());
        whole.push_back(std::move(extended("copy-data", 1).string(h).u64(0).u64(0).string(h).u64(0)).finish());
        whole.push_back(std::move(extended("check-file-handle", 1).string(h).string("md5").u64(0).u64(0).u32(0)).finish());
        for (const bytes& w : whole)
            for (std::size_t n = 9; n < w.size(); ++n) {
                bytes cut(w.begin(), w.begin() + std::ptrdiff_t(n));
                store_u32(cut.data(), std::uint32_t(n - 4));
                co_await c.send(std::move(cut));
                const sftp_reply r = co_await c.receive();
                CHECK(r.id() == 1);
                CHECK((r.status() == status::bad_message || r.status() == status::op_unsupported));
            }
        for (int t = 0; t < 256; ++t) {
            const bool known = (t >= 1 && t <= 20) || t == 200;
            if (known)
                continue;
            co_await c.send(std::move(packet(type(t), std::uint32_t(77), std::size_t(9)).string("what")).finish());
            const sftp_reply r = co_await c.receive();
            CHECK(r.status() == status::op_unsupported);
            CHECK(r.id() == 77);
        }
        // The longest packet there may be; what follows the fields is nobody's.
        bytes longest = std::move(request(type::stat, 5).string("file").raw(bytes(256 * 1024 - 5 - 8))).finish();
        REQUIRE(longest.size() == 4 + 256 * 1024);
        co_await c.send(std::move(longest));
        const sftp_reply r = co_await c.receive();
        CHECK(r.what() == type::attrs);
    });
}

TEST_CASE("T85 handles that are none, are closed, are another session's, or of the other kind")
{
    run_test([]() -> awaitable<void> {
        auto files = make_memory_file_system();
        auto starting = sftp_client::begin(files);
        sftp_client c = co_await std::move(starting);
        starting = sftp_client::begin(files);
        sftp_client other = co_await std::move(starting);
        const bytes mine = co_await c.open("file", open_mode::read_write | open_mode::create);
        const bytes theirs = co_await other.open("file", open_mode::read);
        sftp_reply r = co_await c.path_request(type::opendir, "/");
        const bytes directory = r.handle();
        const bytes closed = co_await c.open("file", open_mode::read);
        r = co_await c.close(closed);
        CHECK(r.ok());
        std::vector<bytes> bad{bytes(), bytes(1), bytes(16), bytes(256), bytes(257), bytes(70000), theirs, closed};
        for (const bytes& h : bad)
            for (const type t : {type::close, type::fstat, type::readdir, type::read, type::write, type::fsetstat}) {
                packet p = request(t, 5);
                p.string(h);
                if (t == type::read)
                    p.u64(0).u32(1);
                if (t == type::write)
                    p.u64(0).string("x");
                if (t == type::fsetstat)
                    p.u32(0);
                r = co_await c.ask(std::move(p));
                CHECK(r.status() == status::failure);
                CHECK(r.text() == "invalid handle");
            }
        r = co_await c.read(directory, 0, 10);
        CHECK(r.status() == status::failure);
        r = co_await c.write(directory, 0, "x");
        CHECK(r.status() == status::failure);
        r = co_await c.ask(std::move(request(type::readdir, 6).string(mine)));
        CHECK(r.status() == status::failure);
        r = co_await c.ask(std::move(extended("fsync@openssh.com", 7).string(directory)));
        CHECK(r.status() == status::failure);
        r = co_await c.ask(std::move(extended("copy-data", 8).string(mine).u64(0).u64(0).string(directory).u64(0)));
        CHECK(r.status() == status::failure);
        r = co_await other.read(theirs, 0, 10);
        CHECK(r.status() == status::eof);
    });
}

TEST_CASE("T85, L23 handles: the limit, not one more, and another session does not feel it")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<test_files>();
        auto starting = sftp_client::begin(files, serve_options().max_handles(1000));
        sftp_client c = co_await std::move(starting);
        starting = sftp_client::begin(files, serve_options().max_handles(1000));
        sftp_client other = co_await std::move(starting);
        std::vector<bytes> handles;
        for (int i = 0; i < 5000; ++i) {
            packet p = request(i % 2 ? type::open : type::opendir, 5);
            p.string("x");
            if (i % 2)
                p.u32(1).u32(0);
            const sftp_reply r = co_await c.ask(std::move(p));
            REQUIRE(r.what() == (i < 1000 ? type::handle : type::status));
            if (i < 1000)
                handles.push_back(r.handle());
        }
        CHECK(files->files_open + files->directories_open == 1000);
        for (int i = 0; i < 2000; ++i) { // failures use none up
            const sftp_reply r = co_await other.ask(std::move(request(type::open, 5).string("none").u32(1).u32(0)));
            REQUIRE(r.status() == status::no_such_file);
        }
        (void)co_await other.open("y", open_mode::read);
        sftp_reply r = co_await c.close(handles[500]);
        CHECK(r.ok());
        (void)co_await c.open("z", open_mode::read);
        r = co_await c.ask(std::move(request(type::open, 5).string("x").u32(1).u32(0)));
        CHECK(r.status() == status::failure);
        c.hang_up();
        other.hang_up();
        (void)co_await c.end();
        (void)co_await other.end();
        CHECK(files->files_open + files->directories_open == 0);
    });
}

TEST_CASE("T86 sizes and places that no file has: no data, no giant allocation, no change")
{
    run_test([]() -> awaitable<void> {
        auto starting = sftp_client::begin(make_memory_file_system(memory_options().capacity(1 << 20)));
        sftp_client c = co_await std::move(starting);
        co_await c.put("file", std::string(300000, 'f'));
        const bytes h = co_await c.open("file", open_mode::read_write);
        const std::size_t before = resident_bytes();
        sftp_reply r = co_await c.read(h, 0, 0xffffffffu);
        REQUIRE(r.what() == type::data);
        CHECK(r.text().size() == 255 * 1024);
        r = co_await c.read(h, 0, 0);
        CHECK(r.status() == status::eof);
        for (const std::uint64_t at : {past_the_last, ~std::uint64_t(0), ~std::uint64_t(0) - 5}) {
            r = co_await c.read(h, at, 10);
            CHECK(r.status() == status::bad_message);
            r = co_await c.write(h, at, "data");
            CHECK(r.status() == status::bad_message);
        }
        r = co_await c.read(h, past_the_last - 1, 0xffffffffu);
        CHECK(r.status() == status::eof);
        r = co_await c.write(h, past_the_last - 2, "data");
        CHECK(r.status() == status::failure);
        packet p = request(type::fsetstat, 9);
        p.string(h).attrs(attributes().with_size(past_the_last));
        r = co_await c.ask(std::move(p));
        CHECK(r.status() == status::bad_message);
        p = request(type::setstat, 9);
        p.string("file").attrs(attributes().with_size(~std::uint64_t(0)));
        r = co_await c.ask(std::move(p));
        CHECK(r.status() == status::bad_message);
        p = request(type::setstat, 9); // sparse: it is only a number
        p.string("file").attrs(attributes().with_size(past_the_last - 1));
        r = co_await c.ask(std::move(p));
        CHECK(r.ok());
        r = co_await c.read(h, past_the_last / 2, 0xffffffffu);
        CHECK(r.text() == std::string(255 * 1024, '\0'));
        check_growth(before, 4 << 20);
    });
}

namespace {

/// Everything that can be seen of a tree.
awaitable<std::string> listing_of(sftp_client& c)
{
    std::string all;
    for (const char* path : {"/", "/d", "/d/file", "/link", "/file"}) {
        packet p = request(type::lstat, 5);
        p.string(path);
        const sftp_reply r = co_await c.ask(std::move(p));
        all += rig::text_of(r.body);
    }
    for (const char* path : {"/d/file", "/file"})
        all += co_await c.get(path);
    const sftp_reply opened = co_await c.path_request(type::opendir, "/");
    const bytes h = opened.handle();
    const sftp_reply names = co_await c.ask(std::move(request(type::readdir, 5).string(h)));
    all += rig::text_of(names.body);
    (void)co_await c.close(h);
    co_return all;
}

} // namespace

TEST_CASE("T89 read-only: every request that would change something is refused, and nothing changes")
{
    run_test([]() -> awaitable<void> {
        auto files = make_memory_file_system();
        auto starting = sftp_client::begin(files);
        sftp_client writer = co_await std::move(starting);
        (void)co_await writer.path_request(type::mkdir, "d");
        co_await writer.put("d/file", "inner");
        co_await writer.put("file", "outer");
        (void)co_await writer.ask(std::move(request(type::symlink, 5).string("file").string("link")));
        starting = sftp_client::begin(files, serve_options().read_only());
        sftp_client c = co_await std::move(starting);
        const std::string before = co_await listing_of(c);
        const bytes h = co_await c.open("file", open_mode::read);
        const attributes change = attributes().with_size(0).with_permissions(0);
        std::vector<bytes> attacks;
        const auto add = [&](packet& p) { attacks.push_back(std::move(p).finish()); };
        for (std::uint32_t flags = 0; flags < 64; ++flags)
            if ((flags & 0x1e) != 0)
                add(request(type::open, 1).string(flags & 0x20 ? "new" : "file").u32(flags).u32(0));
        add(request(type::write, 1).string(h).u64(0).string("x"));
        add(request(type::setstat, 1).string("file").attrs(change));
        add(request(type::fsetstat, 1).string(h).attrs(change));
        add(request(type::remove, 1).string("file"));
        add(request(type::mkdir, 1).string("new").u32(0));
        add(request(type::rmdir, 1).string("d"));
        add(request(type::rename, 1).string("file").string("new"));
        add(request(type::symlink, 1).string("file").string("new"));
        add(extended("posix-rename@openssh.com", 1).string("file").string("d/file"));
        add(extended("hardlink@openssh.com", 1).string("file").string("new"));
        add(extended("fsync@openssh.com", 1).string(h));
        add(extended("lsetstat@openssh.com", 1).string("link").attrs(change));
        add(extended("copy-data", 1).string(h).u64(0).u64(1).string(h).u64(3));
        for (bytes& a : attacks) {
            co_await c.send(std::move(a));
            const sftp_reply r = co_await c.receive();
            CHECK(r.status() == status::permission_denied);
        }
        const std::string after = co_await listing_of(c);
        CHECK(after == before);
    });
}

TEST_CASE("T90 names and numbers at their limits survive a listing")
{
    run_test([]() -> awaitable<void> {
        auto starting = sftp_client::begin(make_memory_file_system());
        sftp_client c = co_await std::move(starting);
        std::string odd;
        for (int i = 1; i < 256; ++i)
            odd += char(i == '/' ? '_' : i);
        REQUIRE(odd.size() == 255);
        co_await c.put(odd, "x");
        packet p = request(type::setstat, 5);
        attributes a;
        a.with_owner(0xffffffffu, 0xfffffffeu).with_permissions(0xffffffffu);
        a.with_times(file_time(std::chrono::seconds(0xffffffffu)), file_time());
        p.string(odd).attrs(a);
        sftp_reply r = co_await c.ask(std::move(p));
        CHECK(r.ok());
        r = co_await c.path_request(type::opendir, "/");
        packet reading = request(type::readdir, 6);
        reading.string(r.handle());
        r = co_await c.ask(std::move(reading));
        const directory_entry e = r.names().back();
        CHECK(e.name == odd);
        CHECK(e.long_name.find("4294967295") != std::string::npos);
        CHECK(e.attrs.uid == 0xffffffffu);
        CHECK(e.attrs.mtime == file_time());
        // 2^32-1 extended attributes, and more than 64 that are there.
        p = request(type::setstat, 7);
        p.string(odd).u32(0x80000000u).u32(0xffffffffu).string("n").string("v");
        r = co_await c.ask(std::move(p));
        CHECK(r.status() == status::bad_message);
        p = request(type::mkdir, 8);
        p.string("d").u32(0x80000000u).u32(65);
        for (int i = 0; i < 65; ++i)
            p.string("n").string("v");
        r = co_await c.ask(std::move(p));
        CHECK(r.status() == status::bad_message);
    });
}
