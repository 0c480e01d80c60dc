// L19, L20, L22 and L23 at a twentieth of their size: our SFTP client and server with many names, many files, much data and no
// more room. Built as it is used, so that memory can be measured; the rest of T91 and L21 is in sftp_server_load_test.cpp.
#include "../async/sftp_peers.hpp"
#include "memory_use.hpp"

#include <cstring>
#include <deque>
#include <filesystem>

using namespace rig;
using namespace sshoal::sftp;

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::uint64_t mib = 1 << 20;

double seconds_since(clock_type::time_point t) { return std::chrono::duration<double>(clock_type::now() - t).count(); }

std::size_t open_descriptors()
{
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::size_t(std::distance(begin(all), end(all)));
}

/// Files of any size whose content is made as it is read, and compared as it is written.
class made_up_files final : public file_system {
public:
    explicit made_up_files(std::uint64_t size) : size_(size), table_(mib + 255 * 1024 + 4096)
    {
        std::uint64_t x = 88172645463325252u;
        for (std::byte& b : table_) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            b = std::byte(x & 0xff);
        }
        std::copy(table_.begin(), table_.end() - mib, table_.begin() + mib); // goes round
    }
    /// What a file has at `offset`: never the same in two places for a terabyte.
    std::span<const std::byte> at(std::uint64_t offset, std::size_t n) const
    {
        return std::span(table_).subspan(std::size_t((offset + offset / mib * 7) % mib), std::min<std::size_t>(n, 255 * 1024));
    }
    bool compare(std::uint64_t offset, std::span<const std::byte> data) const
    {
        while (!data.empty()) {
            const std::size_t n = std::size_t(std::min<std::uint64_t>(data.size(), mib - offset % mib));
            const auto expected = at(offset, n);
            if (std::memcmp(expected.data(), data.data(), expected.size()) != 0)
                return false;
            offset += expected.size();
            data = data.subspan(expected.size());
        }
        return true;
    }
    awaitable<outcome<std::shared_ptr<open_file>>> open(std::string path, open_mode mode, attributes) override;
    awaitable<outcome<attributes>> stat(std::string) override
    {
        co_return attributes().with_size(size_).with_permissions(0100644);
    }

    std::uint64_t written = 0, taken_from = 0; ///< bytes, and where the first write began
    bool wrong = false;
    std::uint64_t size_;

private:
    std::vector<std::byte> table_;
};

class made_up_file final : public open_file {
public:
    explicit made_up_file(made_up_files& f) : files_(f) {}
    awaitable<outcome<std::size_t>> read(std::uint64_t offset, std::span<std::byte> into) override
    {
        std::size_t n = 0;
        while (n < into.size() && offset < files_.size_) {
            const std::uint64_t left = std::min<std::uint64_t>(mib - offset % mib, files_.size_ - offset);
            const auto data = files_.at(offset, std::size_t(std::min<std::uint64_t>(left, into.size() - n)));
            std::memcpy(into.data() + n, data.data(), data.size());
            n += data.size();
            offset += data.size();
        }
        co_return n;
    }
    awaitable<outcome<void>> write(std::uint64_t offset, std::span<const std::byte> from) override
    {
        if (files_.written == 0)
            files_.taken_from = offset;
        files_.wrong = files_.wrong || !files_.compare(offset, from);
        files_.written += from.size();
        co_return outcome<void>();
    }
    awaitable<outcome<attributes>> stat() override { return files_.stat({}); }
    awaitable<outcome<void>> close() override { co_return outcome<void>(); }

private:
    made_up_files& files_;
};

awaitable<outcome<std::shared_ptr<open_file>>> made_up_files::open(std::string, open_mode, attributes)
{
    co_return std::shared_ptr<open_file>(std::make_shared<made_up_file>(*this));
}

/// Over a real connection that changes its keys every so many bytes.
awaitable<client> over_connection(pair& link, std::shared_ptr<file_system> files, std::uint64_t rekey_bytes)
{
    limits l;
    l.rekey_bytes = rekey_bytes;
    auto connecting = connected(server_setup().limits(l), client_setup().limits(l));
    link = co_await std::move(connecting);
    program serving = [files](server_session s, session_request) { return sftp::serve(s, files); };
    serve(link.server, serving);
    client c = co_await link.client.open_sftp();
    co_return c;
}

awaitable<void> for_all(client c, std::size_t n, awaitable<void> (*one)(client, std::size_t))
{
    constexpr std::size_t at_once = 64;
    const executor here = co_await asio::this_coro::executor;
    std::deque<beside> under_way;
    for (std::size_t i = 0; i < n || !under_way.empty(); ++i) {
        if (i < n)
            under_way.push_back(beside::start(here, one(c, i)));
        while (!under_way.empty() && (i >= n || under_way.size() >= at_once)) {
            while (!under_way.front().done())
                co_await settle();
            if (under_way.front().result())
                throw error(under_way.front().result());
            under_way.pop_front();
        }
    }
}

std::string name_of(std::size_t i) { return "d/file-" + std::to_string(i * 7919 % 5000); }
std::string content_of(std::size_t i) { return std::string(1024, char('a' + i * 7919 % 5000 % 26)); }

awaitable<void> put_one(client c, std::size_t i)
{
    const std::string text = content_of(i);
    co_await c.write_all(name_of(i), text);
}
awaitable<void> stat_one(client c, std::size_t i)
{
    const attributes a = co_await c.stat(name_of(i));
    REQUIRE(a.size == 1024u);
}
awaitable<void> get_one(client c, std::size_t i)
{
    const std::string text = co_await c.read_all(name_of(i));
    REQUIRE(text == content_of(i));
}
awaitable<void> rename_one(client c, std::size_t i) { co_await c.rename(name_of(i), name_of(i) + ".new"); }
awaitable<void> remove_one(client c, std::size_t i) { co_await c.remove(name_of(i) + ".new"); }

} // namespace

TEST_CASE("L19 a directory of 50,000 entries read by our client: the first at once, memory flat, the rest in time")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<test_files>();
        files->entries = 50'000;
        client c = co_await client_of(files);
        (void)co_await c.stat("warm");
        const std::size_t before = resident_bytes();
        const auto began = clock_type::now();
        directory d = co_await c.open_directory("big");
        std::size_t seen = 0;
        for (;;) {
            const std::optional<directory_entry> e = co_await d.next();
            if (seen == 0)
                CHECK(seconds_since(began) < 0.2);
            if (!e)
                break;
            REQUIRE(e->name == "name-" + std::to_string(seen++));
        }
        CHECK(seen == 50'000);
        CHECK(seconds_since(began) < 5);
        check_growth(before, 2 * mib);
    });
}

TEST_CASE("L20 5,000 files of 1 KiB: put, stat, get, rename, remove, with no descriptor left over")
{
    run_test([]() -> awaitable<void> {
        pair link;
        client c = co_await over_connection(link, make_memory_file_system(), 1024 * mib);
        co_await c.make_directory("d");
        const std::size_t descriptors = open_descriptors();
        const auto began = clock_type::now();
        co_await for_all(c, 5000, put_one);
        co_await for_all(c, 5000, stat_one);
        co_await for_all(c, 5000, get_one);
        co_await for_all(c, 5000, rename_one);
        std::vector<directory_entry> left = co_await c.list("d");
        CHECK(left.size() == 5000);
        co_await for_all(c, 5000, remove_one);
        left = co_await c.list("d");
        CHECK(left.empty());
        CHECK(open_descriptors() == descriptors);
        WARN("25,000 operations in " << seconds_since(began) << " s");
        CHECK(seconds_since(began) < 60);
    });
}

TEST_CASE("L22 a gigabyte both ways through 50 MiB rekeys, byte for byte, from the middle too, with flat memory")
{
    run_test([]() -> awaitable<void> {
        constexpr std::uint64_t size = 1024 * mib;
        auto files = std::make_shared<made_up_files>(size);
        pair link;
        client c = co_await over_connection(link, files, 50 * mib);
        file f = co_await c.open("file", "r+");
        std::vector<std::byte> some(2 * mib);
        std::uint64_t at = 0;
        std::size_t before = 0;
        auto began = clock_type::now();
        for (;;) {
            const std::size_t n = co_await f.read(some);
            if (n == 0)
                break;
            REQUIRE(files->compare(at, std::span(some).first(n)));
            at += n;
            if (at == 64 * mib)
                before = resident_bytes();
        }
        CHECK(at == size);
        check_growth(before, 16 * mib);
        WARN("down: " << double(size / mib) / seconds_since(began) << " MiB/s");
        began = clock_type::now();
        f.streaming(stream_options().write_behind(8 * mib));
        constexpr std::uint64_t from = 100 * mib + 12345; // as when resuming
        (void)co_await f.seek(std::int64_t(from));
        for (at = from; at < size;) {
            const std::uint64_t most = std::min(mib - at % mib, size - at);
            const auto data = files->at(at, std::size_t(std::min<std::uint64_t>(most, 255 * 1024)));
            co_await f.write(data);
            at += data.size();
        }
        co_await f.close();
        CHECK(files->written == size - from);
        CHECK(files->taken_from == from);
        CHECK_FALSE(files->wrong);
        check_growth(before, 32 * mib);
        CHECK(link.client.stats().key_exchanges > 30);
        WARN("up: " << double((size - from) / mib) / seconds_since(began) << " MiB/s");
    });
}

TEST_CASE("L22 a sparse file with bytes at 8 TiB, there and back")
{
    run_test([]() -> awaitable<void> {
        constexpr std::uint64_t far = std::uint64_t(8) << 40;
        client c = co_await client_of(make_memory_file_system());
        file f = co_await c.open("sparse", "w+");
        const std::string all = pattern(3'000'000);
        co_await f.write_at(far - 1'000'000, view_of(all));
        const attributes a = co_await f.stat();
        CHECK(a.size == far + 2'000'000);
        std::string got(all.size(), ' ');
        const std::size_t n = co_await f.read_at(far - 1'000'000, room(got));
        CHECK(n == got.size());
        CHECK(got == all);
        const std::uint64_t end = co_await f.seek(-2'000'000, seek_from::end);
        CHECK(end == far);
        got = co_await f.read_all();
        CHECK(got == all.substr(1'000'000));
        f = co_await c.open("sparse", open_mode::write | open_mode::append); // as a resumed upload goes on
        co_await f.write("more");
        const attributes b = co_await c.stat("sparse");
        CHECK(b.size == far + 2'000'004);
    });
}

TEST_CASE("L23 5,000 opens without a close at a limit of 1,000; others go on; failing disks are told as what they are")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<troubled_files>(make_memory_file_system());
        client c = co_await client_of(files, serve_options().max_handles(1000));
        client other = co_await client_of(files, serve_options().max_handles(1000));
        co_await c.write_all("x", "text");
        std::vector<file> open;
        std::size_t refused = 0;
        for (int i = 0; i < 5000; ++i)
            try {
                file f = co_await c.open("x");
                open.push_back(f);
            } catch (const error& e) {
                REQUIRE(e.code() == status::failure);
                ++refused;
            }
        CHECK(open.size() == 1000);
        CHECK(refused == 4000);
        std::string text = co_await other.read_all("x");
        CHECK(text == "text");
        open.clear();
        text = co_await c.read_all("x");
        CHECK(text == "text");
        struct trouble {
            int number;
            const char* words;
        };
        const trouble all[] = {{ENOSPC, "No space left"}, {EDQUOT, "quota exceeded"}, {EIO, "Input/output error"}};
        for (const trouble& t : all) {
            files->number = t.number;
            files->writes = files->reads = 0;
            files->bad_write = files->bad_read = 3;
            const std::string much = pattern(2'000'000);
            failure why = co_await failure_of(c.write_all("y", much));
            CHECK(why.code() == status::failure);
            CHECK(why.message().find(t.words) != std::string::npos);
            files->bad_write = 0;
            co_await c.write_all("y", much);
            files->reads = 0;
            why = co_await failure_of(c.read_all("y"));
            CHECK(why.message().find(t.words) != std::string::npos);
            files->bad_read = 0;
            files->bad_close = t.number;
            why = co_await failure_of(c.write_all("z", "z"));
            CHECK(why.message().find(t.words) != std::string::npos);
            files->bad_close = 0;
        }
        files->bad_open = EMFILE;
        const failure why = co_await failure_of(c.open("x"));
        CHECK(why.message().find("Too many open files") != std::string::npos);
    });
}
