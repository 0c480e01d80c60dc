// What transfers ask of the machine's files besides what servers do: paths from the current directory, links refused, buffers
// that others own, holes, and files that are given up.
#include "scene.hpp"
#include "sftp/local/small_file.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <future>

#include <fcntl.h>

using namespace local_scene;

namespace {

std::shared_ptr<const std::byte> shared_bytes(std::size_t n, char c)
{
    const auto all = std::make_shared<std::vector<std::byte>>(n, std::byte(c));
    return {all, all->data()};
}

/// The current directory, while this lives.
class working_directory {
public:
    explicit working_directory(const fs::path& p) : before_(fs::current_path()) { fs::current_path(p); }
    working_directory(const working_directory&) = delete;
    ~working_directory() { fs::current_path(before_); }

private:
    fs::path before_;
};

} // namespace

TEST_CASE("paths from \".\" begin in the current directory, wherever that is by then")
{
    scene s;
    const auto f = local::make_file_system(local_options().start("."), GENERATE(resolution::best, resolution::walk));
    const auto content = [&] {
        const auto file = wait_for(f->open("inner", open_mode::read, {}));
        return file ? read_all(*file) : "";
    };
    put(s.base / "root/dir/sub/inner", "deeper");
    {
        const working_directory here(s.base / "root/dir");
        CHECK(content() == "inner");
        CHECK(wait_for(f->real_path("inner")).value() == (s.base / "root/dir/inner").string());
        CHECK(wait_for(f->make_directory("made", {})));
        CHECK(fs::is_directory(s.base / "root/dir/made"));
    }
    {
        const working_directory here(s.base / "root/dir/sub");
        CHECK(content() == "deeper");
        CHECK(wait_for(f->stat((s.base / "root/file").string())));
    }
    fs::create_directory(s.base / "gone");
    {
        const working_directory here(s.base / "gone");
        fs::remove(s.base / "gone");
        CHECK(content() == "");
        CHECK(!wait_for(f->real_path("inner")));
        CHECK(wait_for(f->stat((s.base / "root/file").string()))); // absolute paths need no directory
    }
}

TEST_CASE("open_no_follow() refuses links, which open() follows, and opens all else as open() does")
{
    scene s;
    const auto how = GENERATE(resolution::best, resolution::walk);
    const bool rooted = GENERATE(true, false);
    const auto f = rooted ? s.files(how) : local::make_file_system(s.plain(), how);
    fs::create_symlink("file", s.base / "root/link");
    fs::create_symlink("nowhere", s.base / "root/dangling");
    for (const open_mode mode : {open_mode::read, open_mode::overwrite}) {
        INFO(unsigned(mode));
        CHECK(!wait_for(f->open_no_follow("link", mode, {})));
        CHECK(!wait_for(f->open_no_follow("dangling", mode, {})));
        CHECK(get(s.base / "root/file") == "inside");
        CHECK_FALSE(fs::exists(s.base / "root/nowhere"));
    }
    CHECK(read_all(*wait_for(f->open_no_follow("file", open_mode::read, {}))) == "inside");
    CHECK(wait_for(f->open_no_follow("new", open_mode::overwrite, {})));
    CHECK(fs::exists(s.base / "root/new"));
    CHECK(wait_for(f->open("link", open_mode::overwrite, {})));
    CHECK(get(s.base / "root/file").empty());
}

TEST_CASE("what is read into and written from shared buffers is the same, and jobs keep them when nobody waits")
{
    scene s;
    const std::string path = (s.base / "big").string();
    asio::thread_pool pool(1);
    std::promise<void> go;
    const auto f = make_local_file_system(local_options().work(pool.get_executor()));
    const auto file = wait_for(f->open(path, open_mode::read_write | open_mode::create, {})).value();
    std::weak_ptr<const std::byte> gone;
    {
        asio::post(pool, [wait = go.get_future().share()] { wait.wait(); });
        asio::io_context ctx(1);
        auto data = shared_bytes(300'000, 'x');
        gone = data;
        asio::co_spawn(asio::make_strand(ctx), file->write_shared(5, std::move(data), 300'000), [](std::exception_ptr, auto) {});
        ctx.run_for(std::chrono::milliseconds(20)); // it waits for the pool, or has been done at once
    }
    go.set_value();
    pool.join();
    CHECK(gone.expired());
    CHECK(get(path) == std::string(5, '\0') + std::string(300'000, 'x'));

    const auto all = make_local_file_system();
    const auto again = wait_for(all->open(path, open_mode::read, {})).value();
    for (const bool cold : {true, false}) {
        if (cold) {
            const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
            ::fsync(fd);
            ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
            ::close(fd);
        }
        const auto room = std::make_shared<std::vector<std::byte>>(400'000);
        const auto n = wait_for(again->read_shared(3, std::shared_ptr<std::byte>(room, room->data()), room->size()));
        REQUIRE(n);
        REQUIRE(*n == 300'002);
        CHECK((*room)[1] == std::byte(0));
        CHECK((*room)[2] == std::byte('x'));
        CHECK((*room)[300'001] == std::byte('x'));
    }
}

TEST_CASE("next_data() passes over holes where the file system has them")
{
    scene s;
    const std::string path = (s.base / "sparse").string();
    const auto f = make_local_file_system();
    const auto file = wait_for(f->open(path, open_mode::read_write | open_mode::create, {})).value();
    CHECK(wait_for(file->write(50 << 20, bytes("data"))));
    CHECK(wait_for(file->set_attributes(attributes().with_size(100 << 20))));
    struct ::stat what = {};
    REQUIRE(::stat(path.c_str(), &what) == 0);
    if (what.st_blocks > 100'000)
        return; // no holes here
    const std::uint64_t data = file->next_data(0);
    CHECK(data > 40 << 20);
    CHECK(data <= 50 << 20);
    CHECK(file->next_data(50 << 20) == 50 << 20);
    CHECK(file->next_data(60 << 20) == 100 << 20);
    CHECK(file->next_data(200 << 20) == 200 << 20);
    CHECK(file->next_data(UINT64_MAX) == UINT64_MAX);
}

TEST_CASE("a file that is given up is cut to what is right, or removed where its opening made it")
{
    scene s;
    const auto f = s.files(GENERATE(resolution::best, resolution::walk));
    const std::string all(1000, 'x');
    for (const bool exclusive : {false, true})
        for (const bool given_up : {false, true}) {
            CAPTURE(exclusive, given_up);
            const open_mode mode = creating() | (exclusive ? open_mode::exclusive : open_mode::truncate);
            const std::string name = exclusive ? "made" + std::to_string(given_up) : "there";
            auto file = wait_for(f->open(name, mode, {})).value();
            REQUIRE(wait_for(file->write(0, bytes(all))));
            if (given_up)
                CHECK(file->abandon(10));
            CHECK(get(s.base / "root" / name) == all);
            file.reset();
            CHECK(fs::exists(s.base / "root" / name) == !(exclusive && given_up));
            if (!exclusive)
                CHECK(get(s.base / "root" / name).size() == (given_up ? 10u : 1000u));
        }
    // Also after it was closed, as where it could not get another name.
    auto file = wait_for(f->open("late", creating() | open_mode::exclusive, {})).value();
    CHECK(wait_for(file->close()));
    CHECK(file->abandon(0));
    file.reset();
    CHECK_FALSE(fs::exists(s.base / "root/late"));
    CHECK(s.outside_untouched());
}

TEST_CASE("a small file is written in one step, and leaves nothing beside it where that fails")
{
    scene s;
    const auto f = s.files(GENERATE(resolution::best, resolution::walk));
    auto* const writer = dynamic_cast<local::small_file_writer*>(f.get());
    REQUIRE(writer != nullptr);
    local::small_file file;
    file.path = "small";
    file.contents = shared_bytes(1000, 'x');
    file.size = 1000;
    file.initial.permissions = 0600;
    file.last.with_permissions(0640).with_times(file_time(std::chrono::seconds(1000)), file_time(std::chrono::seconds(2000)));
    file.sync = true;
    local::small_file_result r = wait_for(writer->write_small_file(file));
    CHECK_FALSE(bool(r.trouble));
    CHECK_FALSE(bool(r.mode));
    CHECK_FALSE(bool(r.times));
    CHECK_FALSE(bool(r.sync));
    CHECK(get(s.base / "root/small") == std::string(1000, 'x'));
    struct ::stat what = {};
    REQUIRE(::stat((s.base / "root/small").c_str(), &what) == 0);
    CHECK((what.st_mode & 07777) == 0640);
    CHECK(what.st_mtim.tv_sec == 2000);

    file.path = "small.part";
    file.final_path = "file";
    file.mode = creating() | open_mode::exclusive;
    r = wait_for(writer->write_small_file(file));
    CHECK_FALSE(bool(r.trouble));
    CHECK(get(s.base / "root/file") == std::string(1000, 'x'));
    CHECK_FALSE(fs::exists(s.base / "root/small.part"));

    file.final_path = "no/where";
    r = wait_for(writer->write_small_file(file));
    CHECK(std::string(r.step) == "rename");
    CHECK(bool(r.trouble));
    CHECK_FALSE(fs::exists(s.base / "root/small.part"));

    file.final_path.clear();
    file.path = "no/where";
    r = wait_for(writer->write_small_file(file));
    CHECK(std::string(r.step) == "open");

    fs::create_symlink("file", s.base / "root/link");
    file.path = "link";
    file.mode = open_mode::overwrite;
    file.follow = false;
    file.contents = shared_bytes(10, 'y');
    file.size = 10;
    r = wait_for(writer->write_small_file(file));
    CHECK(std::string(r.step) == "open");
    file.follow = true;
    r = wait_for(writer->write_small_file(file));
    CHECK_FALSE(bool(r.trouble));
    CHECK(get(s.base / "root/file") == std::string(10, 'y'));
    CHECK(s.outside_untouched());
}
