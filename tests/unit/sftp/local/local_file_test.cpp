// Open files: what is in memory, what comes from a disk, the end, holes, append; and operations that nobody waits for any more.
#include "scene.hpp"
#include "sftp/local/buffers.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <future>

#include <fcntl.h>

using namespace local_scene;

namespace {

/// Folders on whatever file systems this machine has for them.
std::vector<fs::path> places()
{
    std::vector<fs::path> all{fs::temp_directory_path(), fs::current_path()};
    if (::access("/dev/shm", W_OK) == 0)
        all.push_back("/dev/shm");
    return all;
}

struct temporary_file {
    explicit temporary_file(const fs::path& folder)
    {
        std::string name = (folder / "sshoal-file-XXXXXX").string();
        const int fd = ::mkstemp(name.data());
        REQUIRE(fd >= 0);
        ::close(fd);
        path = name;
    }
    ~temporary_file() { ::unlink(path.c_str()); }
    std::string path;
};

std::string pattern(std::size_t size)
{
    std::string s(size, ' ');
    for (std::size_t i = 0; i < size; ++i)
        s[i] = char((i * 7 + i / 251) % 256);
    return s;
}

void forget_pages(const std::string& path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ::fsync(fd);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
}

/// A pool that does nothing until it is let.
class held_pool {
public:
    held_pool()
    {
        asio::post(pool_, [wait = go_.get_future().share()] { wait.wait(); });
    }
    ~held_pool()
    {
        release();
        pool_.join();
    }
    void release()
    {
        if (!std::exchange(released_, true))
            go_.set_value();
    }
    executor get() { return pool_.get_executor(); }

private:
    std::promise<void> go_;
    bool released_ = false;
    asio::thread_pool pool_{1};
};

} // namespace

TEST_CASE("what is written is read again, from memory and from the disk, in pieces of every size")
{
    for (const fs::path& place : places()) {
        INFO(place.string());
        const temporary_file t(place);
        const auto f = make_local_file_system();
        const auto file = wait_for(f->open(t.path, open_mode::read_write, {}));
        REQUIRE(file);
        const std::string all = pattern(3'000'001);
        for (std::size_t at = 0, piece = 1; at < all.size(); piece = piece * 3 % 300'000 + 1) {
            const std::string part = all.substr(at, piece);
            REQUIRE(wait_for((*file)->write(at, bytes(part))));
            at += part.size();
        }
        CHECK(get(t.path) == all);
        std::vector<std::byte> room(256 * 1024);
        for (const bool cold : {false, true})
            for (const std::size_t piece : {std::size_t(1000), std::size_t(32768), std::size_t(262144)}) {
                if (cold)
                    forget_pages(t.path);
                std::string read;
                for (;;) {
                    const auto n = wait_for((*file)->read(read.size(), std::span(room).first(piece)));
                    REQUIRE(n);
                    if (*n == 0)
                        break;
                    read.append(reinterpret_cast<const char*>(room.data()), *n);
                }
                CHECK(read == all);
            }
        CHECK(wait_for((*file)->stat()).value().size == all.size());
        CHECK(wait_for((*file)->sync()));
        CHECK(wait_for((*file)->statvfs()).value().block_size > 0);
        CHECK(wait_for((*file)->set_attributes(attributes().with_size(10).with_permissions(0610))));
        CHECK(fs::file_size(t.path) == 10);
        CHECK(wait_for((*file)->set_attributes(attributes().with_owner(::getuid(), ::getgid()))));
        CHECK(wait_for((*file)->read(10, room)).value() == 0);
        CHECK(wait_for((*file)->read(1'000'000, room)).value() == 0);
        CHECK(wait_for((*file)->close()));
        CHECK(!wait_for((*file)->read(0, room)));
        CHECK(!wait_for((*file)->write(0, bytes("x"))));
    }
}

TEST_CASE("T86: offsets and sizes that no file has are refused or at the end, and holes read as zeros")
{
    const temporary_file t(fs::temp_directory_path());
    const auto f = make_local_file_system();
    const auto file = wait_for(f->open(t.path, open_mode::read_write, {}));
    REQUIRE(file);
    std::byte room[16];
    for (const std::uint64_t at : {std::uint64_t(1) << 63, ~std::uint64_t(0), ~std::uint64_t(0) - 5}) {
        CHECK(!wait_for((*file)->read(at, room)));
        CHECK(!wait_for((*file)->write(at, bytes("x"))));
        CHECK(!wait_for((*file)->set_attributes(attributes().with_size(at))));
    }
    const std::uint64_t last = (std::uint64_t(1) << 63) - 1;
    CHECK(!wait_for((*file)->write(last, bytes("x"))));
    CHECK(wait_for((*file)->read(last - 1, room)).value() == 0);
    CHECK(wait_for((*file)->write(5'000'000'000, bytes("end"))));
    CHECK(wait_for((*file)->read(4'999'999'999, room)).value() == 4);
    CHECK(room[0] == std::byte(0));
    CHECK(room[3] == std::byte('d'));
    CHECK(wait_for((*file)->read(0, {})).value() == 0);
    CHECK(wait_for((*file)->write(0, {})));
}

TEST_CASE("files opened to append ignore offsets, and files that may not be read or written say so")
{
    scene s;
    const auto f = s.files(resolution::best);
    const auto file = wait_for(f->open("/file", open_mode::write | open_mode::append, {}));
    REQUIRE(file);
    CHECK(wait_for((*file)->write(0, bytes("+1"))));
    CHECK(wait_for((*file)->write(3, bytes("+2"))));
    CHECK(get(s.base / "root/file") == "inside+1+2");
    std::byte room[8];
    CHECK(!wait_for((*file)->read(0, room)));
    const auto reading = wait_for(f->open("/file", open_mode::read, {}));
    CHECK(!wait_for((*reading)->write(0, bytes("x"))));
    const auto folder = wait_for(f->open("/dir", open_mode::read, {}));
    REQUIRE(folder);
    CHECK(!wait_for((*folder)->read(0, room)));
}

TEST_CASE("opening a pipe waits for nobody, and devices are read like files")
{
    scene s;
    REQUIRE(::mkfifo((s.base / "root/pipe").c_str(), 0600) == 0);
    const auto f = s.files(GENERATE(resolution::best, resolution::walk));
    std::byte room[8];
    const auto pipe = wait_for(f->open("/pipe", open_mode::read, {}));
    REQUIRE(pipe);
    CHECK(!wait_for((*pipe)->read(0, room)));
    CHECK(wait_for((*pipe)->close()));
    CHECK(!wait_for(f->open("/pipe", open_mode::write, {}))); // nobody reads
    const auto all = make_local_file_system();
    const auto zeros = wait_for(all->open("/dev/zero", open_mode::read, {}));
    REQUIRE(zeros);
    CHECK(wait_for((*zeros)->read(4096, room)).value() == sizeof room);
}

TEST_CASE("jobs of operations that were cancelled, or whose context is gone, touch nothing that is gone")
{
    scene s;
    const temporary_file t(fs::current_path());
    put(t.path, std::string(100'000, 'a'));
    forget_pages(t.path);
    held_pool pool;
    const auto f = make_local_file_system(local_options().work(pool.get()));
    std::shared_ptr<open_file> file;
    {
        const auto direct = local::make_file_system(local_options().work(pool.get()), resolution::best);
        asio::io_context ctx(1);
        auto opening = asio::co_spawn(asio::make_strand(ctx), direct->open(t.path, open_mode::read, {}), asio::use_future);
        ctx.run_for(std::chrono::milliseconds(50));
        if (opening.wait_for(std::chrono::seconds(0)) == std::future_status::ready) // cached: at once
            file = opening.get().value();
    }
    for (const bool cancelled : {true, false}) {
        auto room = std::make_unique<std::vector<std::byte>>(100'000);
        auto from = std::make_unique<std::string>(100'000, 'b');
        auto ctx = std::make_unique<asio::io_context>(1);
        auto stop = std::make_unique<asio::cancellation_signal[]>(4);
        int ended = 0;
        executor strand = asio::make_strand(*ctx);
        const auto start = [&](auto operation, asio::cancellation_signal& signal) {
            asio::co_spawn(strand, std::move(operation),
                           asio::bind_cancellation_slot(signal.slot(), [&ended](std::exception_ptr, auto...) { ++ended; }));
        };
        int started = 3;
        if (file) {
            start(file->read(0, *room), stop[0]);
            ++started;
        }
        start(f->make_directory("/no/such/folder", {}), stop[1]);
        start(f->real_path("/etc"), stop[2]);
        start(f->open(s.base.string() + "/new", creating(), {}), stop[3]);
        ctx->run_for(std::chrono::milliseconds(20));
        if (cancelled) {
            for (int i = 0; i < 4; ++i)
                stop[std::size_t(i)].emit(asio::cancellation_type::terminal);
            ctx->run_for(std::chrono::milliseconds(200));
            CHECK(ended == started);
        }
        stop.reset(); // it and the strand refer to the context
        strand = executor();
        ctx.reset();
        room.reset();
        from.reset();
    }
    if (file)
        CHECK(wait_for(file->close()));
    file.reset();
    pool.release();
}

TEST_CASE("L21 all files of a file system share a few spare buffers, the largest")
{
    local::buffers all;
    std::vector<std::unique_ptr<local::buffer>> taken;
    for (std::size_t i = 0; i < 1000; ++i)
        taken.push_back(all.take(1000 + i % 100));
    for (auto& b : taken) {
        REQUIRE(b->size >= 1000);
        all.give_back(std::move(b));
    }
    CHECK(all.spare_bytes() == local::buffers::most_spare * 1099);
    auto one = all.take(1099);
    CHECK(one->size == 1099);
    CHECK(all.spare_bytes() == (local::buffers::most_spare - 1) * 1099);
    auto large = all.take(100000);
    CHECK(large->size == 100000);
    CHECK(all.spare_bytes() == (local::buffers::most_spare - 1) * 1099);
    all.give_back(std::move(large));
    all.give_back(std::move(one));
    CHECK(all.spare_bytes() == 100000 + (local::buffers::most_spare - 1) * 1099);
    CHECK(all.take(5000)->size == 100000);
}
