// T91, and L19 and L21 at a twentieth of their size: how much of the SFTP server's memory and time one client can take.
#include "../async/sftp_rig.hpp"
#include "memory_use.hpp"

#include <chrono>

using namespace rig;
using namespace sshoal::sftp;

namespace {

constexpr std::size_t eight_mib = 8 << 20;

} // namespace

TEST_CASE("T91, L21 replies that nobody reads: requests are not read any more, memory stays, and all goes on afterwards")
{
    run_test([]() -> awaitable<void> {
        constexpr std::uint32_t requests = 100000;
        auto starting = sftp_client::begin(make_memory_file_system(), {}, 64 * 1024);
        sftp_client c = co_await std::move(starting);
        const std::size_t before = resident_bytes();
        bytes all;
        for (std::uint32_t i = 0; i < requests; ++i)
            append(all, std::move(request(type::stat, i).string("/")).finish());
        const std::size_t each = all.size() / requests;
        std::size_t sent = 0;
        for (int quiet = 0; quiet < 20;) {
            const std::size_t n = c.try_send(byte_view(all).subspan(sent));
            sent += n;
            quiet = n > 0 ? 0 : quiet + 1;
            co_await settle();
        }
        // What may wait for the client, and what is on its way in both directions.
        CHECK(sent / each < 70000);
        check_growth(before, eight_mib + all.size());
        std::uint32_t got = 0;
        while (got < requests) {
            if (sent < all.size())
                sent += c.try_send(byte_view(all).subspan(sent));
            const sftp_reply r = co_await c.receive();
            REQUIRE(r.what() == type::attrs);
            REQUIRE(r.id() == got);
            ++got;
        }
        CHECK(c.nothing_there());
    });
}

namespace {

/// Requests of one byte each that a server with this limit works on while nobody reads; each reply has 14 bytes.
awaitable<std::size_t> worked_on(std::size_t max_unread, std::size_t requests)
{
    auto files = std::make_shared<test_files>();
    auto starting = sftp_client::begin(files, serve_options().max_unread(max_unread), 14 * 10);
    sftp_client c = co_await std::move(starting);
    const bytes h = co_await c.open("a", open_mode::read);
    files->events.clear();
    bytes all;
    for (std::uint32_t i = 0; i < requests; ++i)
        append(all, std::move(request(type::read, i).string(h).u64(0).u32(1)).finish());
    std::size_t sent = 0;
    for (int quiet = 0; quiet < 20;) {
        const std::size_t n = c.try_send(byte_view(all).subspan(sent));
        sent += n;
        quiet = n > 0 ? 0 : quiet + 1;
        co_await settle();
    }
    co_return files->events.size() / 2;
}

} // namespace

TEST_CASE("T91 the limit of unread replies is where it is said to be")
{
    run_test([]() -> awaitable<void> {
        // Ten replies fill the stream, then a hundred, or one more or less, may wait.
        std::size_t n = co_await worked_on(1400 - 1, 200);
        CHECK(n == 110);
        n = co_await worked_on(1400, 200);
        CHECK(n == 110);
        n = co_await worked_on(1400 + 1, 200);
        CHECK(n == 111);
    });
}

TEST_CASE("L21 short replies to long reads that nobody reads: their blocks are counted too, and all replies come")
{
    run_test([]() -> awaitable<void> {
        constexpr std::uint32_t requests = 60000;
        auto files = std::make_shared<test_files>();
        files->size = 1;
        auto starting = sftp_client::begin(files, {}, 14 * 1000);
        sftp_client c = co_await std::move(starting);
        const bytes h = co_await c.open("a", open_mode::read);
        files->events.clear();
        bytes all;
        for (std::uint32_t i = 0; i < requests; ++i)
            append(all, std::move(request(type::read, i).string(h).u64(0).u32(255 * 1024)).finish());
        std::size_t sent = 0;
        for (int quiet = 0; quiet < 20;) {
            const std::size_t n = c.try_send(byte_view(all).subspan(sent));
            sent += n;
            quiet = n > 0 ? 0 : quiet + 1;
            co_await settle();
        }
        // Some 4,700 replies fill a block of 320 KiB so far that no other 255 KiB fit into it; the bytes alone would allow 75,000.
        CHECK(files->events.size() / 2 < 55000);
        CHECK(files->events.size() / 2 > 20000);
        for (std::uint32_t got = 0; got < requests; ++got) {
            if (sent < all.size())
                sent += c.try_send(byte_view(all).subspan(sent));
            const sftp_reply r = co_await c.receive();
            REQUIRE(r.what() == type::data);
            REQUIRE(r.id() == got);
        }
        CHECK(c.nothing_there());
    });
}

TEST_CASE("L19 a directory of 50,000 entries: listed in time, with little memory")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<test_files>();
        files->entries = 50000;
        auto starting = sftp_client::begin(files);
        sftp_client c = co_await std::move(starting);
        sftp_reply r = co_await c.path_request(type::opendir, "/");
        const bytes h = r.handle();
        const std::size_t before = resident_bytes();
        const auto began = std::chrono::steady_clock::now();
        std::size_t seen = 0;
        for (;;) {
            r = co_await c.ask(std::move(request(type::readdir, 5).string(h)));
            if (seen == 0)
                CHECK(std::chrono::steady_clock::now() - began < std::chrono::milliseconds(200));
            if (r.what() == type::status)
                break;
            for (const directory_entry& e : r.names())
                REQUIRE(e.name == "name-" + std::to_string(seen++));
        }
        CHECK(r.status() == status::eof);
        CHECK(seen == 50000);
        check_growth(before, 1 << 20);
    });
}

TEST_CASE("L21 64 reads of 255 KiB each in flight in three sessions, read at the end")
{
    run_test([]() -> awaitable<void> {
        auto files = std::make_shared<test_files>();
        const std::size_t before = resident_bytes();
        std::vector<std::unique_ptr<sftp_client>> clients;
        for (int i = 0; i < 3; ++i) {
            auto starting = sftp_client::begin(files);
            sftp_client c = co_await std::move(starting);
            const bytes h = co_await c.open("a", open_mode::read);
            bytes all;
            for (std::uint32_t k = 0; k < 64; ++k)
                append(all, std::move(request(type::read, k).string(h).u64(k * 1000).u32(255 * 1024)).finish());
            co_await c.send(std::move(all));
            clients.push_back(std::make_unique<sftp_client>(std::move(c)));
        }
        for (int i = 0; i < 50; ++i)
            co_await settle();
        check_growth(before, 3 * (std::size_t(64) * 256 * 1024) * 11 / 10);
        for (const auto& c : clients)
            for (std::uint32_t k = 0; k < 64; ++k) {
                const sftp_reply r = co_await c->receive();
                REQUIRE(r.what() == type::data);
                const std::string data = r.text();
                REQUIRE(data.size() == 255 * 1024);
                CHECK(data[1000] == char((r.id() * 1000 + 1000) * 7 % 251));
            }
    });
}
