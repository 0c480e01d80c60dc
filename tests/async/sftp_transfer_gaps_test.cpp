// Files that are whole or can be made whole: after failures in the middle, copies onto themselves, holes in files that are there,
// and errors that somebody did not stay to hear.
#include "sftp_peers.hpp"

#include "sshoal/local_file_system.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

constexpr std::size_t piece = 255 * 1024;

/// A get() and a put() of which a piece fails, then the same again, resumed.
awaitable<void> fails_and_resumes(std::size_t bad, bool cancelled)
{
    const temporary_folder folder;
    const std::string all = pattern(12 * piece), local = (folder.path / "local").string(), from = (folder.path / "from").string();
    put_on_disk(from, all);
    auto files = std::make_shared<troubled_files>(make_memory_file_system());
    client c = co_await client_of(files);
    co_await c.write_all("there", all);
    const auto again = transfer_options().if_exists(existing::resume);

    files->reads = 0;
    files->bad_read = bad;
    files->delay = std::chrono::milliseconds(cancelled ? 3 : 0);
    failure why;
    if (cancelled) {
        beside getting = co_await beside::start_here(c.get("there", local));
        while (files->reads < bad && !getting.done())
            co_await pause_for(std::chrono::milliseconds(1));
        getting.cancel(stop_total);
        while (!getting.done())
            co_await pause_for(std::chrono::milliseconds(1));
        why = getting.result();
    } else {
        why = co_await failure_of(c.get("there", local));
    }
    CHECK(bool(why));
    files->bad_read = 0;
    CHECK(all.starts_with(on_disk(local)));
    (void)co_await c.get("there", local, again);
    CHECK(on_disk(local) == all);

    files->writes = 0;
    files->bad_write = bad;
    why = co_await failure_of(c.put(from, "new"));
    CHECK(bool(why));
    files->bad_write = 0;
    const std::string part = co_await c.read_all("new");
    CHECK(all.starts_with(part));
    (void)co_await c.put(from, "new", again);
    const std::string whole = co_await c.read_all("new");
    CHECK(whole == all);
}

awaitable<void> read_once(file from, std::string& into, std::size_t& moved) { moved = co_await from.read_some(room(into)); }

} // namespace

TEST_CASE("SFTP transfers: what failed has no gaps, so that resuming it makes it whole")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t bad : {1u, 3u, 7u})
            for (const bool cancelled : {false, true}) {
                CAPTURE(bad, cancelled);
                co_await fails_and_resumes(bad, cancelled);
            }
    });
}

TEST_CASE("SFTP transfers: a piece whose answer does not come lets the others go no further than bytes_at_once()")
{
    run_test([]() -> awaitable<void> {
        constexpr std::uint64_t step = 32768; // what servers without limits@openssh.com are asked for
        for (const auto& [most, last] : {std::pair(10 * step - 1, 9 * step), {10 * step, 10 * step}, {10 * step + 1, 10 * step}}) {
            CAPTURE(most);
            std::uint64_t highest = 0;
            scripted s([&](const asked& q, answers& a) {
                if (q.what == type::open)
                    return a.handle(q.id);
                if (q.what == type::fstat || q.what == type::stat)
                    return a.attrs(q.id, attributes().with_size(100 * step).with_permissions(0100644));
                if (q.what != type::read)
                    return a.status(q.id, status::op_unsupported);
                highest = std::max(highest, q.offset());
                if (q.offset() > 0)
                    a.data(q.id, pattern(step));
            });
            const temporary_folder folder;
            client c = co_await s.open();
            const auto how = transfer_options().bytes_at_once(std::size_t(most));
            beside getting = co_await beside::start_here(c.get("far", (folder.path / "near").string(), how));
            for (int i = 0; i < 1000 && highest < last; ++i)
                co_await pause_for(std::chrono::milliseconds(1));
            co_await settle();
            CHECK(highest == last);
            CHECK_FALSE(getting.done());
            getting.cancel(stop_total);
            while (!getting.done())
                co_await pause_for(std::chrono::milliseconds(1));
            CHECK(on_disk(folder.path / "near").empty()); // the first piece is the gap
        }
    });
}

TEST_CASE("SFTP transfers: nothing is copied onto itself, by whatever name, and a directory not into itself")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        co_await c.create_directories("photos/2024");
        co_await c.write_all("photos/2024/a", "picture");
        co_await c.make_symlink("photos/2024/a", "link");
        const std::pair<std::string, std::string> pairs[]
            = {{"photos/2024", "photos"},     {"photos/2024/a", "photos/2024"}, {"photos/2024/a", "./photos/2024/a"},
               {"photos/2024/a", "link"},     {"photos", "photos"},             {"photos", "photos/2024"},
               {"photos", "photos/2024/new"}, {"photos/../photos", "photos/"}};
        for (const auto& [from, to] : pairs) {
            CAPTURE(from, to);
            const failure why = co_await failure_of(c.copy(from, to, transfer_options().recursive()));
            CHECK(why.code() == errc::invalid_argument);
            const std::string text = co_await c.read_all("photos/2024/a");
            CHECK(text == "picture");
        }
        (void)co_await c.copy("photos", "photos 2", transfer_options().recursive()); // begins the same, and is another
        const std::string text = co_await c.read_all("photos 2/2024/a");
        CHECK(text == "picture");
    });
}

TEST_CASE("SFTP transfers: sparse() leaves nothing of what was there before, also in_place()")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        const std::string old = pattern(3 * piece), local = (folder.path / "local").string();
        std::string holes(2 * piece + 5, '\0');
        holes.replace(piece - 3, 6, "island");
        client c = co_await client_of(make_memory_file_system());
        const auto how = transfer_options().sparse().in_place();
        put_on_disk(local, holes);
        co_await c.write_all("there", old);
        (void)co_await c.put(local, "there", how);
        const std::string text = co_await c.read_all("there");
        CHECK(text == holes);
        put_on_disk(local, old);
        (void)co_await c.get("there", local, how);
        CHECK(on_disk(local) == holes);
        co_await c.write_all("other", old);
        (void)co_await c.copy("there", "other", how);
        const std::string copied = co_await c.read_all("other");
        CHECK(copied == holes);
    });
}

TEST_CASE("SFTP transfers: a copy of a file that says it has no bytes has those that it has")
{
    run_test([]() -> awaitable<void> {
        const temporary_folder folder;
        client c = co_await client_of(make_local_file_system());
        const std::string to = (folder.path / "copy").string();
        (void)co_await c.copy("/proc/self/status", to, transfer_options().sparse());
        CHECK(on_disk(to).find("VmRSS") != std::string::npos);
    });
}

TEST_CASE("SFTP client: after a read that failed, reading goes on where it was")
{
    run_test([]() -> awaitable<void> {
        const std::string all = pattern(8 * piece);
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        client c = co_await client_of(files);
        co_await c.write_all("f", all);
        files->reads = 0;
        files->bad_read = 3;
        file f = co_await c.open("f", open_mode::read);
        std::string got, some(100'000, ' ');
        int failed = 0;
        for (;;) {
            std::size_t n = 0;
            const failure why = co_await failure_of(read_once(f, some, n));
            failed += why ? 1 : 0;
            if (!why && n == 0)
                break;
            got.append(some, 0, n);
            REQUIRE(failed < 10);
        }
        CHECK(failed == 1);
        CHECK(got == all);
        co_await f.close();
    });
}

TEST_CASE("SFTP client: a write that failed is told to the next who asks, where the first did not stay")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        client c = co_await client_of(files);
        file f = co_await c.open("f", open_mode::write | open_mode::create);
        f.streaming(stream_options().write_behind(4u << 20));
        files->bad_write = 1;
        files->delay = std::chrono::milliseconds(30);
        const std::string text = pattern(6 * piece);
        co_await f.write(text);
        beside flushing = co_await beside::start_here(f.flush());
        while (files->writes < 3) // the first has been answered
            co_await pause_for(std::chrono::milliseconds(1));
        flushing.cancel(stop_total);
        while (!flushing.done())
            co_await pause_for(std::chrono::milliseconds(1));
        CHECK(flushing.aborted());
        failure why = co_await failure_of(f.flush());
        CHECK(why.code() == status::failure);
        why = co_await failure_of(f.flush());
        CHECK_FALSE(why);
        co_await f.close();
    });
}
