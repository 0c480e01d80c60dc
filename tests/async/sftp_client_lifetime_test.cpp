// Our SFTP client: many operations at once, each kind cancelled at many points, everything dropped at any moment, other strands
// and threads, and an io_context that goes.
#include "sftp_peers.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

using operation = std::function<awaitable<void>(client, const temporary_folder&)>;

struct kind {
    const char* name;
    operation run;
};

template <class T>
awaitable<void> without_result(awaitable<T> op)
{
    (void)co_await std::move(op);
}

awaitable<void> read_in_pieces(client c)
{
    file f = co_await c.open("big");
    std::string some(100'000, ' ');
    for (;;) {
        const std::size_t n = co_await f.read_some(room(some));
        if (n == 0)
            break;
    }
    co_await f.close();
}

awaitable<void> write_in_pieces(client c)
{
    file f = co_await c.open("pieces", "w");
    f.streaming(stream_options().write_behind(1 << 20));
    const std::string some(100'000, 'x');
    for (int i = 0; i < 8; ++i)
        co_await f.write(some);
    co_await f.close();
}

awaitable<void> at_offset(client c)
{
    file f = co_await c.open("big", "r+");
    std::string some(900'000, ' ');
    (void)co_await f.read_at(1, room(some));
    co_await f.write_at(1, view_of(some));
    (void)co_await f.seek(0, seek_from::end);
    co_await f.sync();
}

awaitable<void> walk_all(client c)
{
    walker w = c.walk("tree");
    for (;;) {
        const std::optional<walk_entry> e = co_await w.next();
        if (!e)
            break;
    }
}

awaitable<void> read_entries(client c)
{
    directory d = co_await c.open_directory("tree/wide");
    for (;;) {
        const std::optional<directory_entry> e = co_await d.next();
        if (!e)
            break;
    }
    co_await d.close();
}

awaitable<void> make_and_remove(client c)
{
    (void)co_await c.remove_all("made"); // of one that was cancelled
    (void)co_await c.create_directories("made/a/b");
    co_await c.write_all("made/a/b/f", "x");
    co_await c.rename("made/a/b/f", "made/g");
    (void)co_await c.remove_all("made");
}

awaitable<void> enter(client c)
{
    co_await c.change_directory("/tree/.."); // where the others expect it to be
    co_await c.change_directory("tree/wide/../..");
    (void)co_await c.working_directory();
}

std::string below(const temporary_folder& f, const char* name) { return (f.path / name).string(); }

std::vector<kind> kinds()
{
    std::vector<kind> all;
    const auto add = [&](const char* name, operation o) { all.push_back(kind{name, std::move(o)}); };
    add("stat", [](client c, const temporary_folder&) { return without_result(c.stat("big")); });
    add("exists", [](client c, const temporary_folder&) { return without_result(c.exists("none")); });
    add("read all", [](client c, const temporary_folder&) { return without_result(c.read_all("big")); });
    add("write all", [](client c, const temporary_folder&) { return c.write_all("new", std::string_view("text")); });
    add("read in pieces", [](client c, const temporary_folder&) { return read_in_pieces(c); });
    add("write in pieces", [](client c, const temporary_folder&) { return write_in_pieces(c); });
    add("at offsets", [](client c, const temporary_folder&) { return at_offset(c); });
    add("list", [](client c, const temporary_folder&) { return without_result(c.list("tree/wide")); });
    add("entries", [](client c, const temporary_folder&) { return read_entries(c); });
    add("walk", [](client c, const temporary_folder&) { return walk_all(c); });
    add("glob", [](client c, const temporary_folder&) { return without_result(c.glob("tr*/*/1*")); });
    add("make and remove", [](client c, const temporary_folder&) { return make_and_remove(c); });
    add("change directory", [](client c, const temporary_folder&) { return enter(c); });
    add("extended", [](client c, const temporary_folder&) {
        return without_result(c.extended("limits@openssh.com", sshoal::bytes()));
    });
    add("get", [](client c, const temporary_folder& f) {
        return without_result(c.get("big", below(f, "got"), transfer_options().by_rename()));
    });
    add("get tree", [](client c, const temporary_folder& f) {
        return without_result(c.get("tree", below(f, "got tree"), transfer_options().recursive().preserve()));
    });
    add("put", [](client c, const temporary_folder& f) {
        return without_result(c.put(below(f, "big"), "put", transfer_options().by_rename()));
    });
    add("put tree", [](client c, const temporary_folder& f) {
        return without_result(c.put(below(f, "tree"), "put tree", transfer_options().recursive()));
    });
    add("copy", [](client c, const temporary_folder&) {
        return without_result(c.copy("tree", "copy", transfer_options().recursive()));
    });
    return all;
}

awaitable<void> fill(client c, const temporary_folder& folder)
{
    const std::string big = pattern(1'000'000);
    co_await c.write_all("big", big);
    (void)co_await c.create_directories("tree/wide");
    (void)co_await c.create_directories("tree/deep/er");
    for (int i = 0; i < 20; ++i)
        co_await c.write_all("tree/wide/" + std::to_string(i), std::to_string(i));
    co_await c.write_all("tree/deep/er/file", big.substr(0, 300'000));
    (void)co_await c.get("tree", below(folder, "tree"), transfer_options().recursive());
    (void)co_await c.get("big", below(folder, "big"));
}

awaitable<void> step_aside(std::size_t n)
{
    const executor ex = co_await asio::this_coro::executor;
    for (std::size_t i = 0; i < n; ++i)
        co_await asio::post(ex, asio::use_awaitable);
}

awaitable<bool> ended(const beside& b)
{
    for (int i = 0; i < 4000 && !b.done(); ++i)
        co_await pause_for(std::chrono::milliseconds(5));
    co_return b.done();
}

/// No half file, nor a temporary one.
void check_nothing_left(const temporary_folder& folder)
{
    for (const auto& e : std::filesystem::directory_iterator(folder.path)) {
        CAPTURE(e.path().string());
        CHECK_FALSE(e.path().string().ends_with(".part"));
        if (e.path().filename() == "got")
            CHECK(std::filesystem::file_size(e.path()) == 1'000'000);
    }
}

} // namespace

TEST_CASE("SFTP client: every kind of operation, cancelled at every step, ends, leaves nothing open, and the session goes on")
{
    const temporary_folder folder;
    std::size_t aborted = 0, completed = 0;
    run_test([&]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        client c = co_await client_of(files);
        co_await fill(c, folder);
        for (const kind& k : kinds())
            for (std::size_t steps = 0, i = 0; steps < 120; steps += 1 + steps / 8, ++i) {
                CAPTURE(k.name, steps);
                beside running = beside::start(here, k.run(c, folder));
                co_await step_aside(steps);
                running.cancel(i % 3 == 0 ? stop_terminal : i % 3 == 1 ? stop_partial : stop_total);
                const bool over = co_await ended(running);
                REQUIRE(over);
                INFO(running.result().message());
                CHECK((!running.result() || running.aborted()));
                ++(running.aborted() ? aborted : completed);
                const attributes a = co_await c.stat("big");
                CHECK(a.size == 1'000'000u);
            }
        for (int i = 0; i < 200 && files->files_open > 0; ++i)
            co_await pause_for(std::chrono::milliseconds(5));
        CHECK(files->files_open == 0);
        const std::vector<directory_entry> top = co_await c.list("/");
        for (const directory_entry& e : top)
            CHECK_FALSE(e.name.ends_with(".part"));
    });
    check_nothing_left(folder);
    CHECK(aborted > 100);
    CHECK(completed > 20);
}

TEST_CASE("SFTP client: every kind of operation side by side on one session, many times over")
{
    const temporary_folder folder;
    run_test([&]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        client c = co_await client_of(make_memory_file_system());
        co_await fill(c, folder);
        std::vector<beside> all;
        for (int i = 0; i < 3; ++i)
            for (const kind& k : kinds()) {
                const std::string_view name = k.name; // these change what others see
                if (i > 0 && name != "make and remove" && name != "get" && !name.ends_with("tree") && name != "copy")
                    all.push_back(beside::start(here, k.run(c, folder)));
                else if (i == 0)
                    all.push_back(beside::start(here, k.run(c, folder)));
            }
        for (int i = 0; i < 500; ++i)
            all.push_back(beside::start(here, without_result(c.stat("big"))));
        for (std::size_t i = 0; i < all.size(); ++i) {
            const bool over = co_await ended(all[i]);
            REQUIRE(over);
            CAPTURE(i, all[i].result().message());
            CHECK_FALSE(all[i].result());
        }
    });
}

TEST_CASE("SFTP client: the session is closed, or its last handle dropped, with every kind of operation under way")
{
    const temporary_folder folder;
    for (const bool dropped : {false, true})
        for (const std::size_t steps : {0u, 1u, 3u, 9u, 30u, 70u})
            run_test([&]() -> awaitable<void> {
                const executor here = co_await asio::this_coro::executor;
                auto files = std::make_shared<troubled_files>(make_memory_file_system());
                client c = co_await client_of(files);
                co_await fill(c, folder);
                std::vector<beside> all;
                for (const kind& k : kinds())
                    all.push_back(beside::start(here, k.run(c, folder)));
                co_await step_aside(steps);
                if (dropped)
                    c = client();
                else
                    c.close();
                for (std::size_t i = 0; i < all.size(); ++i) {
                    const bool over = co_await ended(all[i]);
                    CAPTURE(dropped, steps, i, over, all[i].result().message());
                    REQUIRE(over);
                    CHECK((!all[i].result() || all[i].result().code() == errc::closed || dropped));
                }
                for (int i = 0; i < 200 && files->files_open > 0; ++i)
                    co_await pause_for(std::chrono::milliseconds(5));
                CAPTURE(dropped, steps);
                CHECK(files->files_open == 0);
            });
}

TEST_CASE("SFTP client: files outlive the client's handle; an io_context that goes takes everything with it")
{
    const temporary_folder folder;
    auto files = std::make_shared<troubled_files>(make_memory_file_system());
    run_test([&]() -> awaitable<void> {
        client c = co_await client_of(files);
        co_await fill(c, folder);
        file f = co_await c.open("big");
        directory d = co_await c.open_directory("tree/wide");
        c = client();
        std::string some(10, ' ');
        const std::size_t n = co_await f.read(room(some));
        CHECK(n == 10);
        const auto e = co_await d.next();
        CHECK(e);
    });
    CHECK(files->files_open == 0);
    for (const std::size_t steps : {0u, 2u, 5u, 20u, 60u}) {
        file kept;
        directory kept_directory;
        client kept_client;
        run_test([&]() -> awaitable<void> {
            const executor here = co_await asio::this_coro::executor;
            kept_client = co_await client_of(files);
            kept = co_await kept_client.open("big");
            kept_directory = co_await kept_client.open_directory("tree/wide");
            for (const kind& k : kinds())
                (void)beside::start(here, k.run(kept_client, folder));
            co_await step_aside(steps);
        });
        CHECK(files->files_open == 0);
        kept_client.close(); // all of them are empty shells now
    }
}

TEST_CASE("SFTP client: every kind of operation from other strands and threads, and handles that are dropped there")
{
    const temporary_folder folder;
    const auto test = [&]() -> awaitable<void> {
        const executor here = co_await asio::this_coro::executor;
        client c = co_await client_of(make_memory_file_system());
        co_await fill(c, folder);
        std::vector<beside> all;
        for (const kind& k : kinds())
            all.push_back(beside::start(another_strand(here), k.run(c, folder)));
        for (int i = 0; i < 100; ++i)
            all.push_back(beside::start(another_strand(here), without_result(c.open("big"))));
        for (std::size_t i = 0; i < all.size(); ++i) {
            const bool over = co_await ended(all[i]);
            REQUIRE(over);
            CAPTURE(i, all[i].result().message());
            CHECK_FALSE(all[i].result());
        }
    };
    run_test(test, 3);
}
