// Ready parts for file systems of a program's own, each behind a server.
#include "sftp_peers.hpp"

#include "sshoal/sftp_parts.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

/// "/motd", and nothing else.
class one_text final : public file_system {
public:
    awaitable<outcome<std::shared_ptr<open_file>>> open(std::string path, open_mode, attributes) override
    {
        if (clean_path(path) != "/motd")
            co_return fail(status::no_such_file);
        co_return make_text_file("welcome\n");
    }
    awaitable<outcome<std::shared_ptr<directory_reader>>> open_directory(std::string path) override
    {
        if (clean_path(path) != "/")
            co_return fail(status::no_such_file);
        std::vector<directory_entry> all;
        for (int i = 0; i < 300; ++i)
            all.emplace_back("file" + std::to_string(i), attributes().with_size(std::uint64_t(i)));
        co_return make_listing(std::move(all));
    }
    awaitable<outcome<std::string>> real_path(std::string path) override { co_return clean_path(path); }
};

/// Everything but removing.
class without_removal final : public forwarding_file_system {
public:
    using forwarding_file_system::forwarding_file_system;
    awaitable<outcome<void>> remove(std::string path) override
    {
        ++asked;
        co_return fail(status::permission_denied, path + " stays");
    }
    int asked = 0;
};

} // namespace

TEST_CASE("SFTP: clean_path() leads nowhere but down")
{
    const std::pair<const char*, const char*> all[] = {
        {"", "/"}, {"/", "/"}, {".", "/"}, {"..", "/"}, {"/..", "/"}, {"a", "/a"}, {"/a/", "/a"}, {"//a//b", "/a/b"},
        {"/a/./b/../c/", "/a/c"}, {"a/../../../b", "/b"}, {"/a/b/../..", "/"}, {"...", "/..."}, {"/a/..b/.c", "/a/..b/.c"},
    };
    for (const auto& [path, clean] : all) {
        CAPTURE(path);
        CHECK(clean_path(path) == clean);
        CHECK(clean_path(clean) == clean);
    }
}

TEST_CASE("SFTP: a text file and a listing are served")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(std::make_shared<one_text>());
        const std::string text = co_await c.read_all("x/../motd");
        CHECK(text == "welcome\n");
        file f = co_await c.open("/motd");
        const attributes a = co_await f.stat();
        CHECK(a.size == 8u);
        CHECK(a.is_regular());
        std::string part(3, ' ');
        const std::size_t n = co_await f.read_at(6, room(part));
        CHECK(n == 2);
        CHECK(part.substr(0, 2) == "e\n");
        failure why = co_await failure_of(f.write_at(0, view_of("x")));
        CHECK(why.code() == status::permission_denied); // it is open for reading
        const std::vector<directory_entry> entries = co_await c.list("/");
        REQUIRE(entries.size() == 300);
        CHECK(entries[299].name == "file299");
        CHECK(entries[299].attrs.size == 299u);
    });
}

TEST_CASE("SFTP: a forwarding file system changes one member and keeps the others")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<without_removal>(make_memory_file_system());
        client c = co_await client_of(files);
        const std::string all = pattern(500'000);
        co_await c.make_directory("d");
        co_await c.write_all("d/f", all);
        co_await c.replace("d/f", "d/g");
        co_await c.rename("d/g", "d/f");
        co_await c.make_symlink("f", "d/link");
        co_await c.make_hard_link("d/f", "d/hard");
        co_await c.chmod("d/f", 0600);
        co_await c.set_link_attributes("d/link", attributes().with_times(file_time(), file_time()));
        const std::string got = co_await c.read_all("d/link");
        CHECK(got == all);
        const std::string target = co_await c.read_link("d/link");
        CHECK(target == "f");
        const attributes a = co_await c.stat("d/link");
        CHECK((*a.permissions & 0777) == 0600);
        const attributes l = co_await c.lstat("d/link");
        CHECK(l.is_symlink());
        const std::string real = co_await c.real_path("d/../d/link");
        CHECK(real == "/d/f");
        const file_system_info space = co_await c.statvfs("/");
        CHECK(space.blocks > 0);
        const std::vector<directory_entry> entries = co_await c.list("d");
        CHECK(entries.size() == 3);
        file f = co_await c.open("d/f", open_mode::read_write);
        co_await f.truncate(10);
        co_await f.sync();
        const attributes cut = co_await f.stat();
        CHECK(cut.size == 10u);
        const failure why = co_await failure_of(c.remove("d/f"));
        CHECK(why.code() == status::permission_denied);
        CHECK(why.context().find("stays") != std::string::npos);
        CHECK(files->asked == 1);
        co_await c.make_directory("e");
        co_await c.remove_directory("e");
    });
}

TEST_CASE("SFTP: a forwarding file system offers what the other one does, and is as read-only")
{
    const forwarding_file_system memory(make_memory_file_system());
    CHECK(memory.extensions() == make_memory_file_system()->extensions());
    CHECK_FALSE(memory.read_only());
    const forwarding_file_system nothing(std::make_shared<one_text>());
    CHECK(nothing.extensions().empty());
}

TEST_CASE("SFTP: uploads are told when they are complete")
{
    run_test([]() -> awaitable<void> {
        std::string told;
        auto note = [&told](std::string path) -> awaitable<void> {
            co_await settle();
            if (path.ends_with("bad"))
                throw error(fail(status::quota_exceeded, "too much"));
            told += path + " ";
        };
        client c = co_await client_of(tell_uploads(make_memory_file_system(), note));
        co_await c.write_all("/one", "1");
        CHECK(told == "/one ");
        (void)co_await c.read_all("/one");
        CHECK(told == "/one ");
        file f = co_await c.open("/two", open_mode::write | open_mode::create | open_mode::append);
        co_await f.write("2");
        CHECK(told == "/one ");
        co_await f.close();
        CHECK(told == "/one /two ");
        file bad = co_await c.open("/bad", open_mode::overwrite);
        const failure why = co_await failure_of(bad.close());
        CHECK(why.code() == status::failure); // version 3 has no number for a quota
        CHECK(why.context().find("too much") != std::string::npos);
        file left = co_await c.open("/left", open_mode::overwrite);
        co_await left.write("x");
        c.close();
        co_await settle();
        CHECK(told == "/one /two ");
    });
}
