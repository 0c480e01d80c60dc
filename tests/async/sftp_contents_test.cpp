// Transfers between a server and memory or functions, totals in progress reports, and parts of files read side by side.
#include "sftp_peers.hpp"

using namespace rig;
using namespace sshoal::sftp;

namespace {

constexpr std::size_t file_sizes[] = {0, 1, 32'768, 261'119, 261'120, 261'121, 3'000'000};

/// Gives `all` in parts of uneven file_sizes.
transfer_source source_of(const std::string& all, std::size_t& given)
{
    return [&all, &given](std::span<std::byte> into) -> awaitable<std::size_t> {
        const std::size_t n = std::min({into.size(), all.size() - given, 1 + given % 50'000});
        std::copy_n(std::as_bytes(std::span(all)).begin() + std::ptrdiff_t(given), n, into.begin());
        given += n;
        if (n % 3 == 0)
            co_await settle();
        co_return n;
    };
}

/// Adds what comes to `all`, and checks that one call is made at a time.
transfer_sink sink_to(std::string& all)
{
    auto inside = std::make_shared<bool>(false);
    return [&all, inside](std::span<const std::byte> from) -> awaitable<void> {
        CHECK_FALSE(*inside);
        *inside = true;
        co_await settle();
        all.append(reinterpret_cast<const char*>(from.data()), from.size());
        *inside = false;
    };
}

} // namespace

TEST_CASE("SFTP: contents of every size go there and back, with the options of transfers")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        for (const std::size_t size : file_sizes) {
            CAPTURE(size);
            const std::string all = pattern(size);
            std::string path;
            std::uint64_t told = 0;
            auto note = [&](const transfer_progress& p) {
                path = p.path;
                told = p.done ? p.total_bytes : told;
                CHECK(p.files_found == 1);
            };
            transfer_result r = co_await c.put_contents(all, "d.txt", transfer_options().by_rename().verify().progress(note));
            CHECK(r.files == 1);
            CHECK(r.bytes == size);
            CHECK(path == "d.txt");
            CHECK(told == size);
            std::string got = co_await c.read_all("d.txt");
            CHECK(got == all);
            got = co_await c.get_contents("d.txt", transfer_options().verify());
            CHECK(got == all);
            got = co_await c.get_contents("d.txt", transfer_options().sparse().by_rename().preserve().resume().block(5000));
            CHECK(got == all);
        }
        co_await c.make_directory("in");
        (void)co_await c.put_contents("text", "in/");
        const std::string text = co_await c.read_all("in/in");
        CHECK(text == "text");
    });
}

TEST_CASE("SFTP: contents are bounded, and failures are those of get() and put()")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        for (const std::size_t size : {1000u, 1'000'000u}) {
            co_await c.write_all("f", pattern(size));
            failure f = co_await failure_of(c.get_contents("f", transfer_options(), size - 1));
            CHECK(f.code() == errc::capture_limit);
            const std::string all = co_await c.get_contents("f", transfer_options(), size);
            CHECK(all.size() == size);
        }
        failure f = co_await failure_of(c.get_contents("none"));
        CHECK(f.code() == status::no_such_file);
        f = co_await failure_of(c.put_contents("x", "/no/where"));
        CHECK(f.code() == status::no_such_file);
        co_await c.make_directory("d");
        f = co_await failure_of(c.get_contents("d", transfer_options().recursive()));
        CHECK(f.code() == errc::invalid_argument);
        co_await c.write_all("r", pattern(1000).substr(0, 400));
        const transfer_result r = co_await c.put_contents(pattern(1000), "r", transfer_options().resume());
        CHECK(r.bytes == 600);
        const std::string whole = co_await c.read_all("r");
        CHECK(whole == pattern(1000));
    });
}

TEST_CASE("SFTP: functions give and take the parts of a file in order, one at a time")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        for (const std::size_t size : file_sizes) {
            CAPTURE(size);
            const std::string all = pattern(size);
            std::size_t given = 0;
            transfer_result r = co_await c.put_from(source_of(all, given), "f", transfer_options().by_rename());
            CHECK(r.bytes == size);
            CHECK(given == size);
            std::string got = co_await c.read_all("f");
            CHECK(got == all);
            got.clear();
            r = co_await c.get_to("f", sink_to(got));
            CHECK(r.bytes == size);
            CHECK(got == all);
            got.clear();
            (void)co_await c.get_to("f", sink_to(got), transfer_options().sparse().in_place().block(10'000));
            CHECK(got == all);
        }
        const std::string zeros(2'000'000, '\0');
        co_await c.write_all("zeros", zeros);
        std::string got;
        (void)co_await c.get_to("zeros", sink_to(got), transfer_options().sparse());
        CHECK(got == zeros);
    });
}

TEST_CASE("SFTP: a function that gets answers of odd file_sizes still gets every byte in its place")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        files->most_read = 10'007;
        client c = co_await client_of(files);
        const std::string all = pattern(2'000'000);
        co_await c.write_all("f", all);
        std::string got;
        (void)co_await c.get_to("f", sink_to(got));
        CHECK(got == all);
    });
}

TEST_CASE("SFTP: a function that throws ends the transfer with its text")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        co_await c.write_all("f", pattern(1'000'000));
        auto refuse = [](std::span<const std::byte>) -> awaitable<void> {
            co_await settle();
            throw std::runtime_error("no room");
        };
        failure f = co_await failure_of(c.get_to("f", refuse));
        CHECK(f.code() == errc::file_error);
        CHECK(f.context().find("no room") != std::string::npos);
        std::size_t calls = 0;
        auto end_badly = [&calls](std::span<std::byte> into) -> awaitable<std::size_t> {
            co_await settle();
            if (++calls > 3)
                throw std::runtime_error("no more");
            co_return into.size();
        };
        f = co_await failure_of(c.put_from(end_badly, "half", transfer_options().by_rename()));
        CHECK(f.context().find("no more") != std::string::npos);
        const std::vector<directory_entry> left = co_await c.list("/");
        CHECK(left.size() == 1);
        std::size_t given = 0;
        const std::string all = pattern(1000);
        f = co_await failure_of(c.put_from(source_of(all, given), "f", transfer_options().verify()));
        CHECK(f);
    });
}

TEST_CASE("SFTP: progress of a tree says how much has been found, and has plain paths")
{
    run_test([]() -> awaitable<void> {
        auto tree = make_memory_file_system();
        client here = co_await client_of(tree);
        co_await here.make_directory("top");
        co_await here.make_directory("top/sub");
        for (int i = 0; i < 10; ++i)
            co_await here.write_all("top/sub/f" + std::to_string(i), pattern(1000));
        client c = co_await client_of(make_memory_file_system());
        transfer_progress last;
        std::uint64_t before = 0;
        bool plain = true, rising = true;
        auto note = [&](const transfer_progress& p) {
            last = p;
            plain = plain && p.path.starts_with("/top/sub/f");
            rising = rising && p.files_found >= before && p.files_found >= p.files_done;
            before = p.files_found;
        };
        auto how = transfer_options().recursive().progress(note).files(tree);
        const transfer_result r = co_await c.put("/top/.", "to", how);
        CHECK(r.files == 10);
        CHECK(plain);
        CHECK(rising);
        CHECK(last.all_found);
        CHECK(last.files_found == 10);
        CHECK(last.bytes_found == 10'000);
        CHECK(last.total_bytes == 10'000);
    });
}

TEST_CASE("SFTP: many ranges are read at once")
{
    run_test([]() -> awaitable<void> {
        client c = co_await client_of(make_memory_file_system());
        const std::string all = pattern(1'000'000);
        co_await c.write_all("f", all);
        file f = co_await c.open("f");
        std::vector<byte_range> ranges;
        for (std::size_t i = 0; i < 300; ++i)
            ranges.push_back({(i * 7919) % 999'000, i * 10});
        ranges.push_back({999'990, 100});
        ranges.push_back({2'000'000, 100});
        ranges.push_back({1, 700'000});
        const std::vector<std::vector<std::byte>> parts = co_await f.read_ranges(ranges);
        REQUIRE(parts.size() == ranges.size());
        for (std::size_t i = 0; i < ranges.size(); ++i) {
            CAPTURE(i);
            const std::string_view wanted = ranges[i].offset < all.size()
                                                ? std::string_view(all).substr(ranges[i].offset, ranges[i].size)
                                                : std::string_view();
            CHECK(text_of(parts[i]) == wanted);
        }
        const auto none = co_await f.read_ranges({});
        CHECK(none.empty());
        co_await f.close();
        const failure closed = co_await failure_of(f.read_ranges(ranges));
        CHECK(closed);
    });
}
