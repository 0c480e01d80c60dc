// The named limits of SFTP that no other test reaches: one below, at the limit, and one above.
#include "sftp_peers.hpp"

using namespace rig;
using namespace sshoal::sftp;
namespace fs = std::filesystem;

namespace {

std::string name_of(std::size_t n) { return "name-" + std::to_string(n); }

/// How many of `all` files (besides what is there) a file system takes that is to have `most`.
awaitable<std::size_t> files_taken(std::size_t most, std::size_t all)
{
    client c = co_await client_of(make_memory_file_system(memory_options().max_files(most)));
    std::size_t taken = 0;
    for (std::size_t i = 0; i < all; ++i) {
        const failure why = co_await failure_of(c.write_all(name_of(i), ""));
        CHECK((!why || why.code() == status::failure));
        taken += why ? 0 : 1;
    }
    co_return taken;
}

awaitable<bool> holds(std::uint64_t capacity, std::size_t first, std::size_t second)
{
    client c = co_await client_of(make_memory_file_system(memory_options().capacity(capacity)));
    co_await c.write_all("first", pattern(first));
    const failure why = co_await failure_of(c.write_all("second", pattern(second)));
    co_await c.remove("first"); // makes room
    co_await c.write_all("second", pattern(second));
    const std::string text = co_await c.read_all("second");
    CHECK(text == pattern(second));
    co_return !why;
}

awaitable<bool> reads_all(client c, std::size_t most)
{
    const failure whole = co_await failure_of(c.read_all("f", most));
    file f = co_await c.open("f", open_mode::read);
    const failure of_file = co_await failure_of(f.read_all(most));
    CHECK(whole.code() == of_file.code());
    CHECK((!whole || whole.code() == errc::capture_limit));
    co_await f.close();
    co_return !whole;
}

/// The sizes of the answers in which a directory comes.
awaitable<std::vector<std::size_t>> batches(std::size_t most, std::size_t entries)
{
    auto files = std::make_shared<test_files>();
    files->entries = entries;
    auto starting = sftp_client::begin(files, serve_options().max_entries(most));
    sftp_client c = co_await std::move(starting);
    const bytes handle = (co_await c.path_request(type::opendir, "d")).handle();
    std::vector<std::size_t> sizes;
    for (;;) {
        const sftp_reply r = co_await c.ask(std::move(request(type::readdir, c.next_id()).string(handle)));
        if (r.what() == type::status) {
            CHECK(r.status() == status::eof);
            co_return sizes;
        }
        sizes.push_back(r.names().size());
    }
}

awaitable<std::size_t> most_at_once(std::size_t limit, std::size_t of)
{
    const temporary_folder folder;
    fs::create_directory(folder.path / "t");
    for (std::size_t i = 0; i < of; ++i)
        put_on_disk(folder.path / "t" / name_of(i), "text");
    auto files = std::make_shared<troubled_files>(make_memory_file_system());
    client c = co_await client_of(files, serve_options().max_parallel(64));
    files->delay = std::chrono::milliseconds(30);
    const auto how = transfer_options().recursive().files_at_once(limit);
    const transfer_result r = co_await c.put((folder.path / "t").string(), "t", how);
    CHECK(r.files == of);
    co_return files->most_open;
}

} // namespace

TEST_CASE("SFTP limits: memory_options::max_files")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t all : {3u, 4u, 5u}) {
            CAPTURE(all);
            const std::size_t taken = co_await files_taken(4, all);
            CHECK(taken == std::min<std::size_t>(all, 4));
        }
    });
}

TEST_CASE("SFTP limits: memory_options::capacity")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t second : {59'999u, 60'000u, 60'001u}) {
            CAPTURE(second);
            const bool fits = co_await holds(100'000, 40'000, second);
            CHECK(fits == (second <= 60'000));
        }
    });
}

TEST_CASE("SFTP limits: read_all()")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        for (const std::size_t size : {0u, 1u, 100'000u}) {
            co_await c.write_all("f", pattern(size));
            for (const int off : {-1, 0, 1}) {
                if (size == 0 && off < 0)
                    continue;
                const std::size_t most = size + std::size_t(off);
                CAPTURE(size, most);
                const bool all = co_await reads_all(c, most);
                CHECK(all == (size <= most));
            }
        }
    });
}

TEST_CASE("SFTP limits: serve_options::max_entries")
{
    run_test([]() -> awaitable<void> {
        using sizes = std::vector<std::size_t>;
        const std::pair<std::size_t, sizes> all[]
            = {{0, {}}, {1, {1}}, {3, {3}}, {4, {4}}, {5, {4, 1}}, {8, {4, 4}}, {9, {4, 4, 1}}};
        for (const auto& [entries, expected] : all) {
            CAPTURE(entries);
            const sizes got = co_await batches(4, entries);
            CHECK(got == expected);
        }
    });
}

TEST_CASE("SFTP limits: transfer_options::files_at_once")
{
    run_test([]() -> awaitable<void> {
        for (const std::size_t of : {3u, 4u, 5u, 12u}) {
            CAPTURE(of);
            const std::size_t most = co_await most_at_once(4, of);
            CHECK(most == std::min<std::size_t>(of, 4));
        }
    });
}
