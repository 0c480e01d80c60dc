// get() and put() of our SFTP client where something goes wrong: writes that fail in flight, full disks at both ends, callbacks
// that throw; and the rate that is kept.
#include "sftp_peers.hpp"

using namespace rig;
using namespace sshoal::sftp;
namespace fs = std::filesystem;

namespace {

struct stop_here {};

template <class T>
awaitable<bool> threw_stop(awaitable<T> op)
{
    bool threw = false;
    try {
        (void)co_await std::move(op);
    } catch (const stop_here&) {
        threw = true;
    }
    co_return threw;
}

awaitable<bool> all_closed(const troubled_files& files)
{
    for (int i = 0; i < 1000 && files.files_open > 0; ++i)
        co_await pause_for(std::chrono::milliseconds(5));
    co_return files.files_open == 0;
}

} // namespace

TEST_CASE("SFTP transfers: whichever write or read fails in flight, it is reported, and by_rename() leaves nothing behind")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string all = pattern(12 * 261'120);
        const std::string local = (folder.path / "from").string(), back = (folder.path / "back").string();
        put_on_disk(local, all);
        for (const std::size_t bad : {1u, 2u, 7u, 12u, 13u})
            for (const bool by_rename : {false, true}) {
                CAPTURE(bad, by_rename);
                auto files = std::make_shared<troubled_files>(make_memory_file_system());
                client c = co_await client_of(files);
                files->bad_write = bad;
                const auto how = transfer_options().by_rename(by_rename);
                failure why = co_await failure_of(c.put(local, "there", how));
                CHECK(bool(why) == (bad <= 12));
                if (why)
                    CHECK(why.message().find("No space left") != std::string::npos);
                bool closed = co_await all_closed(*files);
                CHECK(closed);
                co_await settle();
                std::vector<directory_entry> left = co_await c.list("/");
                CHECK(left.size() == (by_rename && why ? 0u : 1u));
                files->bad_write = 0;
                co_await c.write_all("there", all);
                files->reads = 0;
                files->bad_read = bad;
                files->number = EIO;
                why = co_await failure_of(c.get("there", back, how));
                CHECK(bool(why) == (bad <= 12));
                if (why)
                    CHECK(why.message().find("Input/output error") != std::string::npos);
                if (!why || by_rename)
                    CHECK(fs::exists(back) == !why);
                CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) <= 2);
                closed = co_await all_closed(*files);
                CHECK(closed);
                fs::remove(back);
            }
    });
}

TEST_CASE("SFTP transfers: what CLOSE says counts, what fsync says is told, and a disk of ours that is full counts too")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "from").string();
        for (const std::size_t size : {10u, 1'000'000u}) {
            put_on_disk(local, pattern(size));
            auto files = std::make_shared<troubled_files>(make_memory_file_system());
            client c = co_await client_of(files);
            files->bad_close = EDQUOT;
            failure why = co_await failure_of(c.put(local, "there"));
            CHECK(why.message().find("quota exceeded") != std::string::npos);
            files->bad_close = 0;
            files->bad_sync = EIO;
            transfer_result r = co_await c.put(local, "there", transfer_options().sync());
            CHECK(r.files == 1);
            REQUIRE(r.notes.size() == 1);
            CHECK(r.notes[0].what == "fsync");
            CHECK(r.notes[0].why.message().find("Input/output error") != std::string::npos);
            files->bad_sync = 0;
            r = co_await c.put(local, "there", transfer_options().sync());
            CHECK(r.notes.empty());
            if (fs::exists("/dev/full")) {
                why = co_await failure_of(c.get("there", "/dev/full"));
                CHECK(why.code() == errc::file_error);
                CHECK(why.message().find("No space left") != std::string::npos);
            }
        }
    });
}

TEST_CASE("SFTP transfers: one bad file of a tree is told and skipped, the others are moved")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        fs::create_directories(folder.path / "t/d");
        for (int i = 0; i < 20; ++i)
            put_on_disk(folder.path / "t/d" / std::to_string(i), pattern(1000));
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        client c = co_await client_of(files);
        files->bad_write = 7;
        const auto how = transfer_options().recursive().by_rename();
        transfer_result r = co_await c.put((folder.path / "t").string(), "t", how);
        CHECK(r.files == 19);
        REQUIRE(r.skipped.size() == 1);
        CHECK(r.skipped[0].second.message().find("No space left") != std::string::npos);
        files->reads = 0;
        files->bad_read = 4;
        r = co_await c.get("t", (folder.path / "back").string(), how);
        CHECK(r.files == 18);
        REQUIRE(r.skipped.size() == 1);
        const bool closed = co_await all_closed(*files);
        CHECK(closed);
    });
}

TEST_CASE("SFTP transfers: what the progress callback or the filter throws ends the transfer, and comes out of it")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        fs::create_directories(folder.path / "t/d");
        for (int i = 0; i < 30; ++i)
            put_on_disk(folder.path / "t/d" / std::to_string(i), pattern(std::size_t(i) * 40'000));
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        client c = co_await client_of(files);
        const std::string local = (folder.path / "t").string(), back = (folder.path / "back").string();
        const auto plain = transfer_options().recursive();
        (void)co_await c.put(local, "t", plain);
        for (const int nth : {1, 2, 5, 20, 59}) {
            CAPTURE(nth);
            int calls = 0;
            auto how = transfer_options().recursive().by_rename().files_at_once(8);
            how.progress([&](const transfer_progress&) {
                if (++calls == nth)
                    throw stop_here();
            });
            bool threw = co_await threw_stop(c.put(local, "u" + std::to_string(nth), how));
            CHECK(threw);
            calls = 0;
            threw = co_await threw_stop(c.get("t", back + std::to_string(nth), how));
            CHECK(threw);
            calls = 0;
            threw = co_await threw_stop(c.copy("t", "copy" + std::to_string(nth), how));
            CHECK(threw);
        }
        auto filtered = transfer_options().recursive();
        filtered.filter([](const std::string& path, const attributes&) -> bool {
            if (path == "d/7")
                throw stop_here();
            return true;
        });
        bool threw = co_await threw_stop(c.put(local, "v", filtered));
        CHECK(threw);
        threw = co_await threw_stop(c.get("t", back, filtered));
        CHECK(threw);
        const bool closed = co_await all_closed(*files);
        CHECK(closed);
        for (const auto& e : fs::recursive_directory_iterator(folder.path))
            CHECK_FALSE(e.path().string().ends_with(".part"));
    });
}

TEST_CASE("SFTP transfers: a rate is kept, and progress is told as it goes")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "from").string();
        put_on_disk(local, pattern(300'000));
        client c = co_await client_of(make_memory_file_system());
        for (const bool up : {true, false}) {
            std::size_t calls = 0;
            bool done = false;
            std::uint64_t bytes = 0;
            auto how = transfer_options().rate(500'000);
            how.progress([&](const transfer_progress& p) {
                ++calls;
                CHECK(p.bytes >= bytes);
                bytes = p.bytes;
                done = p.done;
                CHECK(p.size == 300'000);
                CHECK(p.rate() < 5e8);
            });
            const auto began = std::chrono::steady_clock::now();
            transfer_result r;
            if (up)
                r = co_await c.put(local, "x", how);
            else
                r = co_await c.get("x", local + "2", how);
            const auto took = std::chrono::steady_clock::now() - began;
            CHECK(r.bytes == 300'000);
            CHECK(took > std::chrono::milliseconds(400));
            CHECK(took < std::chrono::seconds(20));
            CHECK(calls >= 4);
            CHECK(done);
            CHECK(bytes == 300'000);
        }
        CHECK(on_disk(local + "2") == on_disk(local));
    });
}

TEST_CASE("SFTP transfers: verify() compares both ends, and a server that refuses to says so")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string local = (folder.path / "from").string();
        put_on_disk(local, pattern(700'000));
        auto files = make_memory_file_system();
        client c = co_await client_of(files);
        const auto how = transfer_options().verify();
        (void)co_await c.put(local, "x", how);
        (void)co_await c.get("x", local + "2", how);
        std::string changed = pattern(700'000);
        changed[5] ^= 1;
        put_on_disk(local, changed.substr(0, 400'000)); // resumed behind a difference
        failure why = co_await failure_of(c.get("x", local, transfer_options().verify().resume()));
        CHECK(why.code() == errc::files_differ);
        put_on_disk(local, pattern((32u << 20) + 1)); // more than one request's worth
        const transfer_result two_ranges = co_await c.put(local, "y", how);
        CHECK(two_ranges.files == 1);
        client bare = co_await client_of(files, serve_options().deny(names("check-file-handle", "check-file-name")));
        why = co_await failure_of(bare.get("x", local + "3", how));
        CHECK(why.code() == status::permission_denied);
    });
}
